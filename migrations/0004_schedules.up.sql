-- When tasks are created by the clock: by a cron expression, or once at a moment. Whoever of the fleet finds a due row locks
-- it, creates the tasks and moves it on, in one transaction; so each moment counts once.

create table tasker_schedules (
  schedule_id integer generated always as identity primary key,
  -- Of a declared one: namespace.name of its workflow.
  name varchar(160) not null unique check (name <> ''),
  -- The snapshot that its tasks are created with.
  definition_id integer not null references tasker_task_definitions on delete restrict,
  -- Declared with the workflow, and kept as that says at every boot; otherwise made at run time.
  declared boolean not null,
  cron varchar(255),
  time_zone varchar(64) not null default 'UTC',
  -- Of one without cron: the only moment.
  run_at timestamptz,
  missed text not null default 'once' check (missed in ('skip', 'once', 'all')),
  enabled boolean not null default true,
  -- What its tasks are created with: the context, and what else a request may say.
  request jsonb not null default '{}' check (jsonb_typeof(request) = 'object'),
  paused_at timestamptz,
  -- The moment it waits for; null when there is none.
  next_run_at timestamptz,
  -- The moment it last created a task for, when it did that, and which task it was.
  last_run_at timestamptz,
  last_fired_at timestamptz,
  last_task_id bigint,
  -- Why no task could be created for the last moment.
  last_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((cron is null) <> (run_at is null))
);
create index tasker_schedules_due on tasker_schedules (next_run_at) where next_run_at is not null and paused_at is null;
create index tasker_schedules_definition on tasker_schedules (definition_id);
