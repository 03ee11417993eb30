-- Durable delivery of events: who has had which, and what could not be delivered yet. The stream itself is the union of both
-- histories and tasker_events, in the order of their ids.

create table tasker_event_subscribers (
  name varchar(128) primary key check (name <> ''),
  -- What it asked for when it was last seen.
  patterns jsonb not null default '[]' check (jsonb_typeof(patterns) = 'array'),
  -- Every event with an id up to this one was taken, or stands in tasker_event_deliveries.
  position bigint not null check (position >= 0),
  -- Events with an id up to this one may have been given to it before.
  announced bigint not null,
  -- An operator asked for the events after this id, again or for the first time.
  seek_to bigint check (seek_to >= 0),
  -- Who delivers to it. Each time it changes hands the epoch rises; what an earlier holder still writes changes nothing.
  owner varchar(255),
  epoch bigint not null default 0,
  lease_expires_at timestamptz,
  paused_at timestamptz,
  delivered bigint not null default 0,
  last_error text,
  last_error_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (announced >= position)
) with (fillfactor = 50);

-- Events that wait for another attempt, those of the same task behind them, and those that were given up. The event itself
-- is kept, so that it outlives its task.
create table tasker_event_deliveries (
  delivery_id bigint generated always as identity primary key,
  subscriber varchar(128) not null references tasker_event_subscribers on delete cascade,
  -- Its place in the stream: the id of its row, and which of the events of that row it is.
  stream_id bigint not null,
  part smallint not null,
  event_name varchar(128) not null,
  -- No foreign key: see above. Null: an event of no task.
  task_id bigint,
  event jsonb not null check (jsonb_typeof(event) = 'object'),
  attempts integer not null default 0 check (attempts >= 0),
  -- It may have been given to the subscriber before.
  tried boolean not null default false,
  -- Of the first of its task, always; null of those that wait behind it, and of dead ones.
  next_attempt_at timestamptz,
  last_error text,
  -- Given up: it waits for an operator, and nothing waits for it.
  dead_at timestamptz,
  created_at timestamptz not null default now(),
  unique (subscriber, stream_id, part),
  check (dead_at is null or next_attempt_at is null)
);
-- The lines: what waits, by task.
create index tasker_event_deliveries_line
  on tasker_event_deliveries (subscriber, coalesce(task_id, 0), stream_id, part) where dead_at is null;
create index tasker_event_deliveries_due
  on tasker_event_deliveries (subscriber, next_attempt_at) where next_attempt_at is not null;
create index tasker_event_deliveries_dead on tasker_event_deliveries (dead_at) where dead_at is not null;

-- How far the stream has come, and who is still writing to it.
--
-- Ids are drawn in order but committed in any, so what is seen up to an id may still get a row in between. Every writer
-- holds a RowExclusiveLock on the table it writes to from before it draws its first id until its transaction has ended and
-- its rows are seen by all. So whoever has drawn an id up to `last`, which is read first, either has ended by now or is in
-- the list, which is read second; and when none of the list is left, everything up to `last` that will ever be committed is
-- seen by the next statement. Transactions that do not write here, however old, are not waited for.
--
-- `writers` are virtual transaction ids. A prepared transaction holds its locks without a session, perhaps under a new id.
create function tasker_event_horizon(out last bigint, out writers text[], out prepared text[])
language plpgsql
set search_path from current
as $$
begin
  select case when s.is_called then s.last_value else s.last_value - 1 end into last from tasker_history_id s;
  select coalesce(array_agg(distinct l.virtualtransaction) filter (where l.pid is not null), '{}'),
         coalesce(array_agg(distinct l.virtualtransaction) filter (where l.pid is null), '{}')
  into writers, prepared
  from pg_locks l
  where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
    and l.relation in ('tasker_task_transitions'::regclass, 'tasker_workflow_step_transitions'::regclass,
                       'tasker_events'::regclass);
end
$$;

-- The id after which every row of that instant or later stands. Ids follow the instants but for the moments that a statement
-- waits between reading the clock and drawing its ids: p_slack is more than that ever takes.
create function tasker_event_position_at(p_at timestamptz, p_slack interval default '5 minutes')
returns bigint
language plpgsql stable
set search_path from current
set enable_seqscan = off
as $$
declare
  v_low bigint := 0;
  v_high bigint;
  v_middle bigint;
  v_at timestamptz;
begin
  select s.last_value into v_high from tasker_history_id s;
  -- Everything up to v_low is older than asked for by more than the slack.
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    select x.created_at into v_at from (
      (select h.id, h.created_at from tasker_task_transitions h where h.id > v_middle order by h.id limit 1)
      union all
      (select h.id, h.created_at from tasker_workflow_step_transitions h where h.id > v_middle order by h.id limit 1)
      union all
      (select e.id, e.created_at from tasker_events e where e.id > v_middle order by e.id limit 1)
    ) x order by x.id limit 1;
    if not found or v_at >= p_at - p_slack then
      v_high := v_middle;
    else
      v_low := v_middle + 1;
    end if;
  end loop;
  return coalesce((
    select min(x.id) - 1 from (
      (select h.id from tasker_task_transitions h where h.id > v_low and h.created_at >= p_at order by h.id limit 1)
      union all
      (select h.id from tasker_workflow_step_transitions h
       where h.id > v_low and h.created_at >= p_at order by h.id limit 1)
      union all
      (select e.id from tasker_events e where e.id > v_low and e.created_at >= p_at order by e.id limit 1)
    ) x
  ), (select case when s.is_called then s.last_value else s.last_value - 1 end from tasker_history_id s));
end
$$;

-- Books what became of deliveries, and moves the cursor, in one: false, and nothing is changed, when the subscriber has
-- another holder by now. p_outcomes is a JSON array of
--   {"id": stream id, "part": int, "name": text, "task": id?, "event": {}?, "parked": bool, "tried": bool,
--    "outcome": "taken" | "waits" | "failed" | "dead", "attempts": int, "delay_ms": number?, "error": text?}
-- of events that are parked, and of events of the stream that shall be: these bring the event itself.
create function tasker_settle_deliveries(
  p_subscriber text, p_epoch bigint, p_position bigint, p_announced bigint, p_delivered integer, p_outcomes jsonb,
  p_lease_ms integer, p_now timestamptz default null)
returns boolean
language plpgsql
set search_path from current
set enable_seqscan = off
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  update tasker_event_subscribers s
  set position = greatest(s.position, p_position), announced = greatest(s.announced, p_announced, p_position),
      delivered = s.delivered + p_delivered,
      lease_expires_at = clock_timestamp() + p_lease_ms * interval '1 millisecond', updated_at = v_now
  where s.name = p_subscriber and s.epoch = p_epoch;
  if not found then return false; end if;
  if jsonb_array_length(p_outcomes) = 0 then return true; end if;

  delete from tasker_event_deliveries d
  using jsonb_to_recordset(p_outcomes) as x(id bigint, part smallint, outcome text)
  where d.subscriber = p_subscriber and d.stream_id = x.id and d.part = x.part and x.outcome = 'taken';

  with input as materialized (
    select * from jsonb_to_recordset(p_outcomes) as x(
      id bigint, part smallint, name text, task bigint, event jsonb, parked boolean, tried boolean, outcome text,
      attempts integer, delay_ms double precision, error text)
    where outcome <> 'taken'
  ),
  -- One that was discarded meanwhile stays so.
  again as (
    update tasker_event_deliveries d
    set attempts = i.attempts, tried = i.tried, last_error = coalesce(i.error, d.last_error),
        next_attempt_at = case when i.outcome = 'failed' then v_now + i.delay_ms * interval '1 millisecond'
                               when i.outcome = 'waits' then d.next_attempt_at end,
        dead_at = case when i.outcome = 'dead' then v_now end
    from input i
    where i.parked and d.subscriber = p_subscriber and d.stream_id = i.id and d.part = i.part and d.dead_at is null
    returning d.stream_id, d.part
  ),
  -- One that stands there already was read once more, by a new holder or from a place further back.
  parked as (
    insert into tasker_event_deliveries as d (
      subscriber, stream_id, part, event_name, task_id, event, attempts, tried, next_attempt_at, last_error, dead_at,
      created_at)
    select p_subscriber, i.id, i.part, i.name, i.task, i.event, i.attempts, i.tried,
           case when i.outcome = 'failed' then v_now + i.delay_ms * interval '1 millisecond' end, i.error,
           case when i.outcome = 'dead' then v_now end, v_now
    from input i where not i.parked
    order by i.id, i.part
    on conflict (subscriber, stream_id, part) do update
    set attempts = excluded.attempts, tried = true, next_attempt_at = excluded.next_attempt_at,
        last_error = coalesce(excluded.last_error, d.last_error), dead_at = excluded.dead_at
    where case when d.dead_at is null then excluded.attempts > 0 else excluded.dead_at is null end
    returning d.stream_id, d.part
  )
  -- A subscriber that cannot take this news of another's failure, or of its own, makes no further news.
  insert into tasker_events (name, payload, created_at)
  select 'subscriber.dead_lettered',
         jsonb_build_object('subscriber', p_subscriber, 'eventId', coalesce(i.event, d.event)->'id',
                            'eventName', i.name, 'attempts', i.attempts, 'error', i.error),
         v_now
  from input i
  join (select * from again union all select * from parked) changed on changed.stream_id = i.id and changed.part = i.part
  left join tasker_event_deliveries d
    on i.parked and d.subscriber = p_subscriber and d.stream_id = i.id and d.part = i.part
  where i.outcome = 'dead' and i.name not like 'subscriber.%'
  order by i.id, i.part;

  update tasker_event_subscribers s
  set last_error = x.error, last_error_at = v_now
  from (
    select x.error from jsonb_to_recordset(p_outcomes) as x(error text) where x.error is not null limit 1
  ) x
  where s.name = p_subscriber;

  perform tasker_wake_deliveries(p_subscriber, array(
    select distinct coalesce(x.task, 0) from jsonb_to_recordset(p_outcomes) as x(task bigint)), v_now);
  return true;
end
$$;

-- Lets the first in each of these lines be due, unless it is waiting for its time already. 0 is the line of no task.
create function tasker_wake_deliveries(p_subscriber text, p_lines bigint[], p_now timestamptz)
returns void
language sql
set search_path from current
as $$
  update tasker_event_deliveries d
  set next_attempt_at = p_now
  from unnest(p_lines) as l(line)
  cross join lateral (
    select f.delivery_id from tasker_event_deliveries f
    where f.subscriber = p_subscriber and coalesce(f.task_id, 0) = l.line and f.dead_at is null
    order by f.stream_id, f.part limit 1
  ) first
  where d.delivery_id = first.delivery_id and d.next_attempt_at is null
$$;
