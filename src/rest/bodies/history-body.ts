import { type Attempt, type AttemptOutcome, attemptsOf } from '../../analysis/attempts.js';
import { type StepFailure, type TransitionRecord } from '../../core/records.js';
import { type TaskPast } from '../../engine/task-reader.js';
import { errorBody, type StepErrorBody } from './step-body.js';

/** One row of a history. */
export interface TransitionBody {
  /** 1, 2, 3… */
  readonly sort_key: number;
  /** Null for the first. */
  readonly from_state: string | null;
  readonly to_state: string;
  readonly at: string;
  /** What is known of the move: attempt, worker, error, who acted and why. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface AttemptBody {
  readonly attempt: number;
  /** Null when the worker is not known any more, or never was. */
  readonly worker: WorkerBody | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly duration_ms: number | null;
  readonly outcome: AttemptOutcome;
  readonly error: StepErrorBody | null;
  readonly next_retry_at: string | null;
}

export interface WorkerBody {
  readonly worker_id: number;
  /** Null when the process is gone and forgotten, as is `pid`. */
  readonly host: string | null;
  readonly pid: number | null;
}

export interface TimelineEntryBody extends AttemptBody {
  readonly workflow_step_id: number;
  readonly name: string;
  /** Since the task was created. */
  readonly offset_ms: number;
}

export interface TimelineBody {
  readonly task_id: number;
  readonly status: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** From its first attempt to its end, or until now; null before the first. */
  readonly duration_ms: number | null;
  /** Its own moves. */
  readonly transitions: readonly TransitionBody[];
  /** Every attempt of every step, by their beginnings. */
  readonly attempts: readonly TimelineEntryBody[];
}

type Workers = TaskPast['workers'];

export function transitionBody({ sortKey, fromState, toState, metadata, createdAt }: TransitionRecord): TransitionBody {
  return { sort_key: sortKey, from_state: fromState, to_state: toState, at: createdAt.toISOString(), metadata };
}

export function attemptBody(attempt: Attempt, workers: Workers): AttemptBody {
  const { worker } = attempt;
  const known = worker === null ? undefined : workers.get(worker);
  return {
    attempt: attempt.attempt,
    worker: worker === null ? null : { worker_id: worker, host: known?.host ?? null, pid: known?.pid ?? null },
    started_at: attempt.startedAt.toISOString(),
    ended_at: attempt.endedAt?.toISOString() ?? null,
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    error: attempt.error === null ? null : errorBody(attempt.error as StepFailure),
    next_retry_at: attempt.nextRetryAt,
  };
}

export function timelineBody({ task, steps, taskHistory, stepHistories, workers }: TaskPast, now: Date): TimelineBody {
  const created = task.createdAt.getTime();
  const entries = steps.flatMap((step) =>
    attemptsOf(stepHistories.get(step.stepId) ?? []).map((attempt) => ({ step, attempt })),
  );
  entries.sort(
    (a, b) => a.attempt.startedAt.getTime() - b.attempt.startedAt.getTime() || a.step.stepId - b.step.stepId,
  );
  return {
    task_id: task.taskId,
    status: task.state,
    created_at: task.createdAt.toISOString(),
    started_at: task.startedAt?.toISOString() ?? null,
    finished_at: task.finishedAt?.toISOString() ?? null,
    duration_ms: task.startedAt && (task.finishedAt ?? now).getTime() - task.startedAt.getTime(),
    transitions: taskHistory.map(transitionBody),
    attempts: entries.map(({ step, attempt }) => ({
      workflow_step_id: step.stepId,
      name: step.name,
      offset_ms: attempt.startedAt.getTime() - created,
      ...attemptBody(attempt, workers),
    })),
  };
}
