import { type TaskerDatabase } from './database.js';
import { type HeldClaim } from './sql/leases.js';

/** Who works: one row per running worker, with its heartbeat. */
export class WorkerStore {
  constructor(private readonly db: TaskerDatabase) {}

  async register(worker: { host: string; pid: number; version: string; concurrency: number }): Promise<number> {
    const [row] = await this.db.rows<{ id: number }>(
      `insert into $schema.tasker_workers (host, pid, version, concurrency) values ($1, $2, $3, $4)
       returning worker_id as id`,
      [worker.host.slice(0, 255), worker.pid, worker.version, worker.concurrency],
    );
    return row!.id;
  }

  /** Marks a worker as gone, after it has handed back what it held. */
  async retire(workerId: number): Promise<void> {
    await this.db.rows('update $schema.tasker_workers set stopped_at = clock_timestamp() where worker_id = $1', [
      workerId,
    ]);
  }

  /** Forgets workers that stopped, or were last heard of, so long ago, and hold nothing. Returns how many there were. */
  async sweep(olderThanSeconds: number): Promise<number> {
    const rows = await this.db.rows(`delete from ${GONE} returning w.worker_id`, [olderThanSeconds]);
    return rows.length;
  }

  /** How many {@link sweep} would forget. */
  async countGone(olderThanSeconds: number): Promise<number> {
    const [row] = await this.db.rows<{ n: number }>(`select count(*) as n from ${GONE}`, [olderThanSeconds]);
    return row!.n;
  }

  /** Every claim the rows say this worker holds. */
  async heldBy(workerId: number): Promise<(HeldClaim & { readonly token: number })[]> {
    return this.db.rows(
      `select s.task_id as "taskId", s.workflow_step_id as "stepId", s.attempts as attempt,
         s.transition_count as token
       from $schema.tasker_workflow_steps s
       where s.claim_expires_at is not null and s.claimed_by = $1`,
      [workerId],
    );
  }
}

const GONE = `$schema.tasker_workers w
  where greatest(w.heartbeat_at, w.stopped_at) < clock_timestamp() - $1 * interval '1 second'
    and not exists (
      select from $schema.tasker_workflow_steps s
      where s.claim_expires_at is not null and s.claimed_by = w.worker_id
    )`;
