-- Lists of tasks, whatever they are filtered and sorted by, walk an index and stop at the end of the page: one for each
-- filter that can be selective, with the id behind it so that pages have one order.
create index tasker_tasks_state on tasker_tasks (state, task_id);
create index tasker_tasks_initiator on tasker_tasks (initiator, task_id);
create index tasker_tasks_requested on tasker_tasks (requested_at, task_id);
create index tasker_tasks_correlation on tasker_tasks (correlation_id, task_id);
create index tasker_tasks_workflow on tasker_tasks (named_task_id, task_id);
drop index tasker_tasks_named_task;

-- What the request said that an idempotency key was first used with, so that the key's use for another is seen.
alter table tasker_tasks add column request_hash varchar(64);

-- As before; an element may have "request", the hash of what it says, which is kept with the task.
create or replace function tasker_create_tasks(p_tasks jsonb, p_now timestamptz default null)
returns table (ordinal integer, task_id bigint, created boolean)
language plpgsql
set search_path from current
-- The planner cannot know how long the lists are; a nested loop over two of them would cost their product.
set enable_nestloop = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_born integer[];
  v_bypassing record;
  v_duplicate bigint;
begin
  with input as materialized (
    select (e.n - 1)::integer as ordinal, x.*
    from jsonb_array_elements(p_tasks) with ordinality as e(value, n),
         jsonb_to_record(e.value) as x(
           definition integer, context jsonb, identity text, correlation text, initiator text, source text, reason text,
           tags jsonb, bypass jsonb, priority smallint, requested_at timestamptz, run_at timestamptz,
           request text)
  ),
  shape as (
    select s.definition_id, count(*)::integer as steps, (count(*) filter (where s.parents = '{}'))::integer as roots
    from tasker_definition_steps s
    where s.definition_id in (select i.definition from input i)
    group by s.definition_id
  ),
  task as (
    insert into tasker_tasks (
      named_task_id, definition_id, priority, total_steps, open_steps, live_steps, requested_at, initiator,
      source_system, reason, correlation_id, identity_hash, bypass_steps, tags, context, request_hash, created_at,
      updated_at)
    select d.named_task_id, d.definition_id, i.priority, h.steps, h.steps, h.roots, coalesce(i.requested_at, v_now),
           i.initiator, i.source, i.reason, i.correlation, i.identity, i.bypass, i.tags, i.context, i.request,
           v_now, v_now
    from input i
    join tasker_task_definitions d on d.definition_id = i.definition
    join shape h on h.definition_id = i.definition
    order by i.ordinal
    on conflict (identity_hash) do nothing
    returning task_id, definition_id, priority, identity_hash
  ),
  born as (
    select distinct on (t.task_id) t.*, i.ordinal, coalesce(i.run_at, v_now) as run_at
    from task t join input i on i.identity = t.identity_hash
    order by t.task_id, i.ordinal
  ),
  task_history as (
    insert into tasker_task_transitions (task_id, sort_key, to_state, created_at)
    select b.task_id, 1, 'pending', v_now from born b
    returning 1
  ),
  step as (
    insert into tasker_workflow_steps (
      task_id, named_step_id, lane_id, position, priority, pending_parents, ready_at, queue_at, retryable, retry_limit,
      skippable, created_at, updated_at)
    select b.task_id, s.named_step_id, s.lane_id, s.position, b.priority, cardinality(s.parents),
           case when s.parents = '{}' then b.run_at end,
           case when s.parents = '{}' then b.run_at + tasker_queue_gap()
             * (row_number() over (partition by b.task_id, s.parents = '{}' order by s.position) - 1) end,
           s.retryable, s.retry_limit, s.skippable, v_now, v_now
    from born b join tasker_definition_steps s on s.definition_id = b.definition_id
    order by b.task_id, s.position
    returning workflow_step_id, task_id, position
  ),
  step_history as (
    insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, to_state, created_at)
    select s.workflow_step_id, 1, 'pending', v_now from step s where (select count(*) from task_history) > 0
  ),
  -- Unfolded before the parents are looked up: joined in the other order it would be every step with every step.
  link as materialized (
    select child.workflow_step_id, child.task_id, p.position
    from step child
    join born b on b.task_id = child.task_id
    join tasker_definition_steps s on s.definition_id = b.definition_id and s.position = child.position
    cross join lateral unnest(s.parents) as p(position)
  ),
  edge as (
    insert into tasker_workflow_step_edges (from_step_id, to_step_id, task_id)
    select parent.workflow_step_id, l.workflow_step_id, l.task_id
    from link l join step parent on parent.task_id = l.task_id and parent.position = l.position
  )
  select coalesce(array_agg(b.ordinal), '{}') into v_born from born b;

  select t.task_id into v_duplicate
  from jsonb_array_elements(p_tasks) with ordinality as e(value, n)
  join tasker_tasks t on t.identity_hash = e.value->>'identity'
  where (e.value->>'reject')::boolean and (e.n - 1)::integer <> all (v_born)
  order by e.n
  limit 1;
  if found then
    raise exception 'an identical request has already created task %', v_duplicate
      using errcode = 'TSK01', detail = v_duplicate;
  end if;

  if exists (select 1 from jsonb_array_elements(p_tasks) e
             where not exists (select 1 from tasker_definition_steps s
                               where s.definition_id = (e.value->>'definition')::integer)) then
    raise exception 'a task names a definition that is not stored, or has no steps' using errcode = 'foreign_key_violation';
  end if;

  -- Steps that the request leaves out: skipped at once, their dependents go on.
  for v_bypassing in
    select t.task_id, t.bypass_steps, (e.value->>'run_at')::timestamptz as run_at
    from jsonb_array_elements(p_tasks) with ordinality as e(value, n)
    join tasker_tasks t on t.identity_hash = e.value->>'identity'
    where (e.n - 1)::integer = any (v_born) and t.bypass_steps <> '[]'
    order by t.task_id
  loop
    with skipped as (
      update tasker_workflow_steps s
      set state = 'skipped', ready_at = null, queue_at = null, transition_count = 2
      from tasker_named_steps n
      where s.task_id = v_bypassing.task_id and n.named_step_id = s.named_step_id and v_bypassing.bypass_steps ? n.name
      returning s.workflow_step_id
    )
    insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, from_state, to_state, metadata, created_at)
    select k.workflow_step_id, 2, 'pending', 'skipped', '{"cause": "bypassed"}', v_now from skipped k;
    perform tasker_settle_task(v_bypassing.task_id, '{"cause": "bypassed"}', v_now);
    -- What runs in the place of a skipped root waits for the task's time as the root would have.
    update tasker_workflow_steps s set ready_at = v_bypassing.run_at, queue_at = v_bypassing.run_at
    where s.task_id = v_bypassing.task_id and s.ready_at < v_bypassing.run_at;
  end loop;

  return query
  select (e.n - 1)::integer, t.task_id, (e.n - 1)::integer = any (v_born)
  from jsonb_array_elements(p_tasks) with ordinality as e(value, n)
  join tasker_tasks t on t.identity_hash = e.value->>'identity'
  order by e.n;
end
$$;
