import { type Clock } from '../../core/clock.js';
import { type TaskerDatabase } from '../database.js';
import { type Advance, type AdvanceRow, readAdvance } from './advance.js';

/** Claims taken back at once at the most. */
const LIMIT = 1_000;

const SQL = `select kind, task_id, workflow_step_id, position, attempt, retryable, retry_limit, inputs, state, ready_at, token
  from $schema.tasker_reap($1, $2, $3)`;

/** Takes back claims whose lease is over; nothing when another process is doing it. */
export async function reapLeases(db: TaskerDatabase, clock: Clock, poisonLimit: number): Promise<Advance> {
  return readAdvance(await db.rows<AdvanceRow>(SQL, [LIMIT, poisonLimit, clock.sqlNow()]));
}
