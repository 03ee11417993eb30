import { type EntityManager } from 'typeorm';
import { type BackoffPolicy, backoffMs, requestedDelayMs } from '../core/backoff.js';
import { type StepFailure } from '../core/records.js';
import { storableJson } from '../core/storable-json.js';
import { type PositionedStep } from '../definitions/definition.js';
import { interpolateConfig } from '../definitions/interpolation.js';
import { type EventRegistry } from '../events/event-registry.js';
import { type StepHandlerRegistry } from '../definitions/step-handler-registry.js';
import { runWithCorrelationId } from '../handlers/correlation-context.js';
import { RetryableError } from '../handlers/handler-errors.js';
import { type StepContext } from '../handlers/step-context.js';
import { type StepHandler } from '../handlers/step-handler.js';
import { type AttemptResult } from '../persistence/sql/advance.js';
import { type Claim } from '../persistence/sql/claim.js';
import { type ExecutionOptions } from './engine.options.js';
import { AttemptEvents, type PublishAtOnce } from './events/attempt-events.js';
import { makeStepContext } from './step-context-factory.js';
import { engineFailure, FAILURE_CODES, toStepFailure } from './step-failure.js';
import { type RememberedTask } from './task-memory.js';

/** Why a running attempt was told to stop, as `signal.reason` of its handler. */
export class AttemptAborted extends Error {
  constructor(
    override readonly cause: 'timeout' | 'cancelled' | 'shutdown' | 'claim_lost',
    message: string,
  ) {
    super(message);
    this.name = 'AttemptAborted';
  }
}

/** Runs one attempt of one step and says how it ended. Never throws, never writes. */
export class StepRunner {
  constructor(
    private readonly handlers: StepHandlerRegistry,
    private readonly eventRegistry: EventRegistry,
    private readonly publishAtOnce: (claim: Claim) => PublishAtOnce,
    private readonly execution: ExecutionOptions,
    private readonly backoff: BackoffPolicy,
    private readonly env: Readonly<Record<string, string | undefined>> = process.env,
  ) {}

  /** True when the step's handler wants a transaction. */
  isTransactional({ position }: Claim, { definition }: RememberedTask): boolean {
    return this.handlers.find(definition.steps[position]!.handler)?.metadata.transactional ?? false;
  }

  /**
   * @param controller aborted by the worker on cancellation and shutdown, and here on timeout
   * @param manager the transaction the handler shall work in, when it is a transactional one
   * @returns how the attempt ended, or null when it was aborted from outside and counts for nothing
   */
  async run(
    claim: Claim,
    entry: RememberedTask,
    controller: AbortController,
    manager?: EntityManager,
  ): Promise<AttemptResult | null> {
    const step = entry.definition.steps[claim.position]!;
    const { end, fail } = this.endings(claim, step);
    const handler = this.handlers.find(step.handler)?.instance;
    if (!handler) {
      return fail(engineFailure(FAILURE_CODES.noHandler, `this process has no handler "${step.handler}"`, false));
    }
    let config: Readonly<Record<string, unknown>>;
    try {
      config = interpolateConfig(step.config, this.env);
    } catch (error) {
      return fail(engineFailure(FAILURE_CODES.badConfig, (error as Error).message, false));
    }

    const timeoutSeconds = step.timeoutSeconds ?? this.execution.stepTimeoutSeconds;
    const events = new AttemptEvents(this.eventRegistry, this.execution.maxResultBytes, this.publishAtOnce(claim));
    let worked = false;
    const work = async (context: StepContext): Promise<unknown> => {
      const output = await handler.process(context);
      worked = true;
      return shape(handler, output, context);
    };
    try {
      const context = makeStepContext(claim, entry, step, config, controller.signal, events, manager);
      const results = await withDeadline(
        () => runWithCorrelationId(entry.task.correlationId, () => work(context)),
        controller,
        timeoutSeconds,
      );
      return this.succeed(step, results, (result) => end({ ...result, events: events.close() }), fail);
    } catch (thrown) {
      const reason: unknown = controller.signal.reason;
      if (reason instanceof AttemptAborted) {
        // A handler that gives up because it was told to has not failed.
        if (reason.cause !== 'timeout') return null;
        return fail(worked ? unshaped(reason) : engineFailure(FAILURE_CODES.timeout, reason.message, false));
      }
      return fail(thrown instanceof ProcessResultsFailed ? thrown.failure : toStepFailure(thrown), thrown);
    } finally {
      events.close();
    }
  }

  /** The result of an attempt that failed outside its handler. */
  failure(claim: Claim, { definition }: RememberedTask, thrown: unknown): AttemptResult {
    return this.endings(claim, definition.steps[claim.position]!).fail(toStepFailure(thrown), thrown);
  }

  /** How an attempt that starts now can end. */
  private endings(claim: Claim, step: PositionedStep) {
    const startedAt = performance.now();
    const end = (result: Partial<AttemptResult> & Pick<AttemptResult, 'outcome'>): AttemptResult => ({
      taskId: claim.taskId,
      stepId: claim.stepId,
      attempt: claim.attempt,
      token: claim.token,
      resultsText: null,
      error: null,
      delayMs: 0,
      requestedSeconds: null,
      events: [],
      durationMs: Math.round((performance.now() - startedAt) * 1000) / 1000,
      ...result,
    });
    const fail = (error: StepFailure, cause?: unknown): AttemptResult =>
      error.permanent ? end({ outcome: 'fail', error }) : end({ ...this.retryAt(cause, claim, step), error });
    return { end, fail };
  }

  private succeed(
    step: PositionedStep,
    results: unknown,
    end: (result: Pick<AttemptResult, 'outcome' | 'resultsText'>) => AttemptResult,
    fail: (error: StepFailure) => AttemptResult,
  ): AttemptResult {
    const json = storableJson(results, this.execution.maxResultBytes);
    if ('text' in json) return end({ outcome: 'complete', resultsText: json.text });
    const code = json.problem.code === 'TOO_LARGE' ? FAILURE_CODES.resultTooLarge : FAILURE_CODES.badResult;
    const hint = json.problem.code === 'TOO_LARGE' ? '; store large data elsewhere and return a reference to it' : '';
    return fail(engineFailure(code, `the results of step "${step.name}" ${json.problem.message}${hint}`, true));
  }

  private retryAt(
    cause: unknown,
    claim: Claim,
    step: PositionedStep,
  ): Pick<AttemptResult, 'outcome' | 'delayMs' | 'requestedSeconds'> {
    const policy = step.backoff === null ? this.backoff : { ...this.backoff, ...step.backoff };
    const wished = cause instanceof RetryableError ? cause.retryAfter : undefined;
    if (wished !== undefined && Number.isFinite(wished)) {
      const delayMs = requestedDelayMs(policy, wished);
      return { outcome: 'retry', delayMs, requestedSeconds: Math.ceil(delayMs / 1000) };
    }
    return { outcome: 'retry', delayMs: backoffMs(policy, claim.attempt), requestedSeconds: null };
  }
}

class ProcessResultsFailed extends Error {
  constructor(readonly failure: StepFailure) {
    super(failure.message);
  }
}

/** Lets the handler shape its results. */
async function shape(handler: StepHandler, output: unknown, context: StepContext): Promise<unknown> {
  if (!handler.processResults) return output;
  try {
    return await handler.processResults(output, context);
  } catch (thrown) {
    throw new ProcessResultsFailed(unshaped(thrown));
  }
}

/** What goes wrong when the results are shaped must not repeat the work. */
function unshaped(thrown: unknown): StepFailure {
  const failure = toStepFailure(thrown);
  return {
    ...failure,
    errorCode: FAILURE_CODES.resultProcessing,
    message: `the work is done, but its results could not be processed: ${failure.message}`,
    permanent: true,
  };
}

/** Rejects when the signal is aborted, by the deadline or from outside, whether the handler listens to it or not. */
async function withDeadline<T>(work: () => T, controller: AbortController, seconds: number): Promise<Awaited<T>> {
  const { signal } = controller;
  signal.throwIfAborted();
  let onAbort!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const timer = setTimeout(
    () => controller.abort(new AttemptAborted('timeout', `the attempt took longer than ${seconds} s`)),
    Math.min(seconds * 1000, 2 ** 31 - 1),
  );
  try {
    return await Promise.race([(async () => work())(), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
