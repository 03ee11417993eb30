-- Who is told of events over HTTP. Each webhook is a durable subscriber of the name webhook:<name>, whose row in
-- tasker_event_subscribers says how far it is; this one says where to send and how that went.

create table tasker_webhooks (
  webhook_id integer generated always as identity primary key,
  name varchar(100) not null unique check (name <> ''),
  url varchar(2048) not null check (url <> ''),
  -- Names and patterns of events.
  patterns jsonb not null check (jsonb_typeof(patterns) = 'array'),
  -- Only events of tasks in these namespaces; null: all events.
  namespaces jsonb check (jsonb_typeof(namespaces) = 'array'),
  -- What requests are signed with; the one before is good until its time is over, so that receivers can change it in peace.
  secret varchar(256) not null,
  previous_secret varchar(256),
  previous_secret_expires_at timestamptz,
  -- Further headers of its requests.
  headers jsonb not null default '{}' check (jsonb_typeof(headers) = 'object'),
  -- Declared in the options of the module, and kept as they say at every boot; otherwise made at run time.
  declared boolean not null,
  -- So many attempts in a row may fail; see tasker_webhook_failed.
  max_failures integer not null check (max_failures > 0),
  failures integer not null default 0 check (failures >= 0),
  failing_since timestamptz,
  -- It gets nothing until somebody enables it.
  disabled_at timestamptz,
  disabled_reason text,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  -- The HTTP status of the last answer; null when there was none.
  last_status smallint,
  -- Null: the last attempt succeeded.
  last_error text,
  -- Rises with every change that processes have to know of.
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((previous_secret is null) = (previous_secret_expires_at is null)),
  check ((disabled_at is null) = (disabled_reason is null)),
  check ((failures = 0) = (failing_since is null))
) with (fillfactor = 50);

-- Notes that an attempt failed. The webhook is disabled when max_failures attempts in a row have failed, the first of them
-- p_grace_seconds ago or more, or at once when p_is_final. Disabling it, telling so with an event and holding its subscriber
-- back is one: it happens once, whoever else finds it failing, and no process gives out anything after it.
create function tasker_webhook_failed(
  p_webhook_id integer, p_status integer, p_error text, p_is_final boolean, p_grace_seconds double precision,
  p_now timestamptz default null)
returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_hook tasker_webhooks%rowtype;
begin
  update tasker_webhooks w
  set failures = w.failures + 1, failing_since = coalesce(w.failing_since, v_now), last_failure_at = v_now,
      last_status = p_status, last_error = p_error
  where w.webhook_id = p_webhook_id and w.disabled_at is null
  returning * into v_hook;
  if not found then return true; end if;
  if not p_is_final and (v_hook.failures < v_hook.max_failures
      or v_hook.failing_since > v_now - p_grace_seconds * interval '1 second') then
    return false;
  end if;
  update tasker_webhooks w
  set disabled_at = v_now, disabled_reason = p_error, revision = w.revision + 1, updated_at = v_now
  where w.webhook_id = p_webhook_id;
  insert into tasker_events (name, payload, created_at)
  values ('webhook.disabled',
          -- A query may hold a key.
          jsonb_build_object('webhook', v_hook.name, 'url', split_part(v_hook.url, '?', 1), 'failures', v_hook.failures,
                             'error', p_error),
          v_now);
  update tasker_event_subscribers s
  set paused_at = coalesce(s.paused_at, v_now), updated_at = v_now
  where s.name = 'webhook:' || v_hook.name;
  return true;
end
$$;
