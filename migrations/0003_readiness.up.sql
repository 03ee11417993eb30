-- How things stand, for people and interfaces: which step is ready and why another is not, where a task stands, how its
-- graph is layered. All of it only reads. The engine itself needs none of it: what may be claimed is said by `ready_at`
-- alone, and that is what these functions report.
--
-- p_now is the instant to take as "now"; null means when the database received the statement.

-- One row per step of the given tasks, by task and step.
--   retry_eligible       attempts are left and the step is retryable; speaks of attempts after the first, which a step
--                        that is not retryable has too. False once it has failed for good, whatever the reason.
--   ready_for_execution  what a claim would take now, limits of concurrency and rate aside
--   last_failure_at      when the failure it stands in happened; null in every other state
--   next_retry_at        the moment a claim goes by: of a failed step that is tried again, and of one that waits for its
--                        first start. Null when it waits for no moment (finished, running, due at once, blocked).
--   blocking_reason      null when ready, otherwise the first that holds of: in_progress, finished, retries_exhausted,
--                        not_retryable, failed_permanently, dependencies_not_satisfied, task_finished, paused (its task,
--                        namespace, system or all), circuit_open, waiting_for_backoff, waiting_for_start_time,
--                        not_queued (a fault: nothing would ever wake it)
create function get_step_readiness_status_batch(input_task_ids bigint[], p_now timestamptz default null)
returns table (
  workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text, total_parents integer,
  completed_parents integer, dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean,
  last_failure_at timestamptz, next_retry_at timestamptz, attempts integer, retry_limit integer,
  backoff_request_seconds integer, last_attempted_at timestamptz, in_backoff boolean, blocking_reason text)
language plpgsql stable
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, statement_timestamp());
  v_paused integer[];
  v_broken integer[];
begin
  -- The lanes that are held back. Mostly there are none, so they are looked up once and not for every step.
  select coalesce(array_agg(l.lane_id) filter (where c.paused_at is not null), '{}'),
         coalesce(array_agg(l.lane_id) filter (where v_now < greatest(c.breaker_opened_at, c.breaker_probed_at)
                                                             + c.breaker_open_ms * interval '1 ms'), '{}')
  into v_paused, v_broken
  from tasker_controls c
  join tasker_lanes l on (c.task_namespace_id is null or c.task_namespace_id = l.task_namespace_id)
    and (c.dependent_system_id is null or c.dependent_system_id = l.dependent_system_id)
  where c.paused_at is not null or c.breaker_opened_at is not null;

  return query
  select s.workflow_step_id, s.task_id, s.named_step_id, n.name::text, s.state, parents.total, parents.satisfied,
         parents.satisfied = parents.total,
         s.retryable and s.attempts < s.retry_limit and not (s.state = 'error' and s.ready_at is null),
         queue.reason is null,
         failure.created_at,
         case when queue.at > v_now or (queue.at <= v_now and s.state = 'error') then nullif(queue.at, 'infinity') end,
         s.attempts, s.retry_limit, s.backoff_request_seconds, s.last_attempted_at,
         queue.reason is not distinct from 'waiting_for_backoff',
         queue.reason
  from tasker_tasks t
  join tasker_workflow_steps s on s.task_id = t.task_id
  join tasker_named_steps n on n.named_step_id = s.named_step_id
  cross join lateral (
    select count(*)::integer as total,
           (count(*) filter (where p.state in ('complete', 'resolved_manually', 'skipped')))::integer as satisfied
    from tasker_workflow_step_edges e join tasker_workflow_steps p on p.workflow_step_id = e.from_step_id
    where e.to_step_id = s.workflow_step_id
  ) parents
  cross join lateral (
    select case when t.state in ('pending', 'in_progress') then s.ready_at end as at,
           case when s.state = 'in_progress' then 'in_progress'
                when s.state not in ('pending', 'error') then 'finished'
                when s.state = 'error' and s.ready_at is null then
                  case when s.attempts >= s.retry_limit then 'retries_exhausted'
                       when not s.retryable then 'not_retryable'
                       else 'failed_permanently' end
                when parents.satisfied < parents.total then 'dependencies_not_satisfied'
                when t.state not in ('pending', 'in_progress') then 'task_finished'
                when t.paused_at is not null or s.lane_id = any (v_paused) then 'paused'
                when s.lane_id = any (v_broken) then 'circuit_open'
                when s.ready_at > v_now and s.attempts > 0 then 'waiting_for_backoff'
                when s.ready_at > v_now then 'waiting_for_start_time'
                when s.ready_at is null then 'not_queued' end as reason
  ) queue
  left join tasker_workflow_step_transitions failure
    on s.state = 'error' and failure.workflow_step_id = s.workflow_step_id and failure.sort_key = s.transition_count
  where t.task_id = any (input_task_ids)
  order by s.task_id, s.workflow_step_id;
end
$$;

-- The same for one task, for some of its steps when step_ids is given.
create function get_step_readiness_status(
  input_task_id bigint, step_ids bigint[] default null, p_now timestamptz default null)
returns table (
  workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text, total_parents integer,
  completed_parents integer, dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean,
  last_failure_at timestamptz, next_retry_at timestamptz, attempts integer, retry_limit integer,
  backoff_request_seconds integer, last_attempted_at timestamptz, in_backoff boolean, blocking_reason text)
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query
  select r.* from get_step_readiness_status_batch(array[input_task_id], p_now) r
  where step_ids is null or r.workflow_step_id = any (step_ids)
  order by r.workflow_step_id;
end
$$;

-- One row per given task that exists, by task. The five counts of states add up to total_steps; completed counts what
-- satisfies dependents (complete, resolved_manually, skipped), blocked what has failed for good.
--
-- A task that an operator or its last step has closed is all_complete. In any other, as long as a step is ready, runs or
-- waits for a moment, that decides; then a step that has failed for good; and when neither is left the task is to be
-- finalised, because what is still pending then stands behind a cancelled step and will never run.
create function get_task_execution_contexts_batch(input_task_ids bigint[], p_now timestamptz default null)
returns table (
  task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint, in_progress_steps bigint,
  completed_steps bigint, failed_steps bigint, ready_steps bigint, execution_status text, recommended_action text,
  completion_percentage numeric, health_status text, cancelled_steps bigint, blocked_steps bigint)
language plpgsql stable
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with counted as (
    select t.task_id, t.named_task_id, t.state, t.state in ('complete', 'cancelled', 'resolved_manually') as closed,
           count(r.workflow_step_id) as total,
           count(*) filter (where r.current_state = 'pending') as pending,
           count(*) filter (where r.current_state = 'in_progress') as running,
           count(*) filter (where r.current_state in ('complete', 'resolved_manually', 'skipped')) as completed,
           count(*) filter (where r.current_state = 'error') as failed,
           count(*) filter (where r.current_state = 'cancelled') as cancelled,
           count(*) filter (where r.ready_for_execution) as ready,
           count(*) filter (where r.blocking_reason in
             ('paused', 'circuit_open', 'waiting_for_backoff', 'waiting_for_start_time', 'not_queued')) as waiting,
           count(*) filter (where r.blocking_reason in
             ('retries_exhausted', 'not_retryable', 'failed_permanently')) as blocked
    from tasker_tasks t
    left join get_step_readiness_status_batch(input_task_ids, p_now) r on r.task_id = t.task_id
    where t.task_id = any (input_task_ids)
    group by t.task_id
  ),
  decided as (
    select c.*,
           case when c.closed then 'all_complete'
                when c.ready > 0 then 'has_ready_steps'
                when c.running > 0 then 'processing'
                when c.waiting > 0 or c.total = 0 then 'waiting_for_dependencies'
                when c.blocked > 0 then 'blocked_by_failures'
                else 'all_complete' end as execution
    from counted c
  )
  select d.task_id, d.named_task_id, d.state, d.total, d.pending, d.running, d.completed, d.failed, d.ready, d.execution,
         case d.execution when 'has_ready_steps' then 'execute_ready_steps'
                          when 'processing' then 'wait_for_completion'
                          when 'blocked_by_failures' then 'handle_failures'
                          when 'all_complete' then 'finalize_task'
                          else 'wait_for_dependencies' end,
         case when d.total = 0 then 0.0 else round(d.completed * 100.0 / d.total, 2) end,
         case when d.closed or d.failed = 0 then 'healthy'
              when d.ready > 0 then 'recovering'
              when d.blocked > 0 then 'blocked'
              else 'recovering' end,
         d.cancelled, d.blocked
  from decided d
  order by d.task_id;
end
$$;

-- The same for one task; no row when there is none.
create function get_task_execution_context(input_task_id bigint, p_now timestamptz default null)
returns table (
  task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint, in_progress_steps bigint,
  completed_steps bigint, failed_steps bigint, ready_steps bigint, execution_status text, recommended_action text,
  completion_percentage numeric, health_status text, cancelled_steps bigint, blocked_steps bigint)
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query select c.* from get_task_execution_contexts_batch(array[input_task_id], p_now) c;
end
$$;

-- Both depths of every step of a task, from its graph alone: the shortest path from any root (min_depth) and the longest
-- (max_depth); a root has 0 and 0. Every edge is walked once for each, so many paths cost no more than few.
--
-- A graph that was made by hand may have cycles: min_depth is null for what no root reaches, max_depth for what lies on
-- or behind a cycle. Edges that leave the task are not part of its graph.
create function tasker_step_depths(p_task bigint)
returns table (workflow_step_id bigint, min_depth integer, max_depth integer)
language plpgsql stable cost 10000 rows 10
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  -- Steps go by their number in v_steps from here on. The children of step i are v_children[v_end[i - 1] + 1 .. v_end[i]].
  v_steps bigint[];
  v_parents integer[];
  v_children integer[];
  v_count integer;
  v_end integer[];
  v_waiting integer[];
  v_min integer[];
  v_max integer[];
  v_queue integer[];
  v_roots integer := 0;
  v_head integer;
  v_tail integer;
  v_step integer;
  v_child integer;
begin
  select array_agg(s.workflow_step_id order by s.workflow_step_id) into v_steps
  from tasker_workflow_steps s where s.task_id = p_task;
  if v_steps is null then return; end if;

  -- The numbers are found by bisection and not by joins, which a planner without statistics would make nested loops. An
  -- edge that leads out of the task is none of its own.
  with edge as (
    select width_bucket(e.from_step_id, v_steps) as parent, width_bucket(e.to_step_id, v_steps) as child
    from tasker_workflow_step_edges e
    where e.from_step_id = any (v_steps) and v_steps[width_bucket(e.to_step_id, v_steps)] = e.to_step_id
  )
  select coalesce(array_agg(e.parent order by e.parent, e.child), '{}'),
         coalesce(array_agg(e.child order by e.parent, e.child), '{}')
  into v_parents, v_children
  from edge e;

  v_count := cardinality(v_steps);
  v_end := array_fill(0, array[v_count]);
  v_waiting := v_end;
  v_queue := v_end;
  v_min := array_fill(null::integer, array[v_count]);
  v_max := v_min;
  for v_edge in 1 .. cardinality(v_parents) loop
    v_end[v_parents[v_edge]] := v_edge;
    v_waiting[v_children[v_edge]] := v_waiting[v_children[v_edge]] + 1;
  end loop;
  for v_number in 1 .. v_count loop
    if v_end[v_number] = 0 then v_end[v_number] := coalesce(v_end[v_number - 1], 0); end if;
    if v_waiting[v_number] = 0 then
      v_roots := v_roots + 1;
      v_queue[v_roots] := v_number;
      v_min[v_number] := 0;
      v_max[v_number] := 0;
    end if;
  end loop;

  -- Longest: a step gets its depth when the last of its parents is done; parents are done in the order of their depth.
  v_head := 1;
  v_tail := v_roots;
  while v_head <= v_tail loop
    v_step := v_queue[v_head];
    v_head := v_head + 1;
    for v_edge in coalesce(v_end[v_step - 1], 0) + 1 .. v_end[v_step] loop
      v_child := v_children[v_edge];
      v_waiting[v_child] := v_waiting[v_child] - 1;
      if v_waiting[v_child] = 0 then
        v_max[v_child] := v_max[v_step] + 1;
        v_tail := v_tail + 1;
        v_queue[v_tail] := v_child;
      end if;
    end loop;
  end loop;

  -- Shortest: a step gets its depth when it is reached first. The roots still stand at the head of the queue.
  v_head := 1;
  v_tail := v_roots;
  while v_head <= v_tail loop
    v_step := v_queue[v_head];
    v_head := v_head + 1;
    for v_edge in coalesce(v_end[v_step - 1], 0) + 1 .. v_end[v_step] loop
      v_child := v_children[v_edge];
      if v_min[v_child] is null then
        v_min[v_child] := v_min[v_step] + 1;
        v_tail := v_tail + 1;
        v_queue[v_tail] := v_child;
      end if;
    end loop;
  end loop;

  return query select * from unnest(v_steps, v_min, v_max);
end
$$;

-- Every step of a task with the length of the longest path that leads to it from a root, by level, then step. A step on
-- or behind a cycle has none: its level is null, and it comes last.
create function calculate_dependency_levels(input_task_id bigint)
returns table (workflow_step_id bigint, dependency_level integer)
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query
  select d.workflow_step_id, d.max_depth from tasker_step_depths(input_task_id) d
  order by d.max_depth nulls last, d.workflow_step_id;
end
$$;

-- Every step with its neighbours. The depths are computed for one task at a time, and a condition on task_id or
-- workflow_step_id says for which, so what a row costs depends on its own task only. Whoever joins the view puts the
-- condition on the view's own task_id.
create view tasker_step_dag_relationships as
select s.workflow_step_id, t.task_id, s.named_step_id,
       parents.ids as parent_step_ids, children.ids as child_step_ids,
       parents.n as parent_count, children.n as child_count,
       parents.n = 0 as is_root_step, children.n = 0 as is_leaf_step,
       depth.min_depth as min_depth_from_root
from tasker_tasks t
cross join lateral tasker_step_depths(t.task_id) depth
join tasker_workflow_steps s on s.workflow_step_id = depth.workflow_step_id and s.task_id = t.task_id
cross join lateral (
  select coalesce(jsonb_agg(e.from_step_id order by e.from_step_id), '[]') as ids, count(*) as n
  from tasker_workflow_step_edges e where e.to_step_id = s.workflow_step_id
) parents
cross join lateral (
  select coalesce(jsonb_agg(e.to_step_id order by e.to_step_id), '[]') as ids, count(*) as n
  from tasker_workflow_step_edges e where e.from_step_id = s.workflow_step_id
) children;
