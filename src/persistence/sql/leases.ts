import { type Clock } from '../../core/clock.js';
import { type TaskerDatabase } from '../database.js';

/** A claim as its holder names it. */
export interface HeldClaim {
  readonly taskId: number;
  readonly stepId: number;
  readonly attempt: number;
}

const RENEW = 'select tasker_renew as step from $schema.tasker_renew($1, $2, $3, $4, $5)';
const RELEASE = 'select tasker_release as step from $schema.tasker_release($1, $2, $3, $4, $5)';

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

/** Hands claims back unused: due at once, the attempt not counted. Returns the steps that were really still held. */
export async function releaseClaims(
  db: TaskerDatabase,
  clock: Clock,
  workerId: number,
  claims: readonly HeldClaim[],
): Promise<Set<number>> {
  if (claims.length === 0) return new Set();
  const tasks = [...new Set(claims.map((claim) => claim.taskId))].sort((a, b) => a - b);
  const steps = claims.map((claim) => claim.stepId);
  const attempts = claims.map((claim) => claim.attempt);
  const rows = await db.rows<{ step: number }>(RELEASE, [workerId, tasks, steps, attempts, clock.sqlNow()]);
  return new Set(rows.map((row) => row.step));
}
