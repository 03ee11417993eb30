/**
 * Plays a step's history again and counts: every claim is the next attempt, one that is handed back does not count, an
 * operator may start anew or allow one more, and no attempt is beyond the limit.
 */
import { type Claims } from './claims.js';
import { type Move, type StepLife } from './life.js';

export function attemptsAddUp(step: StepLife, { claims }: Claims): string[] {
  const found: string[] = [];
  let attempts = 0;
  let limit = step.retryable ? step.firstLimit : 1;
  let mayReset = false;
  let losses = 0;
  /** Index of the first claim since the attempts were counted anew. */
  let since = 0;
  let claimed = 0;
  for (const [index, move] of step.history.entries()) {
    if (move.to === 'in_progress') {
      if (mayReset && move.attempt === 1 && attempts !== 0) {
        attempts = 0;
        losses = 0;
        since = claimed;
      } else if (mayReset) limit = Math.max(limit, attempts + 1);
      mayReset = false;
      claimed++;
      attempts++;
      if (move.attempt !== attempts) found.push(`claim ${claimed} says attempt ${move.attempt}, not ${attempts}`);
      if (attempts > limit) found.push(`attempt ${attempts} is beyond the limit of ${limit}`);
    }
    if (isHandBack(move, step.history[index - 1])) attempts--;
    if (isOperatorsRetry(move)) mayReset = true;
    if (move.errorCode === 'WORKER_LOST') losses++;
  }
  const reset = mayReset && step.attempts === 0;
  if (step.attempts !== attempts && !reset) found.push(`it has ${step.attempts} attempts; its history has ${attempts}`);
  if (step.losses !== (reset ? 0 : losses)) {
    found.push(`it counts ${step.losses} lost workers; its history has ${losses}`);
  }
  const executed = claims.slice(since).filter(({ end, runs }) => end !== 'handed_back' && runs.length > 0).length;
  if (executed > step.attempts && !reset) found.push(`it was executed ${executed} times in ${step.attempts} attempts`);
  return found;
}

function isHandBack(move: Move, before: Move | undefined): boolean {
  return move.to === 'pending' && before?.to === 'in_progress';
}

function isOperatorsRetry(move: Move): boolean {
  return move.from === 'error' && move.to === 'pending' && move.cause === 'operator';
}
