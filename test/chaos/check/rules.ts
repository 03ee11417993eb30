/** What must be true of every step and task after a run, one rule per function. Each says what it found, or nothing. */
import { type Claims, CUT_SHORT } from './claims.js';
import { type StepLife, type TaskLife } from './life.js';
import { attemptsAddUp } from './attempts.js';

export type StepRule = (step: StepLife, claims: Claims, task: TaskLife) => string[];

/** A claim allows one execution, of its own worker. */
const oneExecutionPerClaim: StepRule = (_step, { claims, stray }) => [
  ...stray.map(({ runId, attempt, worker }) => `run ${runId} of attempt ${attempt} in worker ${worker} had no claim`),
  ...claims
    .filter(({ runs }) => runs.length > 1)
    .map(({ attempt, runs }) => `attempt ${attempt} was executed ${runs.length} times under one claim`),
];

/**
 * An execution is over before the next attempt begins, unless its claim was cut short: its lease had ended (then nobody
 * can stop it, if its process is frozen or cut off), or it did not listen when it was told to stop.
 */
const noOverlap: StepRule = (_step, { claims }) => {
  const found: string[] = [];
  for (const [index, earlier] of claims.entries()) {
    for (const run of earlier.runs) {
      const later = claims.slice(index + 1).flatMap(({ runs }) => runs);
      const overlapping = later.filter(({ enteredAt }) => run.leftAt !== null && enteredAt < run.leftAt);
      const mayRunOn = earlier.end === 'lost' || (CUT_SHORT.includes(earlier.end) && run.deaf);
      if (mayRunOn) continue;
      for (const { runId } of overlapping) {
        found.push(`run ${runId} began before run ${run.runId} had ended, whose claim was ${earlier.end}`);
      }
    }
  }
  return found;
};

/** Nobody's result ends a claim but that of the execution under it; so what was fenced never counted. */
const onlyTheHolderCounts: StepRule = (_step, { claims }) =>
  claims.flatMap((claim) => {
    const { attempt, worker, end, runs, countedRun, until } = claim;
    if (end === 'complete' && runs.length === 0) return [`attempt ${attempt} is complete and was never executed`];
    if (end === 'complete' && countedRun === null) return [`attempt ${attempt} is complete without its results`];
    if ((end === 'complete' || end === 'failed') && runs.some(({ enteredAt }) => enteredAt > until)) {
      return [`attempt ${attempt} was executed after its result`];
    }
    if (countedRun === null || runs.some(({ runId }) => runId === countedRun)) return [];
    return [`attempt ${attempt} of worker ${worker} ended with the result of run ${countedRun}, which is not its own`];
  });

/** A transactional step that is complete has had its effect once, by the run that completed it; any other has had none. */
const effectsHappenOnce: StepRule = ({ transactional, state, effects, resultRun }) => {
  const expected = transactional && state === 'complete' ? [resultRun] : [];
  const found = effects.map(({ runId }) => runId);
  if (found.join() === expected.join()) return [];
  return [`a step in ${state} has the effects of runs [${found.join(', ')}], not [${expected.join(', ')}]`];
};

/** A step runs when every step it waits for is done. */
const parentsFirst: StepRule = ({ parentIds }, { claims }, { steps }) => {
  const first = claims[0]?.from ?? Infinity;
  return parentIds.flatMap((parentId) => {
    const parent = steps.find(({ stepId }) => stepId === parentId)!;
    const done = parent.history.find(({ to }) => ['complete', 'resolved_manually', 'skipped'].includes(to));
    if (first === Infinity || (done && done.at <= first)) return [];
    return [`it was claimed before its parent, step ${parentId}, was done`];
  });
};

/** A step has failed for good only for a reason. */
const givesUpForAReason =
  (poisonLimit: number): StepRule =>
  ({ state, attempts, retryLimit, retryable, losses, history }) => {
    const reason = history.at(-1)?.permanent || attempts >= retryLimit || !retryable || losses >= poisonLimit;
    return state !== 'error' || reason ? [] : [`it failed for good after ${attempts} of ${retryLimit} attempts`];
  };

/** Nothing is claimed once every worker has stopped. */
const nothingHeld: StepRule = ({ state }) => (state === 'in_progress' ? ['it is still claimed'] : []);

export function stepRules(poisonLimit: number): Readonly<Record<string, StepRule>> {
  return {
    'a claim is executed once': oneExecutionPerClaim,
    'attempts of a step do not overlap': noOverlap,
    'only the holder of a claim ends it': onlyTheHolderCounts,
    'attempts add up and keep to the limit': attemptsAddUp,
    'transactional effects happen exactly once': effectsHappenOnce,
    'a step runs after its parents': parentsFirst,
    'a step fails for good only for a reason': givesUpForAReason(poisonLimit),
    'no lease is left': nothingHeld,
  };
}

/** Every task has come to an end. */
export function atRest({ state, paused }: TaskLife): string[] {
  if (state !== 'pending' && state !== 'in_progress') return [];
  return [`it is ${state}${paused ? ' and paused' : ''} at the end`];
}
