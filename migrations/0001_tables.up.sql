-- The tables (spec 01 §2, with the differences of docs/architecture.md). Every name is resolved in the schema that the
-- migration runs in. Ids of dictionary rows are integers, of task-owned rows bigints.

create table tasker_task_namespaces (
  task_namespace_id integer generated always as identity primary key,
  name varchar(64) not null unique check (name <> ''),
  description varchar(255),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
insert into tasker_task_namespaces (name, description) values ('default', 'Tasks that name no namespace');

create table tasker_named_tasks (
  named_task_id integer generated always as identity primary key,
  task_namespace_id integer not null references tasker_task_namespaces on delete restrict,
  name varchar(64) not null check (name <> ''),
  version varchar(64) not null default '0.1.0' check (version <> ''),
  description varchar(255),
  configuration jsonb not null default '{}' check (jsonb_typeof(configuration) = 'object'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (task_namespace_id, name, version)
);
create index tasker_named_tasks_name on tasker_named_tasks (name);

create table tasker_dependent_systems (
  dependent_system_id integer generated always as identity primary key,
  name varchar(64) not null unique check (name <> ''),
  description varchar(255),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table tasker_named_steps (
  named_step_id integer generated always as identity primary key,
  dependent_system_id integer not null references tasker_dependent_systems on delete restrict,
  name varchar(128) not null check (name <> ''),
  description varchar(255),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (dependent_system_id, name)
);
create index tasker_named_steps_name on tasker_named_steps (name);

create table tasker_named_tasks_named_steps (
  id integer generated always as identity primary key,
  named_task_id integer not null references tasker_named_tasks on delete cascade,
  named_step_id integer not null references tasker_named_steps on delete restrict,
  skippable boolean not null default false,
  default_retryable boolean not null default true,
  default_retry_limit integer not null default 3 check (default_retry_limit >= 1),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (named_task_id, named_step_id)
);
create index tasker_named_tasks_named_steps_step on tasker_named_tasks_named_steps (named_step_id);

create table tasker_annotation_types (
  annotation_type_id integer generated always as identity primary key,
  name varchar(64) not null unique check (name <> ''),
  description varchar(255),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A pair of ids that mean the same thing in two systems. Stored with the lower system id first, so that a pair and its
-- mirror image are one row.
create table tasker_dependent_system_object_maps (
  dependent_system_object_map_id bigint generated always as identity primary key,
  dependent_system_one_id integer not null references tasker_dependent_systems on delete restrict,
  dependent_system_two_id integer not null references tasker_dependent_systems on delete restrict,
  remote_id_one varchar(128) not null,
  remote_id_two varchar(128) not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (dependent_system_one_id < dependent_system_two_id
         or (dependent_system_one_id = dependent_system_two_id and remote_id_one <= remote_id_two)),
  unique (dependent_system_one_id, dependent_system_two_id, remote_id_one, remote_id_two)
);
create index tasker_object_maps_two on tasker_dependent_system_object_maps (dependent_system_two_id);
create index tasker_object_maps_remote_one on tasker_dependent_system_object_maps (remote_id_one);
create index tasker_object_maps_remote_two on tasker_dependent_system_object_maps (remote_id_two);

-- The snapshots: what a definition was, by content. A task points at the one it was created with.
create table tasker_task_definitions (
  definition_id integer generated always as identity primary key,
  named_task_id integer not null references tasker_named_tasks on delete restrict,
  content_hash char(64) not null,
  template jsonb not null check (jsonb_typeof(template) = 'object'),
  created_at timestamptz not null default now(),
  unique (named_task_id, content_hash)
);

-- A lane is the set of steps that one namespace sends to one handler and one dependent system. What a worker can run,
-- and what is limited or paused, is decided by lane, so that a claim never walks past steps it may not take.
create table tasker_lanes (
  lane_id integer generated always as identity primary key,
  task_namespace_id integer not null references tasker_task_namespaces on delete restrict,
  dependent_system_id integer not null references tasker_dependent_systems on delete restrict,
  handler varchar(255) not null,
  created_at timestamptz not null default now(),
  unique (task_namespace_id, dependent_system_id, handler)
);

-- A snapshot unfolded, so that creating a thousand tasks is one set-based statement.
create table tasker_definition_steps (
  definition_id integer not null references tasker_task_definitions on delete cascade,
  position integer not null check (position >= 0),
  named_step_id integer not null references tasker_named_steps on delete restrict,
  lane_id integer not null references tasker_lanes on delete restrict,
  retryable boolean not null,
  retry_limit integer not null check (retry_limit >= 1),
  skippable boolean not null,
  parents integer[] not null,
  primary key (definition_id, position)
);

-- What holds steps back beside their own state: pauses, limits and circuit breakers, of one namespace, of one dependent
-- system, or (both null) of everything.
create table tasker_controls (
  control_id integer generated always as identity primary key,
  task_namespace_id integer references tasker_task_namespaces on delete cascade,
  dependent_system_id integer references tasker_dependent_systems on delete cascade,
  paused_at timestamptz,
  -- How many of its steps may run at once, and start per second (with a bucket of one second's worth, at least one).
  max_concurrency integer check (max_concurrency >= 1),
  per_second double precision check (per_second > 0),
  tokens double precision not null default 0,
  refilled_at timestamptz,
  -- The breaker opens when, of at least breaker_min_calls attempts within breaker_window_ms, the share breaker_failure_rate
  -- failed; after breaker_open_ms one attempt is let through, and its outcome decides.
  breaker_failure_rate double precision check (breaker_failure_rate > 0 and breaker_failure_rate <= 1),
  breaker_min_calls integer check (breaker_min_calls >= 1),
  breaker_window_ms integer check (breaker_window_ms >= 1),
  breaker_open_ms integer check (breaker_open_ms >= 1),
  breaker_opened_at timestamptz,
  -- When the attempt was let through whose outcome is waited for.
  breaker_probed_at timestamptz,
  window_started_at timestamptz,
  window_calls integer not null default 0,
  window_failures integer not null default 0,
  updated_at timestamptz not null default now(),
  check (task_namespace_id is null or dependent_system_id is null)
);
create unique index tasker_controls_key
  on tasker_controls (coalesce(task_namespace_id, 0), coalesce(dependent_system_id, 0));

-- Who did what to namespaces, systems and the fleet; what is done to tasks and steps stands in their own history.
create table tasker_audit (
  audit_id bigint generated always as identity primary key,
  action text not null,
  subject text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);

create table tasker_workers (
  worker_id bigint generated always as identity primary key,
  host varchar(255) not null,
  pid integer not null,
  version varchar(64) not null,
  concurrency integer not null,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  stopped_at timestamptz
);

create table tasker_tasks (
  task_id bigint generated always as identity primary key,
  named_task_id integer not null references tasker_named_tasks on delete restrict,
  definition_id integer not null references tasker_task_definitions on delete restrict,
  state text not null default 'pending'
    check (state in ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually')),
  priority smallint not null default 0,
  -- steps in all / neither complete, resolved nor skipped / running, due or waiting for a time / failed for good
  total_steps integer not null check (total_steps >= 0),
  open_steps integer not null check (open_steps >= 0),
  live_steps integer not null check (live_steps >= 0),
  failed_steps integer not null default 0 check (failed_steps >= 0),
  transition_count integer not null default 1,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  -- An operator holds the task back: its due steps have ready_at 'infinity' until it is resumed.
  paused_at timestamptz,
  initiator varchar(128) not null default 'unknown',
  source_system varchar(128) not null default 'unknown',
  reason varchar(128) not null default 'unknown',
  correlation_id varchar(128) not null,
  identity_hash varchar(128) not null unique,
  -- What the request said that an idempotency key was first used with, so that the key's use for another is seen.
  request_hash varchar(64),
  bypass_steps jsonb not null default '[]' check (jsonb_typeof(bypass_steps) = 'array'),
  tags jsonb not null default '[]' check (jsonb_typeof(tags) = 'array'),
  context jsonb not null check (jsonb_typeof(context) = 'object'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 80);
create index tasker_tasks_named_task on tasker_tasks (named_task_id);
create index tasker_tasks_created on tasker_tasks (created_at, task_id);
create index tasker_tasks_tags on tasker_tasks using gin (tags jsonb_path_ops);

create table tasker_workflow_steps (
  workflow_step_id bigint generated always as identity primary key,
  task_id bigint not null references tasker_tasks on delete cascade,
  named_step_id integer not null references tasker_named_steps on delete restrict,
  lane_id integer not null references tasker_lanes on delete restrict,
  position integer not null check (position >= 0),
  state text not null default 'pending' check (state in
    ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually', 'skipped')),
  priority smallint not null default 0,
  pending_parents integer not null check (pending_parents >= 0),
  -- The queue: null = not runnable now, otherwise the moment from which it may be claimed.
  ready_at timestamptz,
  -- The place in the queue. Steps of one task that become due together are set apart, so that a task of a hundred
  -- thousand steps does not stand in front of all that come after it.
  queue_at timestamptz,
  attempts integer not null default 0 check (attempts >= 0),
  retryable boolean not null default true,
  retry_limit integer not null default 3 check (retry_limit >= 1),
  skippable boolean not null default false,
  transition_count integer not null default 1,
  claimed_by bigint,
  claim_expires_at timestamptz,
  -- How often a worker has died with this step in its hands.
  worker_losses integer not null default 0,
  last_attempted_at timestamptz,
  processed_at timestamptz,
  backoff_request_seconds integer,
  inputs jsonb,
  results jsonb,
  error jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (task_id, named_step_id),
  check ((state = 'in_progress') = (claimed_by is not null)),
  check ((state = 'in_progress') = (claim_expires_at is not null)),
  check (ready_at is null or (state in ('pending', 'error') and pending_parents = 0)),
  check (ready_at is null or queue_at is not null)
) with (fillfactor = 70);
-- Serves the claim, and nothing else.
create index tasker_workflow_steps_ready
  on tasker_workflow_steps (lane_id, priority desc, queue_at, workflow_step_id) where ready_at is not null;
-- What runs now: for the leases that expire, and for limits. As long as the fleet has slots.
create index tasker_workflow_steps_running
  on tasker_workflow_steps (lane_id, claim_expires_at) where claim_expires_at is not null;

create table tasker_workflow_step_edges (
  from_step_id bigint not null references tasker_workflow_steps on delete cascade,
  to_step_id bigint not null references tasker_workflow_steps on delete cascade,
  task_id bigint not null,
  name text not null default 'provides',
  primary key (from_step_id, to_step_id),
  check (from_step_id <> to_step_id)
);
create index tasker_workflow_step_edges_to on tasker_workflow_step_edges (to_step_id, from_step_id);

-- One for all that is told in order: of two rows about one task, the one that was committed later has the higher id.
create sequence tasker_history_id;

create table tasker_task_transitions (
  id bigint not null default nextval('tasker_history_id'),
  task_id bigint not null references tasker_tasks on delete cascade,
  sort_key integer not null,
  from_state text check (from_state in
    ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually')),
  to_state text not null check (to_state in
    ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually')),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (task_id, sort_key)
);
-- For those who follow what happens, from an id on.
create index tasker_task_transitions_id on tasker_task_transitions (id);

create table tasker_workflow_step_transitions (
  id bigint not null default nextval('tasker_history_id'),
  workflow_step_id bigint not null references tasker_workflow_steps on delete cascade,
  sort_key integer not null,
  from_state text check (from_state in
    ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually', 'skipped')),
  to_state text not null check (to_state in
    ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually', 'skipped')),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (workflow_step_id, sort_key)
);
create index tasker_workflow_step_transitions_id on tasker_workflow_step_transitions (id);

-- What happened beside the moves of tasks and steps: what handlers published, and what the library has to say of itself.
create table tasker_events (
  id bigint primary key default nextval('tasker_history_id'),
  -- Drawn by whoever publishes it, so that it is known before it is stored.
  event_id uuid not null default gen_random_uuid(),
  name varchar(128) not null check (name <> ''),
  task_id bigint references tasker_tasks on delete cascade,
  workflow_step_id bigint references tasker_workflow_steps on delete cascade,
  attempt integer,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index tasker_events_task on tasker_events (task_id);
create index tasker_events_step on tasker_events (workflow_step_id);

create table tasker_task_annotations (
  task_annotation_id bigint generated always as identity primary key,
  task_id bigint not null references tasker_tasks on delete cascade,
  annotation_type_id integer not null references tasker_annotation_types on delete restrict,
  annotation jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index tasker_task_annotations_task on tasker_task_annotations (task_id);
create index tasker_task_annotations_type on tasker_task_annotations (annotation_type_id);
create index tasker_task_annotations_value on tasker_task_annotations using gin (annotation jsonb_path_ops);
