import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A call that a simulated system received. */
export interface SimulatedCall<Method extends string> {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly at: Date;
}

interface Fault {
  readonly error: Error;
  /** Whether the work is done before the error: an answer lost on its way back. */
  readonly afterwards: boolean;
  left: number;
}

/**
 * A stand-in for a system outside: it keeps a log of its calls, and can be told to be slow, to fail so many times, to
 * lose its answers, or to answer something else. What happens in a call, in this order: log, delay, failure, answer.
 */
export abstract class SimulatedSystem<Method extends string> {
  private readonly log: SimulatedCall<Method>[] = [];
  private readonly delays = new Map<Method, number>();
  private readonly faults = new Map<Method, Fault>();
  private readonly answers = new Map<Method, unknown>();

  callsOf(method: Method): readonly SimulatedCall<Method>[] {
    return this.log.filter((call) => call.method === method);
  }

  /** Every call takes so long from now on. */
  delay(method: Method, milliseconds: number): this {
    this.delays.set(method, milliseconds);
    return this;
  }

  /** The next calls fail without doing anything. */
  fail(method: Method, error: Error, times = Infinity): this {
    this.faults.set(method, { error, left: times, afterwards: false });
    return this;
  }

  /** The next calls do their work, and fail then. */
  loseAnswers(method: Method, error: Error, times = Infinity): this {
    this.faults.set(method, { error, left: times, afterwards: true });
    return this;
  }

  /** Every call gives this answer from now on, without doing anything. */
  respond(method: Method, answer: unknown): this {
    this.answers.set(method, answer);
    return this;
  }

  protected async answer<T>(method: Method, args: readonly unknown[], work: () => T, signal?: AbortSignal): Promise<T> {
    this.log.push({ method, args, at: new Date() });
    const wait = this.delays.get(method);
    if (wait !== undefined) await delay(wait, undefined, { signal });
    const fault = this.faults.get(method);
    const failing = fault !== undefined && fault.left-- > 0;
    if (failing && !fault.afterwards) throw fault.error;
    const answer = this.answers.has(method) ? (this.answers.get(method) as T) : work();
    if (failing) throw fault.error;
    return answer;
  }

  /** A new id, `pay_0123456789abcdef`. */
  protected newId(prefix: string): string {
    return `${prefix}_${randomBytes(8).toString('hex')}`;
  }
}
