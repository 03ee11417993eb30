/** Handlers that fail, dawdle and repeat themselves as their step's config says. One instance, one registry of calls. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PermanentError, RetryableError, StepHandler, type StepContext } from 'nestjs-tasker';
import { CallRegistry } from './call-registry.js';

/** Fails the first `failures` calls of a step. */
@StepHandler('configurable_failure')
export class ConfigurableFailure implements StepHandler {
  readonly registry = new CallRegistry();

  process(context: StepContext) {
    const calls = this.registry.record(context);
    const { failures = 0, message = 'configured to fail', permanent = false } = context.step.config as FailureConfig;
    if (calls <= failures) {
      const facts = { attempt: calls, max_failures: failures, will_succeed_next: calls === failures };
      if (permanent) throw new PermanentError(message, { context: facts });
      throw new RetryableError(message, { context: facts });
    }
    return {
      success: true,
      step_name: context.step.name,
      total_attempts: calls,
      failed_attempts: calls - 1,
      processed_at: new Date(),
      task_context_sample: Object.keys(context.task.context as object).slice(0, 3),
    };
  }
}

interface FailureConfig {
  readonly failures?: number;
  readonly message?: string;
  readonly permanent?: boolean;
}

/** Fails with the given probability, the same way in every run: the dice are thrown with `seed`, step and attempt. */
@StepHandler('random_failure')
export class RandomFailure implements StepHandler {
  readonly registry = new CallRegistry();

  process(context: StepContext) {
    this.registry.record(context);
    const { probability = 0.3, seed = 'seed' } = context.step.config as { probability?: number; seed?: string };
    const thrown = dice(seed, context.task.taskId, context.step.name, context.attempt);
    if (thrown < probability) throw new Error(`unlucky: ${thrown} is under ${probability}`);
    return { thrown };
  }
}

/** Times out the first `timeouts` calls of a step, as a network does. */
@StepHandler('network_timeout')
export class NetworkTimeout implements StepHandler {
  readonly registry = new CallRegistry();

  process(context: StepContext) {
    const calls = this.registry.record(context);
    const { timeouts = 0 } = context.step.config as { timeouts?: number };
    if (calls <= timeouts) {
      throw new RetryableError('the connection timed out', {
        errorCode: 'ETIMEDOUT',
        context: { timeout_simulation: true, retry_recommended: true, max_timeouts: timeouts },
      });
    }
    return { network_response: { status: 200 }, total_attempts: calls, failed_attempts: calls - 1 };
  }
}

/** Does its work once per step and gives the same answer however often it is called. */
@StepHandler('idempotency_test')
export class IdempotencyTest implements StepHandler {
  readonly registry = new CallRegistry();
  private readonly done = new Map<string, { checksum: string; sequence: number; executed_at: string }>();

  process(context: StepContext) {
    const executions = this.registry.record(context);
    const key = context.idempotencyKey;
    const first = this.done.get(key) ?? {
      checksum: createHash('sha256').update(`${context.task.taskId}:${context.step.name}`).digest('hex'),
      sequence: this.done.size + 1,
      executed_at: new Date().toISOString(),
    };
    this.done.set(key, first);
    const { failures = 0 } = context.step.config as { failures?: number };
    if (executions <= failures) throw new Error('done, but the answer was lost');
    const check = { execution_count: executions, is_repeat_execution: executions > 1 };
    return { checksum: first.checksum, sequence: first.sequence, idempotency_check: check };
  }
}

export interface Pattern {
  /** First and last call that it applies to, from 1. @default every call */
  readonly calls?: readonly [from: number, to: number];
  readonly does: 'fail' | 'delay' | 'succeed';
  /** How long to delay; then the step succeeds. */
  readonly ms?: number;
}

/** Does what the first pattern says that fits the call. */
@StepHandler('composite')
export class Composite implements StepHandler {
  readonly registry = new CallRegistry();

  async process(context: StepContext) {
    const call = this.registry.record(context);
    const { patterns = [] } = context.step.config as { patterns?: readonly Pattern[] };
    const pattern = patterns.find(({ calls: [from, to] = [1, Infinity] }) => call >= from && call <= to);
    if (pattern?.does === 'fail') throw new Error(`the pattern says that call ${call} fails`);
    if (pattern?.does === 'delay') await delay(pattern.ms, undefined, { signal: context.signal });
    return { call, pattern: pattern?.does ?? 'none' };
  }
}

/** Returns `config.result`. */
@StepHandler('stub')
export class Stub implements StepHandler {
  readonly registry = new CallRegistry();

  process(context: StepContext) {
    this.registry.record(context);
    return (context.step.config as { result?: unknown }).result ?? { stub: true };
  }
}

export const MOCK_HANDLERS = [ConfigurableFailure, RandomFailure, NetworkTimeout, IdempotencyTest, Composite, Stub];

/** A `@StepHandler` class made of one function. */
export function handlerOf(token: string, process: StepHandler['process']): new () => StepHandler {
  @StepHandler(token)
  class FunctionHandler implements StepHandler {
    process(context: StepContext): unknown {
      return process(context);
    }
  }
  // Two classes of one name would be one handler in messages.
  Object.defineProperty(FunctionHandler, 'name', { value: `Handler_${token}` });
  return FunctionHandler;
}

/** A number in [0, 1) that depends on nothing but its arguments. */
export function dice(...facts: (string | number)[]): number {
  return createHash('sha256').update(facts.join('|')).digest().readUInt32BE() / 2 ** 32;
}
