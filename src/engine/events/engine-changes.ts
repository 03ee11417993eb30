import {
  type Change,
  type LocalEvent,
  type StepChange,
  type StoredEvent,
  type TaskChange,
} from '../../core/events/change.js';
import { stepBase, taskBase } from '../../core/events/lifecycle-events.js';
import { type Advance, type AppliedResult, type AttemptResult } from '../../persistence/sql/advance.js';
import { type Claim } from '../../persistence/sql/claim.js';
import { type ReleasedClaim } from '../../persistence/sql/leases.js';

type Metadata = Readonly<Record<string, unknown>>;

/** What a claim wrote into the histories. */
export function changesOfClaims(claims: readonly Claim[], worker: number): Change[] {
  const changes: Change[] = [];
  const started = new Set<number>();
  for (const claim of claims) {
    const { taskId, stepId, position, attempt, token, claimedAt: at } = claim;
    if (claim.startedTask !== null && !started.has(taskId)) {
      started.add(taskId);
      changes.push(taskMove(taskId, claim.startedTask, 'pending', 'in_progress', at, { worker }));
    }
    const step = { kind: 'step', taskId, stepId, position, at } as const;
    if (claim.was === 'error') {
      const metadata = { attempt, cause: 'retry' };
      changes.push({ ...step, sortKey: token - 1, from: 'error', to: 'pending', metadata });
    }
    const metadata = { attempt, worker };
    changes.push({ ...step, sortKey: token, from: 'pending', to: 'in_progress', metadata });
  }
  return changes;
}

/**
 * What an advance wrote into the histories, and the events it stored.
 * @param worker null when the claims were taken back from workers that are gone; the answer tells which
 */
export function changesOfAdvance(
  results: readonly AttemptResult[],
  { applied, claims, finished, at }: Advance,
  worker: number | null,
): Change[] {
  const changes: Change[] = [];
  const byStep = new Map(results.map((result) => [result.stepId, result]));
  for (const one of applied) {
    const result = byStep.get(one.stepId);
    for (const event of result?.events ?? []) {
      changes.push(publishedEvent(event, one, at!, JSON.parse(event.payloadText)));
    }
    changes.push(stepEnd(one, at!, result, worker));
  }
  if (claims.length > 0) changes.push(...changesOfClaims(claims, worker ?? 0));
  for (const { taskId, state, finishedAt, move } of finished) {
    if (!move) continue;
    const metadata = move.metadataText === null ? {} : (JSON.parse(move.metadataText) as Metadata);
    changes.push(taskMove(taskId, move.sortKey, 'in_progress', state, finishedAt, metadata));
  }
  return changes;
}

/** What handing claims back wrote into the histories. */
export function changesOfRelease(released: readonly ReleasedClaim[], worker: number): Change[] {
  return released.map(({ taskId, stepId, position, attempt, token, at }) => ({
    kind: 'step',
    taskId,
    stepId,
    position,
    sortKey: token,
    from: 'in_progress',
    to: 'pending',
    at,
    metadata: { attempt, worker, cause: 'handed_back' },
  }));
}

/** The handler of this claim is about to be called. */
export function beforeHandle({ taskId, stepId, position, attempt, token, claimedAt }: Claim): LocalEvent {
  const now = new Date();
  const name = 'step.before_handle';
  return {
    kind: 'local',
    name,
    taskId,
    at: claimedAt,
    make: (facts) => ({
      ...stepBase(`s${stepId}.${token}/before_handle`, name, now, facts, stepId, position),
      attempt,
    }),
  };
}

/** Steps of one task that were claimed together, for each task of the claims. */
export function viableSteps(claims: readonly Claim[]): LocalEvent[] {
  const byTask = new Map<number, Claim[]>();
  for (const claim of claims) {
    const others = byTask.get(claim.taskId);
    if (others) others.push(claim);
    else byTask.set(claim.taskId, [claim]);
  }
  const name = 'workflow.viable_steps_discovered';
  return [...byTask].map(([taskId, ofTask]) => ({
    kind: 'local',
    name,
    taskId,
    at: ofTask[0]!.claimedAt,
    make: (facts) => ({
      ...taskBase(`s${ofTask[0]!.stepId}.${ofTask[0]!.token}/viable`, name, ofTask[0]!.claimedAt, facts),
      stepIds: ofTask.map(({ stepId }) => stepId),
      stepNames: ofTask.map(({ position }) => facts.steps[position]?.name ?? 'unknown'),
      stepCount: ofTask.length,
      processingMode: 'concurrent',
    }),
  }));
}

function taskMove(
  taskId: number,
  sortKey: number,
  from: TaskChange['from'],
  to: TaskChange['to'],
  at: Date,
  metadata: Metadata,
): TaskChange {
  return { kind: 'task', taskId, sortKey, from, to, at, metadata };
}

function stepEnd(
  applied: AppliedResult,
  at: Date,
  result: AttemptResult | undefined,
  worker: number | null,
): StepChange {
  const { taskId, stepId, position, attempt, state, readyAt, isHeldBack, sortKey, metadataText } = applied;
  const told = metadataText === null ? {} : (JSON.parse(metadataText) as Metadata);
  const metadata = {
    attempt,
    worker,
    duration_ms: result?.durationMs,
    ...(state === 'error' && {
      error: result?.error,
      next_retry_at: isHeldBack ? 'infinity' : readyAt,
      requested_seconds: result?.requestedSeconds,
    }),
    ...told,
  };
  return { kind: 'step', taskId, stepId, position, sortKey, from: 'in_progress', to: state, at, metadata };
}

/** An event that a handler published, as it is stored. */
export function publishedEvent(
  { id, name }: AttemptResult['events'][number],
  { taskId, stepId, position, attempt }: Pick<AppliedResult, 'taskId' | 'stepId' | 'position' | 'attempt'>,
  at: Date,
  payload: unknown,
): StoredEvent {
  return { kind: 'event', id, name, taskId, stepId, position, attempt, payload, at };
}
