import { OPEN, SATISFYING, STEP_MOVES, TASK_MOVES } from './vocabulary.js';

/**
 * What several checks ask, computed once per statement:
 *
 * - `waiting`: how many parents a step waits for; steps that wait for none are not in it
 * - `counted`: each task with what its steps really add up to
 * - `task_move`, `step_move`: history rows with a fault, `task_last`, `step_last`: the last row of each history
 */
export const SHARED = `
  waiting as materialized (
    select e.to_step_id as id, count(*) as parents
    from $schema.tasker_workflow_step_edges e
    join $schema.tasker_workflow_steps p on p.workflow_step_id = e.from_step_id
    where p.state not in ${SATISFYING}
    group by e.to_step_id
  ),
  counted as materialized (
    select t.task_id as id, t.definition_id, t.state, t.state in ${OPEN} as is_open, t.total_steps, t.open_steps,
           t.live_steps, t.failed_steps, t.started_at, t.finished_at, coalesce(s.steps, 0) as steps,
           coalesce(s.open, 0) as open, coalesce(s.live, 0) as live, coalesce(s.failed, 0) as failed,
           coalesce(s.running, 0) as running, coalesce(s.cancelled, 0) as cancelled
    from $schema.tasker_tasks t
    left join (
      select task_id, count(*) as steps,
             count(*) filter (where state not in ${SATISFYING}) as open,
             count(*) filter (where state = 'in_progress' or ready_at is not null) as live,
             count(*) filter (where state = 'error' and ready_at is null) as failed,
             count(*) filter (where state = 'in_progress') as running,
             count(*) filter (where state = 'cancelled') as cancelled
      from $schema.tasker_workflow_steps group by task_id
    ) s on s.task_id = t.task_id
  ),
  ${history('task', 'tasker_task_transitions', 'task_id', TASK_MOVES)},
  ${history('step', 'tasker_workflow_step_transitions', 'workflow_step_id', STEP_MOVES)}`;

function history(subject: string, table: string, key: string, moves: string): string {
  return `
  ${subject}_move as materialized (
    select * from (
      select ${key} as id, sort_key, from_state, to_state, row_number() over history as place,
             lag(to_state) over history as before, coalesce(from_state, '') || '>' || to_state as move
      from $schema.${table}
      window history as (partition by ${key} order by sort_key)
    ) h
    where h.sort_key <> h.place or h.from_state is distinct from h.before or h.move not in ${moves}
  ),
  ${subject}_last as materialized (
    select distinct on (${key}) ${key} as id, sort_key, to_state
    from $schema.${table} order by ${key}, sort_key desc
  )`;
}
