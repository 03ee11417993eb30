import { type StepFailure, type StepRecord } from '../../core/records.js';
import { type StepState } from '../../core/states.js';
import { siblings } from './siblings.js';

export interface StepBody {
  readonly task_id: number;
  readonly workflow_step_id: number;
  readonly name: string;
  readonly named_step_id: number;
  readonly status: StepState;
  readonly attempts: number;
  readonly skippable: boolean;
  readonly retryable: boolean;
  readonly retry_limit: number;
  /** True after a successful run, and only then. */
  readonly processed: boolean;
  readonly processed_at: string | null;
  readonly in_process: boolean;
  readonly backoff_request_seconds: number | null;
  readonly last_attempted_at: string | null;
  readonly inputs: unknown;
  /** What its handler returned; an empty object until there is anything. */
  readonly results: unknown;
  readonly children_ids: readonly number[];
  readonly parents_ids: readonly number[];
  /** Steps with exactly the same parents; none for steps without parents. */
  readonly siblings_ids: readonly number[];
  readonly dependent_system: string;
  /** When it is tried again, or first started; null when it waits for no moment. */
  readonly next_retry_at: string | null;
  /** The last failure; null once the step has succeeded. */
  readonly error: StepErrorBody | null;
}

export interface StepErrorBody {
  readonly message: string;
  readonly error_class: string;
  readonly error_code: string | null;
  readonly context: unknown;
  /** True when no further attempt was due whatever the limit. */
  readonly permanent: boolean;
}

/**
 * The bodies of `shown`, which are steps of one task, `all` of them.
 * @param now tells a step that is due from one that waits
 */
export function stepBodies(all: readonly StepRecord[], now: Date, shown = all): StepBody[] {
  const siblingsOf = siblings(all);
  return shown.map((step) => ({
    task_id: step.taskId,
    workflow_step_id: step.stepId,
    name: step.name,
    named_step_id: step.namedStepId,
    status: step.state,
    attempts: step.attempts,
    skippable: step.skippable,
    retryable: step.retryable,
    retry_limit: step.retryLimit,
    processed: isProcessed(step),
    processed_at: step.processedAt?.toISOString() ?? null,
    in_process: isInProcess(step),
    backoff_request_seconds: step.backoffRequestSeconds,
    last_attempted_at: step.lastAttemptedAt?.toISOString() ?? null,
    inputs: step.inputs,
    results: step.results ?? {},
    children_ids: step.childIds,
    parents_ids: step.parentIds,
    siblings_ids: siblingsOf(step),
    dependent_system: step.dependentSystem,
    next_retry_at: nextRetryAt(step, now)?.toISOString() ?? null,
    error: step.error && errorBody(step.error),
  }));
}

export function isProcessed(step: StepRecord): boolean {
  return step.state === 'complete';
}

export function isInProcess(step: StepRecord): boolean {
  return step.state === 'in_progress';
}

/** As the readiness function has it: of a first start that is due at once there is nothing to tell. */
function nextRetryAt({ state, readyAt }: StepRecord, now: Date): Date | null {
  return readyAt !== null && (state === 'error' || readyAt > now) ? readyAt : null;
}

/** Without the stack: that is for the history and the logs. */
export function errorBody(error: StepFailure): StepErrorBody {
  return {
    message: error.message,
    error_class: error.errorClass,
    error_code: error.errorCode ?? null,
    context: error.context ?? null,
    permanent: error.permanent,
  };
}
