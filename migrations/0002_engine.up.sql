-- The engine's statements as functions, so that each is planned once per connection.
--
-- Order of locks, everywhere: task rows by id, then step rows by id. Whoever changes steps of a running task holds the
-- task's row lock first; the claim is the one exception, and it never waits for a lock (SKIP LOCKED), so no two of these
-- functions can block each other in a circle.
--
-- p_now is the instant to take as "now"; null means the database's clock, read after the locks are held.

-- How far apart the steps of one task are set that become due together. A step that becomes due later goes before the
-- n-th of them when it does so within n gaps.
create function tasker_queue_gap() returns interval language sql immutable parallel safe as $$ select interval '100 ms' $$;

-- Creates tasks with their steps, edges and first history rows. p_tasks is a JSON array of
--   {"definition": id, "context": {}, "identity": text, "correlation": text, "initiator": text, "source": text,
--    "reason": text, "tags": [], "bypass": [], "priority": int, "requested_at": time?, "run_at": time?,
--    "reject": bool, "request": text?}
-- Returns one row per element: its index, the task's id, and whether it is new (false: the identity was taken). When the
-- identity was taken and the element says "reject", nothing at all is created: error TSK01, the task's id as its detail.
-- Here and below one history waits for another where both are written: ids are to follow the order in which it happened.
create function tasker_create_tasks(p_tasks jsonb, p_now timestamptz default null)
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

-- Takes due steps of lanes that are under a control (paused, limited, behind a breaker), as many as the controls allow,
-- and locks them. Claims of one control come one after the other: its row is locked.
create function tasker_take_controlled(p_lanes integer[], p_limit integer, p_now timestamptz)
returns table (workflow_step_id bigint, task_id bigint, state text)
language plpgsql
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_control record;
  v_lane record;
  v_left jsonb := '{}';
  v_room integer;
  v_taken integer;
  v_total integer := 0;
begin
  -- Workers look often while a limit may hold something back: with nothing due, no control is locked or written.
  if not exists (select 1 from tasker_workflow_steps s where s.lane_id = any (p_lanes) and s.ready_at <= p_now) then
    return;
  end if;

  -- What each control has left, by its id.
  for v_control in
    select c.*
    from tasker_controls c
    where (c.task_namespace_id is null and c.dependent_system_id is null)
       or exists (select 1 from tasker_lanes l where l.lane_id = any (p_lanes)
                  and (l.task_namespace_id = c.task_namespace_id or l.dependent_system_id = c.dependent_system_id))
    order by c.control_id
    for update
  loop
    v_room := p_limit;
    if v_control.paused_at is not null then v_room := 0; end if;
    if v_control.breaker_opened_at is not null then
      -- Open: nothing for its time, then one attempt; and another only when the first was heard of, or never will be.
      v_room := case
        when p_now < greatest(v_control.breaker_opened_at, v_control.breaker_probed_at)
                     + v_control.breaker_open_ms * interval '1 ms' then 0
        else least(v_room, 1) end;
    end if;
    if v_room > 0 and v_control.max_concurrency is not null then
      select least(v_room, greatest(0, v_control.max_concurrency - count(*))) into v_room
      from tasker_lanes l
      join tasker_workflow_steps s on s.lane_id = l.lane_id and s.claim_expires_at is not null
      where (v_control.task_namespace_id is null or l.task_namespace_id = v_control.task_namespace_id)
        and (v_control.dependent_system_id is null or l.dependent_system_id = v_control.dependent_system_id);
    end if;
    if v_control.per_second is not null then
      update tasker_controls c
      set tokens = least(greatest(1, c.per_second),
                         c.tokens + c.per_second * coalesce(extract(epoch from p_now - c.refilled_at), 1)),
          refilled_at = p_now
      where c.control_id = v_control.control_id
      returning least(v_room, floor(c.tokens)::integer) into v_room;
    end if;
    v_left := v_left || jsonb_build_object(v_control.control_id::text, v_room);
  end loop;

  for v_lane in
    select l.lane_id,
           array(select c.control_id::text from tasker_controls c
                 where (c.task_namespace_id is null and c.dependent_system_id is null)
                    or c.task_namespace_id = l.task_namespace_id
                    or c.dependent_system_id = l.dependent_system_id) as controls
    from tasker_lanes l
    where l.lane_id = any (p_lanes)
      and exists (select 1 from tasker_workflow_steps s where s.lane_id = l.lane_id and s.ready_at <= p_now)
    order by random()
  loop
    select least(p_limit - v_total, min((v_left->>k)::integer)) into v_room from unnest(v_lane.controls) as k;
    continue when coalesce(v_room, p_limit - v_total) <= 0;
    -- Only what the claim will really take is spent on: a pending task whose row is busy cannot be started now.
    return query
    with picked as materialized (
      select s.workflow_step_id, s.task_id, s.state from tasker_workflow_steps s
      where s.lane_id = v_lane.lane_id and s.ready_at <= p_now
      order by s.priority desc, s.queue_at, s.workflow_step_id
      limit coalesce(v_room, p_limit - v_total)
      for update skip locked
    ),
    starting as materialized (
      select t.task_id
      from (select distinct p.task_id from picked p) w
      join tasker_tasks t on t.task_id = w.task_id
      where t.state = 'pending'
      order by t.task_id
      for no key update of t skip locked
    )
    select p.workflow_step_id, p.task_id, p.state
    from picked p join tasker_tasks t on t.task_id = p.task_id
    where t.state = 'in_progress' or t.task_id in (select s.task_id from starting s);
    get diagnostics v_taken = row_count;
    v_total := v_total + v_taken;
    select v_left || coalesce(jsonb_object_agg(k, (v_left->>k)::integer - v_taken), '{}')
    into v_left from unnest(v_lane.controls) as k;
    continue when v_taken = 0;
    update tasker_controls c
    set tokens = case when c.per_second is null then c.tokens else c.tokens - v_taken end,
        breaker_probed_at = case when c.breaker_opened_at is null then null else p_now end
    where c.control_id::text = any (v_lane.controls) and (c.per_second is not null or c.breaker_opened_at is not null);
  end loop;
end
$$;

-- Claims up to p_limit due steps of the given lanes for a worker, by priority, then by how long they have been due.
-- Lanes under a control are given apart, in p_controlled. Each claim counts the attempt, starts the lease and writes the
-- history; a task whose first step is claimed starts.
create function tasker_claim(
  p_worker bigint, p_lanes integer[], p_limit integer, p_lease_ms integer, p_now timestamptz default null,
  p_controlled integer[] default null)
returns table (
  workflow_step_id bigint, task_id bigint, "position" integer, attempt integer, retryable boolean, retry_limit integer,
  inputs jsonb, token integer, was text, started integer, at timestamptz)
language plpgsql
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_steps bigint[];
  v_tasks bigint[];
  v_states text[];
  v_starting bigint[];
begin
  -- Look without locking how many each lane would give, then lock exactly so many of each.
  select array_agg(l.workflow_step_id), array_agg(l.task_id), array_agg(l.state) into v_steps, v_tasks, v_states
  from (
    select q.lane_id, count(*) as share
    from (
      select lane.lane_id, c.priority, c.queue_at
      from unnest(p_lanes) as lane(lane_id)
      cross join lateral (
        select s.priority, s.queue_at from tasker_workflow_steps s
        where s.lane_id = lane.lane_id and s.ready_at <= v_now
        order by s.priority desc, s.queue_at, s.workflow_step_id
        limit p_limit
      ) c
      order by c.priority desc, c.queue_at
      limit p_limit
    ) q
    group by q.lane_id
  ) quota
  cross join lateral (
    select s.workflow_step_id, s.task_id, s.state from tasker_workflow_steps s
    where s.lane_id = quota.lane_id and s.ready_at <= v_now
    order by s.priority desc, s.queue_at, s.workflow_step_id
    limit quota.share
    for update skip locked
  ) l;

  if cardinality(p_controlled) > 0 and coalesce(cardinality(v_steps), 0) < p_limit then
    select v_steps || array_agg(c.workflow_step_id), v_tasks || array_agg(c.task_id), v_states || array_agg(c.state)
    into v_steps, v_tasks, v_states
    from tasker_take_controlled(p_controlled, p_limit - coalesce(cardinality(v_steps), 0), v_now) c;
  end if;
  if v_steps is null then return; end if;

  -- A pending task starts with its first claim. One whose row is busy (being cancelled, being started by another) is
  -- left for the next claim rather than waited for.
  select coalesce(array_agg(t.task_id), '{}') into v_starting
  from (
    select t.task_id
    from (select distinct u.task_id from unnest(v_tasks) as u(task_id)) w
    join tasker_tasks t on t.task_id = w.task_id
    where t.state = 'pending'
    order by t.task_id
    for no key update of t skip locked
  ) t;

  return query
  with due as (
    select u.workflow_step_id, u.state, t.task_id, t.state as task_state
    from unnest(v_steps, v_tasks, v_states) as u(workflow_step_id, task_id, state)
    join tasker_tasks t on t.task_id = u.task_id
    where t.state = 'in_progress' or t.task_id = any (v_starting)
  ),
  claimed as (
    update tasker_workflow_steps s
    set state = 'in_progress', ready_at = null, queue_at = null, attempts = s.attempts + 1, claimed_by = p_worker,
        claim_expires_at = v_now + p_lease_ms * interval '1 ms', last_attempted_at = v_now,
        backoff_request_seconds = null, updated_at = v_now,
        transition_count = s.transition_count + case when d.state = 'error' then 2 else 1 end
    from due d
    where s.workflow_step_id = d.workflow_step_id
    returning s.*, d.state as was
  ),
  started as (
    update tasker_tasks t
    set state = 'in_progress', started_at = coalesce(t.started_at, v_now), updated_at = v_now,
        transition_count = t.transition_count + 1
    where t.task_id in (select d.task_id from due d where d.task_state = 'pending')
    returning t.task_id, t.transition_count
  ),
  task_history as (
    insert into tasker_task_transitions (task_id, sort_key, from_state, to_state, metadata, created_at)
    select s.task_id, s.transition_count, 'pending', 'in_progress', jsonb_build_object('worker', p_worker), v_now
    from started s
    returning 1
  ),
  history as (
    insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, from_state, to_state, metadata, created_at)
    select c.workflow_step_id, c.transition_count - 1, 'error', 'pending',
           jsonb_build_object('attempt', c.attempts, 'cause', 'retry'), v_now
    from claimed c where c.was = 'error' and (select count(*) from task_history) >= 0
    union all
    select c.workflow_step_id, c.transition_count, 'pending', 'in_progress',
           jsonb_build_object('attempt', c.attempts, 'worker', p_worker), v_now
    from claimed c where (select count(*) from task_history) >= 0
  )
  select c.workflow_step_id, c.task_id, c.position, c.attempts, c.retryable, c.retry_limit, c.inputs, c.transition_count,
         c.was, s.transition_count, v_now
  from claimed c left join started s on s.task_id = c.task_id
  order by c.priority desc, c.workflow_step_id;
end
$$;

-- Which steps of a task have failed for good, for those who are told that it ended in error: the names of the first
-- twenty, and why the first of them failed. p_failing: steps that fail just now, with their errors.
create function tasker_failures_of(p_task bigint, p_failing jsonb)
returns jsonb
language sql stable
set search_path from current
as $$
  select jsonb_build_object(
    'error_steps', coalesce(jsonb_agg(f.name order by f.position) filter (where f.place <= 20), '[]'),
    'error', (array_agg(jsonb_build_object(
      'message', f.error->'message', 'errorClass', f.error->'errorClass', 'errorCode', f.error->'errorCode')
      order by f.position))[1])
  from (
    select n.name, s.position, coalesce(p_failing->s.workflow_step_id::text, s.error) as error,
           row_number() over (order by s.position) as place
    from tasker_workflow_steps s join tasker_named_steps n on n.named_step_id = s.named_step_id
    where s.task_id = p_task
      and ((s.state = 'error' and s.ready_at is null) or p_failing ? s.workflow_step_id::text)
  ) f
$$;

-- Ends a batch of attempts, successes and failures mixed, and takes what became ready by it. p_results is a JSON array of
--   {"task": id, "step": id, "attempt": int, "outcome": "complete" | "retry" | "fail", "results": any, "error": {},
--    "delay_ms": number, "requested_seconds": int?, "duration_ms": number, "worker": id?, "token": int?,
--    "events": [{"id": uuid, "name": text, "payload": any}]?}
-- The token names one claim and no other: attempts can be set back by an operator or a hand-back, history only grows.
-- A result whose claim no longer holds (another attempt, another worker, cancelled) changes nothing and is not returned.
-- Rows: kind 'applied' (a result that counted), 'claimed' (a child this worker shall run now), 'task' (a task that
-- reached a final state; its history's metadata as inputs), 'ready' (one row: how many steps became ready and were left
-- for others, and the instant of it all). The token is the place of the row that was written into the history; of what
-- nobody here can know, the claims that were taken back, the metadata is returned as inputs too.
create function tasker_advance(
  p_worker bigint, p_tasks bigint[], p_results jsonb, p_capacity integer, p_lanes integer[], p_lease_ms integer,
  p_now timestamptz default null)
returns table (
  kind text, task_id bigint, workflow_step_id bigint, "position" integer, attempt integer, retryable boolean,
  retry_limit integer, inputs jsonb, state text, ready_at timestamptz, token integer)
language plpgsql
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  -- A null here would leave a child neither taken nor due.
  p_capacity := coalesce(p_capacity, 0);
  p_lanes := coalesce(array_remove(p_lanes, null), '{}');

  perform 1 from tasker_tasks t where t.task_id = any (p_tasks) order by t.task_id for no key update;
  v_now := coalesce(p_now, clock_timestamp());

  return query
  with input as materialized (
    select * from jsonb_to_recordset(p_results) as x(
      step bigint, attempt integer, outcome text, results jsonb, error jsonb, delay_ms double precision,
      requested_seconds integer, duration_ms double precision, worker bigint, lost integer, token integer, events jsonb)
  ),
  done as (
    update tasker_workflow_steps s
    set state = case when i.outcome = 'complete' then 'complete' else 'error' end,
        results = case when i.outcome = 'complete' then i.results else s.results end,
        error = case when i.outcome = 'complete' then null else i.error end,
        processed_at = case when i.outcome = 'complete' then v_now end,
        ready_at = case when i.outcome = 'retry' and s.retryable and s.attempts < s.retry_limit then
                     case when t.paused_at is null then v_now + i.delay_ms * interval '1 ms' else 'infinity' end end,
        queue_at = case when i.outcome = 'retry' and s.retryable and s.attempts < s.retry_limit
                        then v_now + i.delay_ms * interval '1 ms' end,
        worker_losses = s.worker_losses + coalesce(i.lost, 0),
        backoff_request_seconds = case when i.outcome = 'retry' then i.requested_seconds end,
        claimed_by = null, claim_expires_at = null, updated_at = v_now, transition_count = s.transition_count + 1
    from input i, tasker_tasks t
    where s.workflow_step_id = i.step and t.task_id = s.task_id and s.state = 'in_progress' and s.attempts = i.attempt
      and s.claimed_by = coalesce(i.worker, p_worker) and s.transition_count = coalesce(i.token, s.transition_count)
    returning s.workflow_step_id, s.task_id, s.position, s.attempts, s.state, s.ready_at, s.transition_count,
              s.backoff_request_seconds, i.error, i.duration_ms, coalesce(i.worker, p_worker) as worker, i.events
  ),
  published as (
    insert into tasker_events (event_id, name, task_id, workflow_step_id, attempt, payload, created_at)
    select (e.value->>'id')::uuid, e.value->>'name', d.task_id, d.workflow_step_id, d.attempts, e.value->'payload', v_now
    from done d cross join lateral jsonb_array_elements(d.events) with ordinality as e(value, n)
    where d.events is not null
    order by d.workflow_step_id, e.n
    returning 1
  ),
  child as (
    select e.to_step_id, count(*)::integer as ended
    from done d join tasker_workflow_step_edges e on e.from_step_id = d.workflow_step_id
    where d.state = 'complete'
    group by e.to_step_id
  ),
  woken as (
    select c.to_step_id, t.paused_at is not null as paused,
           s.lane_id = any (p_lanes) and t.paused_at is null
             and row_number() over (partition by s.lane_id = any (p_lanes) and t.paused_at is null
                                    order by s.priority desc, c.to_step_id) <= p_capacity as taken,
           row_number() over (partition by s.task_id order by c.to_step_id) - 1 as place
    from child c
    join tasker_workflow_steps s on s.workflow_step_id = c.to_step_id
    join tasker_tasks t on t.task_id = s.task_id
    where s.state = 'pending' and s.pending_parents = c.ended
  ),
  moved as (
    update tasker_workflow_steps s
    set pending_parents = s.pending_parents - c.ended,
        ready_at = case when w.taken is false then case when w.paused then 'infinity' else v_now end end,
        queue_at = case when w.taken is false then v_now + w.place * tasker_queue_gap() end,
        state = case when w.taken then 'in_progress' else s.state end,
        attempts = s.attempts + case when w.taken then 1 else 0 end,
        claimed_by = case when w.taken then p_worker end,
        claim_expires_at = case when w.taken then v_now + p_lease_ms * interval '1 ms' end,
        last_attempted_at = case when w.taken then v_now else s.last_attempted_at end,
        transition_count = s.transition_count + case when w.taken then 1 else 0 end,
        updated_at = v_now
    from child c left join woken w on w.to_step_id = c.to_step_id
    where s.workflow_step_id = c.to_step_id
    returning s.workflow_step_id, s.task_id, s.position, s.attempts, s.retryable, s.retry_limit, s.inputs,
              s.transition_count, w.taken
  ),
  history as (
    insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, from_state, to_state, metadata, created_at)
    select d.workflow_step_id, d.transition_count, 'in_progress', d.state,
           jsonb_build_object('attempt', d.attempts, 'worker', d.worker, 'duration_ms', d.duration_ms)
             || case when d.state = 'complete' then '{}'
                     else jsonb_build_object('error', d.error, 'next_retry_at', d.ready_at,
                                             'requested_seconds', d.backoff_request_seconds) end,
           v_now
    from done d where (select count(*) from published) >= 0
    union all
    select m.workflow_step_id, m.transition_count, 'pending', 'in_progress',
           jsonb_build_object('attempt', m.attempts, 'worker', p_worker), v_now
    from moved m where m.taken
    returning 1
  ),
  delta as (
    select x.task_id, sum(x.completed)::integer as completed, sum(x.failed)::integer as failed,
           sum(x.woken)::integer as woken
    from (
      select d.task_id, (d.state = 'complete')::integer as completed,
             (d.state = 'error' and d.ready_at is null)::integer as failed, 0 as woken
      from done d
      union all
      select m.task_id, 0, 0, 1 from moved m where m.taken is not null
    ) x
    group by x.task_id
  ),
  -- A task ends when nothing of it runs, is due or waits for a time: complete when every step is satisfied, in error
  -- when some step failed for good, cancelled when the rest was cancelled.
  rolled as (
    update tasker_tasks t
    set open_steps = t.open_steps - d.completed,
        failed_steps = t.failed_steps + d.failed,
        live_steps = t.live_steps - d.completed - d.failed + d.woken,
        state = case when t.live_steps - d.completed - d.failed + d.woken > 0 then t.state
                     when t.open_steps - d.completed = 0 then 'complete'
                     when t.failed_steps + d.failed > 0 then 'error'
                     else 'cancelled' end,
        finished_at = case when t.live_steps - d.completed - d.failed + d.woken = 0 then v_now end,
        transition_count = t.transition_count
          + case when t.live_steps - d.completed - d.failed + d.woken = 0 then 1 else 0 end,
        updated_at = v_now
    from delta d
    where t.task_id = d.task_id
    returning t.task_id, t.state, t.finished_at, t.transition_count, t.failed_steps, t.total_steps
  ),
  task_history as (
    insert into tasker_task_transitions (task_id, sort_key, from_state, to_state, metadata, created_at)
    select r.task_id, r.transition_count, 'in_progress', r.state,
           jsonb_build_object('failed_steps', r.failed_steps, 'total_steps', r.total_steps)
             || case when r.state = 'error' then tasker_failures_of(r.task_id, f.steps) else '{}' end,
           v_now
    from rolled r
    left join lateral (
      select jsonb_object_agg(d.workflow_step_id, d.error) as steps from done d
      where d.task_id = r.task_id and d.state = 'error' and r.state = 'error'
    ) f on true
    where r.finished_at is not null and (select count(*) from history) >= 0
    returning task_id, metadata
  )
  select 'applied', d.task_id, d.workflow_step_id, d.position, d.attempts, null::boolean, null::integer,
         case when p_worker is null then jsonb_build_object(
           'worker', d.worker, 'duration_ms', d.duration_ms, 'error', d.error) end,
         d.state, d.ready_at, d.transition_count
  from done d
  union all
  select 'claimed', m.task_id, m.workflow_step_id, m.position, m.attempts, m.retryable, m.retry_limit, m.inputs,
         'in_progress', null, m.transition_count
  from moved m where m.taken
  union all
  select 'task', r.task_id, null, null, null, null, null, h.metadata, r.state, r.finished_at, r.transition_count
  from rolled r join task_history h on h.task_id = r.task_id
  union all
  select 'ready', null, null, (count(*) filter (where m.taken is false))::integer, null, null, null, null, null, v_now, null
  from moved m;
end
$$;

-- Extends the leases a worker still holds and returns them; what is missing was taken back or cancelled. Never waits:
-- a step whose row is busy keeps the lease it has.
create function tasker_renew(
  p_worker bigint, p_steps bigint[], p_attempts integer[], p_lease_ms integer, p_now timestamptz default null)
returns setof bigint
language plpgsql
set search_path from current
set enable_seqscan = off
set jit = off
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  update tasker_workers w set heartbeat_at = v_now where w.worker_id = p_worker;
  return query
  with held as (
    select s.workflow_step_id from tasker_workflow_steps s
    join unnest(p_steps, p_attempts) as h(step, attempt) on h.step = s.workflow_step_id
    where s.claimed_by = p_worker and s.attempts = h.attempt
  ),
  free as (
    select s.workflow_step_id from tasker_workflow_steps s
    where s.workflow_step_id in (select h.workflow_step_id from held h) and s.claimed_by = p_worker
    order by s.workflow_step_id
    for no key update skip locked
  ),
  renewed as (
    update tasker_workflow_steps s set claim_expires_at = v_now + p_lease_ms * interval '1 ms'
    from free f where s.workflow_step_id = f.workflow_step_id
  )
  select h.workflow_step_id from held h;
end
$$;

-- Hands claims back unused: the steps are due at once and the attempt is not counted.
create function tasker_release(
  p_worker bigint, p_tasks bigint[], p_steps bigint[], p_attempts integer[], p_now timestamptz default null)
returns table (workflow_step_id bigint, task_id bigint, "position" integer, attempt integer, token integer, at timestamptz)
language plpgsql
set search_path from current
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  perform 1 from tasker_tasks t where t.task_id = any (p_tasks) order by t.task_id for no key update;
  v_now := coalesce(p_now, clock_timestamp());
  return query
  with freed as (
    update tasker_workflow_steps s
    set state = 'pending', ready_at = case when t.paused_at is null then v_now else 'infinity' end, queue_at = v_now,
        attempts = s.attempts - 1, claimed_by = null, claim_expires_at = null,
        transition_count = s.transition_count + 1, updated_at = v_now
    from unnest(p_steps, p_attempts) as h(step, attempt), tasker_tasks t
    where t.task_id = s.task_id and s.workflow_step_id = h.step and s.state = 'in_progress' and s.claimed_by = p_worker and s.attempts = h.attempt
    returning s.workflow_step_id, s.task_id, s.position, s.transition_count, h.attempt
  ),
  history as (
    insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, from_state, to_state, metadata, created_at)
    select f.workflow_step_id, f.transition_count, 'in_progress', 'pending',
           jsonb_build_object('attempt', f.attempt, 'worker', p_worker, 'cause', 'handed_back'), v_now
    from freed f
  )
  select f.workflow_step_id, f.task_id, f.position, f.attempt, f.transition_count, v_now from freed f;
end
$$;

-- One hop of a task's state with its history row. The caller holds the task's lock and has checked the hop.
create function tasker_move_task(p_task bigint, p_to text, p_metadata jsonb, p_now timestamptz)
returns void
language plpgsql
set search_path from current
as $$
begin
  with was as (select t.state from tasker_tasks t where t.task_id = p_task),
  moved as (
    update tasker_tasks t
    set state = p_to, updated_at = p_now, transition_count = t.transition_count + 1,
        started_at = case when p_to = 'in_progress' then coalesce(t.started_at, p_now) else t.started_at end,
        finished_at = case when p_to in ('pending', 'in_progress') then null else p_now end
    where t.task_id = p_task
    returning t.transition_count
  )
  insert into tasker_task_transitions (task_id, sort_key, from_state, to_state, metadata, created_at)
  select p_task, m.transition_count, w.state, p_to, p_metadata, p_now from moved m, was w;
end
$$;

-- Brings one task to rest after an operator changed some of its steps: recomputes from the rows what each step waits
-- for, makes due what may run, and rolls the task up. Returns the task's state. The caller holds the task's lock.
create function tasker_settle_task(p_task bigint, p_metadata jsonb, p_now timestamptz default null)
returns text
language plpgsql
set search_path from current
set enable_seqscan = off
-- The creation of tasks, which calls this for its bypassed steps, has it off.
set enable_nestloop = on
set jit = off
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_closed boolean;
  v_paused boolean;
  v_state text;
  v_open integer;
  v_live integer;
  v_failed integer;
begin
  select t.state in ('complete', 'cancelled', 'resolved_manually'), t.paused_at is not null into v_closed, v_paused
  from tasker_tasks t where t.task_id = p_task;

  update tasker_workflow_steps s
  set pending_parents = w.waiting, ready_at = w.due, updated_at = v_now,
      queue_at = case when w.due is not null then coalesce(s.queue_at, v_now) end
  from (
    select c.*, case when c.state = 'pending' and c.waiting = 0 and not v_closed
                     then coalesce(c.ready_at, case when v_paused then 'infinity' else v_now end) end as due
    from (
      select c.workflow_step_id, c.state, c.ready_at,
             (count(*) filter (where p.state not in ('complete', 'resolved_manually', 'skipped')))::integer as waiting
      from tasker_workflow_steps c
      left join tasker_workflow_step_edges e on e.to_step_id = c.workflow_step_id
      left join tasker_workflow_steps p on p.workflow_step_id = e.from_step_id
      where c.task_id = p_task
      group by c.workflow_step_id
    ) c
  ) w
  where s.workflow_step_id = w.workflow_step_id
    and (s.pending_parents <> w.waiting or s.ready_at is distinct from w.due)
    and s.state in ('pending', 'cancelled', 'resolved_manually', 'skipped');

  select count(*) filter (where s.state not in ('complete', 'resolved_manually', 'skipped')),
         count(*) filter (where s.state = 'in_progress' or s.ready_at is not null),
         count(*) filter (where s.state = 'error' and s.ready_at is null)
  into v_open, v_live, v_failed
  from tasker_workflow_steps s where s.task_id = p_task;

  update tasker_tasks t
  set open_steps = v_open, live_steps = v_live, failed_steps = v_failed, updated_at = v_now
  where t.task_id = p_task
  returning t.state into v_state;

  if v_state in ('cancelled', 'resolved_manually', 'complete') then return v_state; end if;

  if v_live > 0 then
    if v_state = 'error' then perform tasker_move_task(p_task, 'pending', p_metadata, v_now); end if;
    if v_state <> 'in_progress'
       and exists (select 1 from tasker_workflow_steps s where s.task_id = p_task and s.state = 'in_progress') then
      perform tasker_move_task(p_task, 'in_progress', p_metadata, v_now);
    end if;
  elsif v_open = 0 then
    if v_state = 'error' then perform tasker_move_task(p_task, 'pending', p_metadata, v_now); end if;
    if v_state <> 'in_progress' then perform tasker_move_task(p_task, 'in_progress', p_metadata, v_now); end if;
    perform tasker_move_task(p_task, 'complete', p_metadata, v_now);
  elsif v_failed > 0 then
    if v_state <> 'error' then
      perform tasker_move_task(p_task, 'error', p_metadata || jsonb_build_object('failed_steps', v_failed)
                               || tasker_failures_of(p_task, null), v_now);
    end if;
  else
    perform tasker_move_task(p_task, 'cancelled', p_metadata, v_now);
  end if;
  return (select t.state from tasker_tasks t where t.task_id = p_task);
end
$$;

-- Takes back the claims whose lease is over and counts their attempts: such a step runs again at once, or has failed for
-- good when its attempts are used up or it has taken p_poison_limit workers down. One process at a time; the others find
-- the lock taken and return. Rows as those of tasker_advance.
create function tasker_reap(p_limit integer, p_poison_limit integer, p_now timestamptz default null)
returns table (
  kind text, task_id bigint, workflow_step_id bigint, "position" integer, attempt integer, retryable boolean,
  retry_limit integer, inputs jsonb, state text, ready_at timestamptz, token integer)
language plpgsql
set search_path from current
set enable_seqscan = off
set jit = off
-- Longer than anybody at work holds a task.
set lock_timeout = '1s'
as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_tasks bigint[];
  v_results jsonb;
begin
  if not pg_try_advisory_xact_lock(hashtext('tasker_reap'), hashtext(current_schema())) then return; end if;
  select array_agg(x.task_id), jsonb_agg(jsonb_build_object(
           'task', x.task_id, 'step', x.workflow_step_id, 'attempt', x.attempts, 'worker', x.claimed_by, 'lost', 1,
           'outcome', case when x.worker_losses + 1 >= p_poison_limit then 'fail' else 'retry' end,
           'delay_ms', 0, 'duration_ms', extract(epoch from v_now - x.last_attempted_at) * 1000,
           'error', jsonb_build_object(
             'message', format('worker %s (%s, process %s) stopped renewing its lease: it was killed, hung or cut off',
                               x.claimed_by, coalesce(w.host, 'unknown'), coalesce(w.pid::text, 'unknown')),
             'errorClass', 'WorkerLost', 'errorCode', 'WORKER_LOST',
             'permanent', x.worker_losses + 1 >= p_poison_limit)))
  into v_tasks, v_results
  from (
    select s.* from tasker_workflow_steps s
    where s.claim_expires_at < v_now and s.lane_id in (select l.lane_id from tasker_lanes l)
    order by s.claim_expires_at
    limit p_limit
  ) x
  left join tasker_workers w on w.worker_id = x.claimed_by;
  if v_tasks is null then return; end if;
  -- A lease that was renewed between the look and the lock is not over: the advance would not see that, so look again.
  begin
    perform 1 from tasker_tasks t where t.task_id = any (v_tasks) order by t.task_id for no key update;
  exception when lock_not_available then
    -- Somebody hangs in the middle of a transaction. The steps of other tasks do not wait for that.
    select array_agg(l.task_id) into v_tasks
    from (
      select t.task_id from tasker_tasks t where t.task_id = any (v_tasks)
      order by t.task_id for no key update skip locked
    ) l;
  end;
  select jsonb_agg(r.value) into v_results
  from jsonb_array_elements(v_results) r
  join (
    select s.workflow_step_id from tasker_workflow_steps s
    where s.workflow_step_id in (select (x.value->>'step')::bigint from jsonb_array_elements(v_results) x)
      and s.claim_expires_at < v_now and s.task_id = any (v_tasks)
    order by s.workflow_step_id
    for no key update skip locked
  ) locked on locked.workflow_step_id = (r.value->>'step')::bigint;
  if v_results is null then return; end if;
  return query select * from tasker_advance(null, v_tasks, v_results, 0, '{}', 0, v_now);
end
$$;

-- Books the outcomes of attempts that called a system with a breaker, and opens or closes it.
create function tasker_record_outcomes(
  p_systems text[], p_calls integer[], p_failures integer[], p_now timestamptz default null)
returns table (system text, is_open boolean)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  perform 1 from tasker_controls c where c.breaker_failure_rate is not null order by c.control_id for update;
  return query
  with counted as (
    select c.control_id, d.name, i.calls, i.failures,
           c.window_started_at is null
             or c.window_started_at + c.breaker_window_ms * interval '1 ms' <= v_now
             or c.breaker_opened_at + c.breaker_open_ms * interval '1 ms' <= v_now as fresh
    from unnest(p_systems, p_calls, p_failures) as i(system, calls, failures)
    join tasker_dependent_systems d on d.name = i.system
    join tasker_controls c on c.dependent_system_id = d.dependent_system_id and c.breaker_failure_rate is not null
  )
  update tasker_controls c
  set window_started_at = case when n.fresh then v_now else c.window_started_at end,
      window_calls = case when n.fresh then 0 else c.window_calls end + n.calls,
      window_failures = case when n.fresh then 0 else c.window_failures end + n.failures,
      breaker_opened_at = case
        -- The attempt that was let through decides: a failure opens it anew, a success closes it.
        when c.breaker_opened_at is not null and v_now >= c.breaker_opened_at + c.breaker_open_ms * interval '1 ms'
          then case when n.failures > 0 then v_now end
        when c.breaker_opened_at is not null then c.breaker_opened_at
        when case when n.fresh then 0 else c.window_calls end + n.calls >= c.breaker_min_calls
             and (case when n.fresh then 0 else c.window_failures end + n.failures)::double precision
                 / (case when n.fresh then 0 else c.window_calls end + n.calls) >= c.breaker_failure_rate
          then v_now end,
      breaker_probed_at = null,
      updated_at = v_now
  from counted n
  where c.control_id = n.control_id
  returning n.name::text, c.breaker_opened_at is not null;
end
$$;
