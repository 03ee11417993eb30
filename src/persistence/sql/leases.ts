import { type Clock } from '../../core/clock.js';
import { type TaskerDatabase } from '../database.js';

/** A claim as its holder names it. */
export interface HeldClaim {
  readonly taskId: number;
  readonly stepId: number;
  readonly attempt: number;
}

const RENEW = 'select tasker_renew as step from $schema.tasker_renew($1, $2, $3, $4, $5)';
const RELEASE = `select workflow_step_id as "stepId", task_id as "taskId", position, attempt, token, at
  from $schema.tasker_release($1, $2, $3, $4, $5)`;

/** Extends leases and beats the worker's heart; returns the steps it still holds. Never waits for a row. */
export async function renewClaims(
  db: TaskerDatabase,
  clock: Clock,
  workerId: number,
  claims: readonly HeldClaim[],
  leaseMs: number,
): Promise<Set<number>> {
  const steps = claims.map((claim) => claim.stepId);
  const attempts = claims.map((claim) => claim.attempt);
  const rows = await db.rows<{ step: number }>(RENEW, [workerId, steps, attempts, leaseMs, clock.sqlNow()]);
  return new Set(rows.map((row) => row.step));
}

/** A claim that was handed back, with its place in the step's history. */
export interface ReleasedClaim {
  readonly stepId: number;
  readonly taskId: number;
  readonly position: number;
  readonly attempt: number;
  readonly token: number;
  readonly at: Date;
}

/** Hands claims back unused: due at once, the attempt not counted. Returns those that were really still held. */
export async function releaseClaims(
  db: TaskerDatabase,
  clock: Clock,
  workerId: number,
  claims: readonly HeldClaim[],
): Promise<ReleasedClaim[]> {
  if (claims.length === 0) return [];
  const tasks = [...new Set(claims.map((claim) => claim.taskId))].sort((a, b) => a - b);
  const steps = claims.map((claim) => claim.stepId);
  const attempts = claims.map((claim) => claim.attempt);
  return db.rows<ReleasedClaim>(RELEASE, [workerId, tasks, steps, attempts, clock.sqlNow()]);
}
