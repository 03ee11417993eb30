import { type TaskerDatabase } from '../database.js';

/** Claims handed back in one transaction at the most. */
const BATCH = 500;

/**
 * Hands back what stopped workers still hold: a worker stops by handing back all it has, so nobody works on these. The
 * attempt is not counted. Returns how many there were.
 */
export async function releaseStoppedWorkers(db: TaskerDatabase, now: Date | null): Promise<number> {
  for (let released = 0; ;) {
    const [row] = await db.rows<{ n: number }>(RELEASE, [BATCH, now]);
    if (!row || row.n === 0) return released;
    released += row.n;
  }
}

/** Takes back claims whose lease is over, as running workers do. Returns how many there were. */
export async function reapAll(db: TaskerDatabase, poisonLimit: number, now: Date | null): Promise<number> {
  for (let reaped = 0; ;) {
    const [row] = await db.rows<{ n: number }>(REAP, [BATCH, poisonLimit, now]);
    if (row!.n === 0) return reaped;
    reaped += row!.n;
  }
}

/** One worker at a time, so that tasks are locked in the order of their ids. */
const RELEASE = `
  select r.n::integer as n
  from (
    select h.claimed_by, array_agg(distinct h.task_id) as tasks, array_agg(h.workflow_step_id) as steps,
           array_agg(h.attempts) as attempts
    from (
      select s.* from $schema.tasker_workflow_steps s
      where s.claim_expires_at is not null and s.claimed_by = (
        select h.claimed_by from $schema.tasker_workflow_steps h
        join $schema.tasker_workers w on w.worker_id = h.claimed_by
        where h.claim_expires_at is not null and w.stopped_at is not null
        limit 1
      )
      limit $1
    ) h
    group by h.claimed_by
  ) c
  cross join lateral (
    select count(*) as n from $schema.tasker_release(c.claimed_by, c.tasks, c.steps, c.attempts, $2::timestamptz)
  ) r`;

const REAP = `
  select (count(*) filter (where kind = 'applied'))::integer as n from $schema.tasker_reap($1, $2, $3::timestamptz)`;
