import { type Clock } from '../../core/clock.js';
import { type TaskerDatabase } from '../database.js';

/** The right to run one attempt of one step. Whoever holds it is named by (worker, attempt). */
export interface Claim {
  readonly taskId: number;
  readonly stepId: number;
  readonly position: number;
  readonly attempt: number;
  /** Names this claim and no other, also when attempts are set back. */
  readonly token: number;
  readonly retryable: boolean;
  readonly retryLimit: number;
  readonly inputsText: string | null;
  /** What the step was before: `error` when this is another attempt. */
  readonly was: 'pending' | 'error';
  /** Its place in the task's history when the task started with this claim; else null. */
  readonly startedTask: number | null;
  readonly claimedAt: Date;
}

export interface ClaimRow {
  workflow_step_id: number;
  task_id: number;
  position: number;
  attempt: number;
  retryable: boolean;
  retry_limit: number;
  inputs: string | null;
  token: number;
}

interface OwnClaimRow extends ClaimRow {
  was: 'pending' | 'error';
  started: number | null;
  at: Date;
}

const SQL = `select workflow_step_id, task_id, position, attempt, retryable, retry_limit, inputs, token, was, started, at
  from $schema.tasker_claim($1, $2, $3, $4, $5, $6)`;

/** Takes up to `limit` due steps of the given lanes: attempt + 1, lease, history, in one round trip. */
export async function claimSteps(
  db: TaskerDatabase,
  clock: Clock,
  request: {
    workerId: number;
    laneIds: readonly number[];
    /** Lanes under a pause, a limit or a breaker: of those only what these allow. */
    controlledLaneIds: readonly number[];
    limit: number;
    leaseMs: number;
  },
): Promise<Claim[]> {
  const { workerId, laneIds, controlledLaneIds, limit, leaseMs } = request;
  const values = [workerId, laneIds, limit, leaseMs, clock.sqlNow(), controlledLaneIds];
  return (await db.rows<OwnClaimRow>(SQL, values)).map((row) => toClaim(row, row.at, row.was, row.started));
}

export function toClaim(
  row: ClaimRow,
  claimedAt: Date,
  was: Claim['was'] = 'pending',
  startedTask: number | null = null,
): Claim {
  return {
    taskId: row.task_id,
    stepId: row.workflow_step_id,
    position: row.position,
    attempt: row.attempt,
    token: row.token,
    retryable: row.retryable,
    retryLimit: row.retry_limit,
    inputsText: row.inputs,
    was,
    startedTask,
    claimedAt,
  };
}
