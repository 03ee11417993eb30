/** The claims of a step, from its history, each with the executions that ran under it. */
import { type Move, type Run, type StepLife } from './life.js';

export type ClaimEnd = 'complete' | 'failed' | 'lost' | 'timeout' | 'handed_back' | 'cancelled' | 'open';

export interface Claim {
  readonly attempt: number;
  readonly worker: number;
  readonly from: number;
  readonly until: number;
  readonly end: ClaimEnd;
  /** The run that the result which ended it names, where it names one. */
  readonly countedRun: number | null;
  readonly runs: readonly Run[];
}

/** Ends that leave an execution behind which nobody waits for: it cannot know yet, or does not listen. */
export const CUT_SHORT: readonly ClaimEnd[] = ['lost', 'timeout', 'handed_back', 'cancelled'];

export interface Claims {
  readonly claims: readonly Claim[];
  /** Executions that no claim allows. */
  readonly stray: readonly Run[];
}

export function claimsOf(step: StepLife): Claims {
  const claims: (Claim & { runs: Run[] })[] = [];
  step.history.forEach((move, index) => {
    if (move.to === 'in_progress') claims.push(claim(step, move, step.history[index + 1]));
  });
  const stray: Run[] = [];
  for (const run of step.runs) {
    const own = claims.findLast(
      ({ attempt, worker, from }) => attempt === run.attempt && worker === run.worker && from <= run.enteredAt,
    );
    if (own) own.runs.push(run);
    else stray.push(run);
  }
  return { claims, stray };
}

function claim(step: StepLife, begin: Move, end: Move | undefined): Claim & { runs: Run[] } {
  const how = endOf(end);
  return {
    attempt: begin.attempt ?? 0,
    worker: begin.worker ?? 0,
    from: begin.at,
    until: end?.at ?? Infinity,
    end: how,
    countedRun: how === 'complete' ? step.resultRun : (end?.errorRun ?? null),
    runs: [],
  };
}

function endOf(end: Move | undefined): ClaimEnd {
  if (!end) return 'open';
  if (end.to === 'complete') return 'complete';
  if (end.to === 'cancelled') return 'cancelled';
  if (end.to === 'pending') return 'handed_back';
  if (end.errorCode === 'WORKER_LOST') return 'lost';
  return end.errorCode === 'STEP_TIMEOUT' ? 'timeout' : 'failed';
}
