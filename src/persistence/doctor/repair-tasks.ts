import { type Queryable, type TaskerDatabase } from '../database.js';
import { CLOSED, OPEN, SATISFYING } from './vocabulary.js';

/**
 * Makes the rows of some tasks what they should be, computed anew from what cannot be computed: the states of the steps,
 * the edges, the histories. Under the locks that every change of a task takes, so workers may run; a task that is sound
 * stays as it is. States of steps and histories are not touched, but for steps that run in a cancelled task: they are
 * cancelled, as they should have been with it.
 */
export async function repairTasks(db: TaskerDatabase, taskIds: readonly number[], now: Date | null): Promise<void> {
  if (taskIds.length === 0) return;
  await db.transaction(async (tx) => {
    const [clock] = await lock(tx, taskIds, now);
    const values = [taskIds, clock?.now ?? null];
    for (const statement of [STEP_COUNTS, TASK_COUNTS, CANCEL, STEPS]) await tx.rows(statement, values);
    await tx.rows(SETTLE, [...values, '{"cause": "doctor"}']);
    await tx.rows(TIMES, values);
  });
}

/** Tasks by id, then steps by id, as everywhere; the instant is read when the locks are held. */
async function lock(tx: Queryable, taskIds: readonly number[], now: Date | null): Promise<{ now: string }[]> {
  await tx.rows('select 1 from $schema.tasker_tasks where task_id = any ($1) order by task_id for no key update', [
    taskIds,
  ]);
  await tx.rows(
    `select 1 from $schema.tasker_workflow_steps where task_id = any ($1) order by workflow_step_id for no key update`,
    [taskIds],
  );
  return tx.rows<{ now: string }>('select coalesce($1::timestamptz, clock_timestamp())::text as now', [now]);
}

/** A count that is behind its history would make the next row of that history fail. */
const STEP_COUNTS = `
  update $schema.tasker_workflow_steps s set transition_count = h.last, updated_at = $2
  from (
    select workflow_step_id, max(sort_key) as last from $schema.tasker_workflow_step_transitions
    where workflow_step_id in (select workflow_step_id from $schema.tasker_workflow_steps where task_id = any ($1))
    group by workflow_step_id
  ) h
  where h.workflow_step_id = s.workflow_step_id and h.last <> s.transition_count`;

const TASK_COUNTS = `
  update $schema.tasker_tasks t
  set transition_count = coalesce(h.last, t.transition_count), total_steps = s.steps, updated_at = $2
  from unnest($1::bigint[]) as w(task_id)
  cross join lateral (
    select max(sort_key) as last from $schema.tasker_task_transitions h where h.task_id = w.task_id
  ) h
  cross join lateral (
    select count(*) as steps from $schema.tasker_workflow_steps s where s.task_id = w.task_id
  ) s
  where t.task_id = w.task_id and (h.last <> t.transition_count or s.steps <> t.total_steps)`;

const CANCEL = `
  with cancelled as (
    update $schema.tasker_workflow_steps s
    set state = 'cancelled', claimed_by = null, claim_expires_at = null, transition_count = s.transition_count + 1,
        updated_at = $2
    from $schema.tasker_tasks t
    where t.task_id = s.task_id and s.task_id = any ($1) and s.state = 'in_progress' and t.state = 'cancelled'
    returning s.workflow_step_id, s.transition_count, s.attempts
  )
  insert into $schema.tasker_workflow_step_transitions
    (workflow_step_id, sort_key, from_state, to_state, metadata, created_at)
  select c.workflow_step_id, c.transition_count, 'in_progress', 'cancelled',
         jsonb_build_object('cause', 'doctor', 'attempt', c.attempts), $2
  from cancelled c`;

/**
 * What each step waits for, and the wake-ups that are lost, wrong or not wanted. A step that waits for nothing and has
 * never run gets its wake-up from the settling that follows.
 */
const STEPS = `
  update $schema.tasker_workflow_steps s
  set pending_parents = r.waiting, ready_at = r.ready_at, updated_at = $2,
      queue_at = case when r.ready_at is not null then coalesce(s.queue_at, nullif(r.ready_at, 'infinity'), $2) end
  from (
    select w.workflow_step_id, w.waiting,
           case when w.wakeup is null then null
                when w.paused_at is not null then 'infinity'
                when w.wakeup <> 'infinity' then w.wakeup
                when w.state = 'error' then coalesce(w.queue_at, $2)
                else least(w.queue_at, $2) end as ready_at
    from (
      select s.workflow_step_id, s.state, s.queue_at, t.paused_at, p.waiting,
             case when t.state in ${CLOSED} or p.waiting > 0 or s.state not in ('pending', 'error') then null
                  when s.state = 'pending' then s.ready_at
                  when not s.retryable or s.attempts >= s.retry_limit then null
                  else coalesce(s.ready_at, (h.metadata->>'next_retry_at')::timestamptz) end as wakeup
      from $schema.tasker_tasks t
      join $schema.tasker_workflow_steps s on s.task_id = t.task_id
      cross join lateral (
        select (count(*) filter (where p.state not in ${SATISFYING}))::integer as waiting
        from $schema.tasker_workflow_step_edges e
        join $schema.tasker_workflow_steps p on p.workflow_step_id = e.from_step_id
        where e.to_step_id = s.workflow_step_id
      ) p
      left join $schema.tasker_workflow_step_transitions h
        on h.workflow_step_id = s.workflow_step_id and h.sort_key = s.transition_count and h.to_state = 'error'
      where t.task_id = any ($1)
    ) w
  ) r
  where s.workflow_step_id = r.workflow_step_id
    and (s.pending_parents <> r.waiting or s.ready_at is distinct from r.ready_at
         or (s.ready_at is not null and s.queue_at is null))`;

const SETTLE = `
  select $schema.tasker_settle_task(t.task_id, $3::jsonb, $2::timestamptz)
  from unnest($1::bigint[]) as w(task_id) join $schema.tasker_tasks t on t.task_id = w.task_id
  order by t.task_id`;

const TIMES = `
  update $schema.tasker_tasks t
  set finished_at = case when t.state not in ${OPEN} then coalesce(t.finished_at, h.last_move, $2::timestamptz) end,
      started_at = coalesce(t.started_at, h.first_start),
      updated_at = $2
  from unnest($1::bigint[]) as w(task_id)
  cross join lateral (
    select max(created_at) as last_move, min(created_at) filter (where to_state = 'in_progress') as first_start
    from $schema.tasker_task_transitions h where h.task_id = w.task_id
  ) h
  where t.task_id = w.task_id
    and ((t.finished_at is null) <> (t.state in ${OPEN})
         or (t.started_at is null and t.state in ('in_progress', 'complete')))`;
