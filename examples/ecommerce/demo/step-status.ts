import { type StepRecord, type StepState } from 'nestjs-tasker';

/** A step's state, and what more can be told from its row: due, waiting for its next attempt, out of attempts. */
export type StepStatus = StepState | 'ready' | 'backoff' | 'exhausted';

export function statusOf(step: StepRecord, now: Date): StepStatus {
  const { state, readyAt, error } = step;
  if (state === 'pending') return readyAt !== null && readyAt <= now ? 'ready' : 'pending';
  if (state !== 'error') return state;
  if (readyAt !== null) return 'backoff';
  return error?.permanent === true ? 'error' : 'exhausted';
}

/** The signs that stand for a status, so that colour is never the only cue. */
export const GLYPHS: Readonly<Record<StepStatus, string>> = {
  pending: '·',
  ready: '○',
  in_progress: '▶',
  backoff: '↻',
  complete: '✔',
  error: '✘',
  exhausted: '✘',
  cancelled: '⊘',
  resolved_manually: '✎',
  skipped: '↷',
};

/** How long the last attempt took, or has taken so far; undefined before the first one and after a failed one. */
export function durationMs(step: StepRecord, now: Date): number | undefined {
  const { state, lastAttemptedAt: start, processedAt } = step;
  if (start === null || (state !== 'in_progress' && state !== 'complete')) return undefined;
  // The database's clock may be ahead of ours.
  return Math.max(0, (processedAt ?? now).getTime() - start.getTime());
}

export function msToRetry({ readyAt }: StepRecord, now: Date): number {
  return Math.max(0, (readyAt?.getTime() ?? 0) - now.getTime());
}

/** `7 ms`, `1.3 s` */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : seconds(milliseconds);
}

/** `0.3 s` */
export function seconds(milliseconds: number, digits = 1): string {
  return `${(milliseconds / 1000).toFixed(digits)} s`;
}
