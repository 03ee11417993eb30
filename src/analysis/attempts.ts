import { type TransitionRecord } from '../core/records.js';

/** What became of an attempt; `running` while nothing has. */
export type AttemptOutcome = 'running' | 'complete' | 'error' | 'cancelled' | 'handed_back';

/** One attempt of a step, as its history tells it. */
export interface Attempt {
  /** 1, 2, 3…; counts from 1 again after an operator has reset the attempts. */
  readonly attempt: number;
  readonly worker: number | null;
  readonly startedAt: Date;
  /** Null while it runs. */
  readonly endedAt: Date | null;
  readonly outcome: AttemptOutcome;
  /** As measured by the worker where it was, else between the two rows; null while it runs. */
  readonly durationMs: number | null;
  /** What is kept of its failure, else null. */
  readonly error: unknown;
  /** When the next was due, as of the failure; null when none was, or nobody could know. */
  readonly nextRetryAt: string | null;
}

/** The attempts of a step, in order, from its history, which is oldest first. */
export function attemptsOf(history: readonly TransitionRecord[]): Attempt[] {
  const attempts: Attempt[] = [];
  let started: TransitionRecord | undefined;
  for (const row of history) {
    if (row.toState === 'in_progress') started = row;
    else if (started) {
      attempts.push(ended(started, row));
      started = undefined;
    }
  }
  if (started) attempts.push(running(started));
  return attempts;
}

function running({ metadata, createdAt }: TransitionRecord): Attempt {
  return {
    attempt: numberOf(metadata['attempt']) ?? 0,
    worker: numberOf(metadata['worker']),
    startedAt: createdAt,
    endedAt: null,
    outcome: 'running',
    durationMs: null,
    error: null,
    nextRetryAt: null,
  };
}

function ended(start: TransitionRecord, { toState, createdAt, metadata }: TransitionRecord): Attempt {
  const next = metadata['next_retry_at'];
  const instant = typeof next === 'string' ? new Date(next) : undefined;
  return {
    ...running(start),
    endedAt: createdAt,
    outcome: toState === 'pending' ? 'handed_back' : (toState as AttemptOutcome),
    durationMs: numberOf(metadata['duration_ms']) ?? createdAt.getTime() - start.createdAt.getTime(),
    error: metadata['error'] ?? null,
    nextRetryAt: instant && !Number.isNaN(instant.getTime()) ? instant.toISOString() : null,
  };
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
