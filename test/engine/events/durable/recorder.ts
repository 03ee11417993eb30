import { type TaskerEvent } from '../../../../src/core/events/event-map.js';
import { type DurableOptions, type DurableSubscriber } from '../../../../src/events/durable-subscriber.js';

/** A subscriber that keeps what it gets, and does with it what the test says. */
export class Recorder implements DurableSubscriber {
  readonly taken: TaskerEvent[] = [];
  /** Every attempt, the failed ones included. */
  readonly tries: TaskerEvent[] = [];
  /** Calls of deliver() that have not returned, and the most there were of one task. */
  running = new Map<number, number>();
  together = 0;
  act: (event: TaskerEvent, signal: AbortSignal) => Promise<void> | void = () => undefined;

  constructor(
    readonly name: string,
    readonly options: DurableOptions = {},
    readonly patterns: readonly string[] = ['order.*'],
  ) {}

  async deliver(event: TaskerEvent, signal: AbortSignal): Promise<void> {
    this.tries.push(event);
    const task = 'taskId' in event ? event.taskId : 0;
    const running = (this.running.get(task) ?? 0) + 1;
    this.running.set(task, running);
    this.together = Math.max(this.together, running);
    try {
      await this.act(event, signal);
      this.taken.push(event);
    } finally {
      this.running.set(task, this.running.get(task)! - 1);
    }
  }

  /** The numbers that were published, in the order they were taken. */
  numbers(taskId?: number): number[] {
    return this.taken.filter((event) => taskId === undefined || taskOf(event) === taskId).map(numberOf);
  }
}

export function numberOf(event: TaskerEvent): number {
  return (event as { payload?: { n: number } }).payload!.n;
}

export function taskOf(event: TaskerEvent): number | null {
  return 'taskId' in event ? event.taskId : null;
}
