create table tasker_annotation_types (
  annotation_type_id integer generated always as identity not null,
  name character varying(64) not null,
  description character varying(255),
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_annotation_types_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_annotation_types_pkey PRIMARY KEY (annotation_type_id),
  constraint tasker_annotation_types_name_key UNIQUE (name)
);

create table tasker_api_tokens (
  token_id integer generated always as identity not null,
  name character varying(128) not null,
  prefix character varying(32) not null,
  token_hash character varying(64) not null,
  scopes jsonb not null,
  namespaces jsonb,
  created_by character varying(128),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_api_tokens_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_api_tokens_namespaces_check CHECK ((jsonb_typeof(namespaces) = 'array'::text)),
  constraint tasker_api_tokens_scopes_check CHECK ((jsonb_typeof(scopes) = 'array'::text)),
  constraint tasker_api_tokens_token_hash_check CHECK (((token_hash)::text ~ '^[0-9a-f]{64}$'::text)),
  constraint tasker_api_tokens_pkey PRIMARY KEY (token_id),
  constraint tasker_api_tokens_prefix_key UNIQUE (prefix)
);
CREATE UNIQUE INDEX tasker_api_tokens_name ON tasker_api_tokens USING btree (name) WHERE (revoked_at IS NULL);

create table tasker_audit (
  audit_id bigint generated always as identity not null,
  action text not null,
  subject text not null,
  metadata jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  constraint tasker_audit_pkey PRIMARY KEY (audit_id)
);

create table tasker_controls (
  control_id integer generated always as identity not null,
  task_namespace_id integer,
  dependent_system_id integer,
  paused_at timestamp with time zone,
  max_concurrency integer,
  per_second double precision,
  tokens double precision not null default 0,
  refilled_at timestamp with time zone,
  breaker_failure_rate double precision,
  breaker_min_calls integer,
  breaker_window_ms integer,
  breaker_open_ms integer,
  breaker_opened_at timestamp with time zone,
  breaker_probed_at timestamp with time zone,
  window_started_at timestamp with time zone,
  window_calls integer not null default 0,
  window_failures integer not null default 0,
  updated_at timestamp with time zone not null default now(),
  constraint tasker_controls_breaker_failure_rate_check CHECK (((breaker_failure_rate > (0)::double precision) AND (breaker_failure_rate <= (1)::double precision))),
  constraint tasker_controls_breaker_min_calls_check CHECK ((breaker_min_calls >= 1)),
  constraint tasker_controls_breaker_open_ms_check CHECK ((breaker_open_ms >= 1)),
  constraint tasker_controls_breaker_window_ms_check CHECK ((breaker_window_ms >= 1)),
  constraint tasker_controls_check CHECK (((task_namespace_id IS NULL) OR (dependent_system_id IS NULL))),
  constraint tasker_controls_max_concurrency_check CHECK ((max_concurrency >= 1)),
  constraint tasker_controls_per_second_check CHECK ((per_second > (0)::double precision)),
  constraint tasker_controls_dependent_system_id_fkey FOREIGN KEY (dependent_system_id) REFERENCES tasker_dependent_systems(dependent_system_id) ON DELETE CASCADE,
  constraint tasker_controls_task_namespace_id_fkey FOREIGN KEY (task_namespace_id) REFERENCES tasker_task_namespaces(task_namespace_id) ON DELETE CASCADE,
  constraint tasker_controls_pkey PRIMARY KEY (control_id)
);
CREATE UNIQUE INDEX tasker_controls_key ON tasker_controls USING btree (COALESCE(task_namespace_id, 0), COALESCE(dependent_system_id, 0));

create table tasker_definition_steps (
  definition_id integer not null,
  "position" integer not null,
  named_step_id integer not null,
  lane_id integer not null,
  retryable boolean not null,
  retry_limit integer not null,
  skippable boolean not null,
  parents integer[] not null,
  constraint tasker_definition_steps_position_check CHECK (("position" >= 0)),
  constraint tasker_definition_steps_retry_limit_check CHECK ((retry_limit >= 1)),
  constraint tasker_definition_steps_definition_id_fkey FOREIGN KEY (definition_id) REFERENCES tasker_task_definitions(definition_id) ON DELETE CASCADE,
  constraint tasker_definition_steps_lane_id_fkey FOREIGN KEY (lane_id) REFERENCES tasker_lanes(lane_id) ON DELETE RESTRICT,
  constraint tasker_definition_steps_named_step_id_fkey FOREIGN KEY (named_step_id) REFERENCES tasker_named_steps(named_step_id) ON DELETE RESTRICT,
  constraint tasker_definition_steps_pkey PRIMARY KEY (definition_id, "position")
);

create table tasker_dependent_system_object_maps (
  dependent_system_object_map_id bigint generated always as identity not null,
  dependent_system_one_id integer not null,
  dependent_system_two_id integer not null,
  remote_id_one character varying(128) not null,
  remote_id_two character varying(128) not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_dependent_system_object_maps_check CHECK (((dependent_system_one_id < dependent_system_two_id) OR ((dependent_system_one_id = dependent_system_two_id) AND ((remote_id_one)::text <= (remote_id_two)::text)))),
  constraint tasker_dependent_system_object_map_dependent_system_one_id_fkey FOREIGN KEY (dependent_system_one_id) REFERENCES tasker_dependent_systems(dependent_system_id) ON DELETE RESTRICT,
  constraint tasker_dependent_system_object_map_dependent_system_two_id_fkey FOREIGN KEY (dependent_system_two_id) REFERENCES tasker_dependent_systems(dependent_system_id) ON DELETE RESTRICT,
  constraint tasker_dependent_system_object_maps_pkey PRIMARY KEY (dependent_system_object_map_id),
  constraint tasker_dependent_system_objec_dependent_system_one_id_depen_key UNIQUE (dependent_system_one_id, dependent_system_two_id, remote_id_one, remote_id_two)
);
CREATE INDEX tasker_object_maps_remote_one ON tasker_dependent_system_object_maps USING btree (remote_id_one);
CREATE INDEX tasker_object_maps_remote_two ON tasker_dependent_system_object_maps USING btree (remote_id_two);
CREATE INDEX tasker_object_maps_two ON tasker_dependent_system_object_maps USING btree (dependent_system_two_id);

create table tasker_dependent_systems (
  dependent_system_id integer generated always as identity not null,
  name character varying(64) not null,
  description character varying(255),
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_dependent_systems_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_dependent_systems_pkey PRIMARY KEY (dependent_system_id),
  constraint tasker_dependent_systems_name_key UNIQUE (name)
);

create table tasker_event_deliveries (
  delivery_id bigint generated always as identity not null,
  subscriber character varying(128) not null,
  stream_id bigint not null,
  part smallint not null,
  event_name character varying(128) not null,
  task_id bigint,
  event jsonb not null,
  attempts integer not null default 0,
  tried boolean not null default false,
  next_attempt_at timestamp with time zone,
  last_error text,
  dead_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint tasker_event_deliveries_attempts_check CHECK ((attempts >= 0)),
  constraint tasker_event_deliveries_check CHECK (((dead_at IS NULL) OR (next_attempt_at IS NULL))),
  constraint tasker_event_deliveries_event_check CHECK ((jsonb_typeof(event) = 'object'::text)),
  constraint tasker_event_deliveries_subscriber_fkey FOREIGN KEY (subscriber) REFERENCES tasker_event_subscribers(name) ON DELETE CASCADE,
  constraint tasker_event_deliveries_pkey PRIMARY KEY (delivery_id),
  constraint tasker_event_deliveries_subscriber_stream_id_part_key UNIQUE (subscriber, stream_id, part)
);
CREATE INDEX tasker_event_deliveries_dead ON tasker_event_deliveries USING btree (dead_at) WHERE (dead_at IS NOT NULL);
CREATE INDEX tasker_event_deliveries_due ON tasker_event_deliveries USING btree (subscriber, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX tasker_event_deliveries_line ON tasker_event_deliveries USING btree (subscriber, COALESCE(task_id, (0)::bigint), stream_id, part) WHERE (dead_at IS NULL);

create table tasker_event_subscribers (
  name character varying(128) not null,
  patterns jsonb not null default '[]'::jsonb,
  "position" bigint not null,
  announced bigint not null,
  seek_to bigint,
  owner character varying(255),
  epoch bigint not null default 0,
  lease_expires_at timestamp with time zone,
  paused_at timestamp with time zone,
  delivered bigint not null default 0,
  last_error text,
  last_error_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_event_subscribers_check CHECK ((announced >= "position")),
  constraint tasker_event_subscribers_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_event_subscribers_patterns_check CHECK ((jsonb_typeof(patterns) = 'array'::text)),
  constraint tasker_event_subscribers_position_check CHECK (("position" >= 0)),
  constraint tasker_event_subscribers_seek_to_check CHECK ((seek_to >= 0)),
  constraint tasker_event_subscribers_pkey PRIMARY KEY (name)
) with (fillfactor=50);

create table tasker_events (
  id bigint not null default nextval('tasker_history_id'::regclass),
  event_id uuid not null default gen_random_uuid(),
  name character varying(128) not null,
  task_id bigint,
  workflow_step_id bigint,
  attempt integer,
  payload jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  constraint tasker_events_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_events_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasker_tasks(task_id) ON DELETE CASCADE,
  constraint tasker_events_workflow_step_id_fkey FOREIGN KEY (workflow_step_id) REFERENCES tasker_workflow_steps(workflow_step_id) ON DELETE CASCADE,
  constraint tasker_events_pkey PRIMARY KEY (id)
);
CREATE INDEX tasker_events_step ON tasker_events USING btree (workflow_step_id);
CREATE INDEX tasker_events_task ON tasker_events USING btree (task_id);

create table tasker_lanes (
  lane_id integer generated always as identity not null,
  task_namespace_id integer not null,
  dependent_system_id integer not null,
  handler character varying(255) not null,
  created_at timestamp with time zone not null default now(),
  constraint tasker_lanes_dependent_system_id_fkey FOREIGN KEY (dependent_system_id) REFERENCES tasker_dependent_systems(dependent_system_id) ON DELETE RESTRICT,
  constraint tasker_lanes_task_namespace_id_fkey FOREIGN KEY (task_namespace_id) REFERENCES tasker_task_namespaces(task_namespace_id) ON DELETE RESTRICT,
  constraint tasker_lanes_pkey PRIMARY KEY (lane_id),
  constraint tasker_lanes_task_namespace_id_dependent_system_id_handler_key UNIQUE (task_namespace_id, dependent_system_id, handler)
);

create table tasker_named_steps (
  named_step_id integer generated always as identity not null,
  dependent_system_id integer not null,
  name character varying(128) not null,
  description character varying(255),
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_named_steps_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_named_steps_dependent_system_id_fkey FOREIGN KEY (dependent_system_id) REFERENCES tasker_dependent_systems(dependent_system_id) ON DELETE RESTRICT,
  constraint tasker_named_steps_pkey PRIMARY KEY (named_step_id),
  constraint tasker_named_steps_dependent_system_id_name_key UNIQUE (dependent_system_id, name)
);
CREATE INDEX tasker_named_steps_name ON tasker_named_steps USING btree (name);

create table tasker_named_tasks (
  named_task_id integer generated always as identity not null,
  task_namespace_id integer not null,
  name character varying(64) not null,
  version character varying(64) not null default '0.1.0'::character varying,
  description character varying(255),
  configuration jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_named_tasks_configuration_check CHECK ((jsonb_typeof(configuration) = 'object'::text)),
  constraint tasker_named_tasks_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_named_tasks_version_check CHECK (((version)::text <> ''::text)),
  constraint tasker_named_tasks_task_namespace_id_fkey FOREIGN KEY (task_namespace_id) REFERENCES tasker_task_namespaces(task_namespace_id) ON DELETE RESTRICT,
  constraint tasker_named_tasks_pkey PRIMARY KEY (named_task_id),
  constraint tasker_named_tasks_task_namespace_id_name_version_key UNIQUE (task_namespace_id, name, version)
);
CREATE INDEX tasker_named_tasks_name ON tasker_named_tasks USING btree (name);

create table tasker_named_tasks_named_steps (
  id integer generated always as identity not null,
  named_task_id integer not null,
  named_step_id integer not null,
  skippable boolean not null default false,
  default_retryable boolean not null default true,
  default_retry_limit integer not null default 3,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_named_tasks_named_steps_default_retry_limit_check CHECK ((default_retry_limit >= 1)),
  constraint tasker_named_tasks_named_steps_named_step_id_fkey FOREIGN KEY (named_step_id) REFERENCES tasker_named_steps(named_step_id) ON DELETE RESTRICT,
  constraint tasker_named_tasks_named_steps_named_task_id_fkey FOREIGN KEY (named_task_id) REFERENCES tasker_named_tasks(named_task_id) ON DELETE CASCADE,
  constraint tasker_named_tasks_named_steps_pkey PRIMARY KEY (id),
  constraint tasker_named_tasks_named_steps_named_task_id_named_step_id_key UNIQUE (named_task_id, named_step_id)
);
CREATE INDEX tasker_named_tasks_named_steps_step ON tasker_named_tasks_named_steps USING btree (named_step_id);

create table tasker_schedules (
  schedule_id integer generated always as identity not null,
  name character varying(160) not null,
  definition_id integer not null,
  declared boolean not null,
  cron character varying(255),
  time_zone character varying(64) not null default 'UTC'::character varying,
  run_at timestamp with time zone,
  missed text not null default 'once'::text,
  enabled boolean not null default true,
  request jsonb not null default '{}'::jsonb,
  paused_at timestamp with time zone,
  next_run_at timestamp with time zone,
  last_run_at timestamp with time zone,
  last_fired_at timestamp with time zone,
  last_task_id bigint,
  last_error text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_schedules_check CHECK (((cron IS NULL) <> (run_at IS NULL))),
  constraint tasker_schedules_missed_check CHECK ((missed = ANY (ARRAY['skip'::text, 'once'::text, 'all'::text]))),
  constraint tasker_schedules_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_schedules_request_check CHECK ((jsonb_typeof(request) = 'object'::text)),
  constraint tasker_schedules_definition_id_fkey FOREIGN KEY (definition_id) REFERENCES tasker_task_definitions(definition_id) ON DELETE RESTRICT,
  constraint tasker_schedules_pkey PRIMARY KEY (schedule_id),
  constraint tasker_schedules_name_key UNIQUE (name)
);
CREATE INDEX tasker_schedules_definition ON tasker_schedules USING btree (definition_id);
CREATE INDEX tasker_schedules_due ON tasker_schedules USING btree (next_run_at) WHERE ((next_run_at IS NOT NULL) AND (paused_at IS NULL));

create table tasker_task_annotations (
  task_annotation_id bigint generated always as identity not null,
  task_id bigint not null,
  annotation_type_id integer not null,
  annotation jsonb not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_task_annotations_annotation_type_id_fkey FOREIGN KEY (annotation_type_id) REFERENCES tasker_annotation_types(annotation_type_id) ON DELETE RESTRICT,
  constraint tasker_task_annotations_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasker_tasks(task_id) ON DELETE CASCADE,
  constraint tasker_task_annotations_pkey PRIMARY KEY (task_annotation_id)
);
CREATE INDEX tasker_task_annotations_task ON tasker_task_annotations USING btree (task_id);
CREATE INDEX tasker_task_annotations_type ON tasker_task_annotations USING btree (annotation_type_id);
CREATE INDEX tasker_task_annotations_value ON tasker_task_annotations USING gin (annotation jsonb_path_ops);

create table tasker_task_definitions (
  definition_id integer generated always as identity not null,
  named_task_id integer not null,
  content_hash character(64) not null,
  template jsonb not null,
  created_at timestamp with time zone not null default now(),
  constraint tasker_task_definitions_template_check CHECK ((jsonb_typeof(template) = 'object'::text)),
  constraint tasker_task_definitions_named_task_id_fkey FOREIGN KEY (named_task_id) REFERENCES tasker_named_tasks(named_task_id) ON DELETE RESTRICT,
  constraint tasker_task_definitions_pkey PRIMARY KEY (definition_id),
  constraint tasker_task_definitions_named_task_id_content_hash_key UNIQUE (named_task_id, content_hash)
);

create table tasker_task_namespaces (
  task_namespace_id integer generated always as identity not null,
  name character varying(64) not null,
  description character varying(255),
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_task_namespaces_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_task_namespaces_pkey PRIMARY KEY (task_namespace_id),
  constraint tasker_task_namespaces_name_key UNIQUE (name)
);

create table tasker_task_transitions (
  id bigint not null default nextval('tasker_history_id'::regclass),
  task_id bigint not null,
  sort_key integer not null,
  from_state text,
  to_state text not null,
  metadata jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  constraint tasker_task_transitions_from_state_check CHECK ((from_state = ANY (ARRAY['pending'::text, 'in_progress'::text, 'complete'::text, 'error'::text, 'cancelled'::text, 'resolved_manually'::text]))),
  constraint tasker_task_transitions_to_state_check CHECK ((to_state = ANY (ARRAY['pending'::text, 'in_progress'::text, 'complete'::text, 'error'::text, 'cancelled'::text, 'resolved_manually'::text]))),
  constraint tasker_task_transitions_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasker_tasks(task_id) ON DELETE CASCADE,
  constraint tasker_task_transitions_pkey PRIMARY KEY (task_id, sort_key)
);
CREATE INDEX tasker_task_transitions_id ON tasker_task_transitions USING btree (id);

create table tasker_tasks (
  task_id bigint generated always as identity not null,
  named_task_id integer not null,
  definition_id integer not null,
  state text not null default 'pending'::text,
  priority smallint not null default 0,
  total_steps integer not null,
  open_steps integer not null,
  live_steps integer not null,
  failed_steps integer not null default 0,
  transition_count integer not null default 1,
  requested_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  paused_at timestamp with time zone,
  initiator character varying(128) not null default 'unknown'::character varying,
  source_system character varying(128) not null default 'unknown'::character varying,
  reason character varying(128) not null default 'unknown'::character varying,
  correlation_id character varying(128) not null,
  identity_hash character varying(128) not null,
  request_hash character varying(64),
  bypass_steps jsonb not null default '[]'::jsonb,
  tags jsonb not null default '[]'::jsonb,
  context jsonb not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_tasks_bypass_steps_check CHECK ((jsonb_typeof(bypass_steps) = 'array'::text)),
  constraint tasker_tasks_context_check CHECK ((jsonb_typeof(context) = 'object'::text)),
  constraint tasker_tasks_failed_steps_check CHECK ((failed_steps >= 0)),
  constraint tasker_tasks_live_steps_check CHECK ((live_steps >= 0)),
  constraint tasker_tasks_open_steps_check CHECK ((open_steps >= 0)),
  constraint tasker_tasks_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'in_progress'::text, 'complete'::text, 'error'::text, 'cancelled'::text, 'resolved_manually'::text]))),
  constraint tasker_tasks_tags_check CHECK ((jsonb_typeof(tags) = 'array'::text)),
  constraint tasker_tasks_total_steps_check CHECK ((total_steps >= 0)),
  constraint tasker_tasks_definition_id_fkey FOREIGN KEY (definition_id) REFERENCES tasker_task_definitions(definition_id) ON DELETE RESTRICT,
  constraint tasker_tasks_named_task_id_fkey FOREIGN KEY (named_task_id) REFERENCES tasker_named_tasks(named_task_id) ON DELETE RESTRICT,
  constraint tasker_tasks_pkey PRIMARY KEY (task_id),
  constraint tasker_tasks_identity_hash_key UNIQUE (identity_hash)
) with (fillfactor=80);
CREATE INDEX tasker_tasks_correlation ON tasker_tasks USING btree (correlation_id, task_id);
CREATE INDEX tasker_tasks_created ON tasker_tasks USING btree (created_at, task_id);
CREATE INDEX tasker_tasks_initiator ON tasker_tasks USING btree (initiator, task_id);
CREATE INDEX tasker_tasks_requested ON tasker_tasks USING btree (requested_at, task_id);
CREATE INDEX tasker_tasks_state ON tasker_tasks USING btree (state, task_id);
CREATE INDEX tasker_tasks_tags ON tasker_tasks USING gin (tags jsonb_path_ops);
CREATE INDEX tasker_tasks_workflow ON tasker_tasks USING btree (named_task_id, task_id);
comment on table tasker_tasks is 'nestjs-tasker schema 8';

create table tasker_webhooks (
  webhook_id integer generated always as identity not null,
  name character varying(100) not null,
  url character varying(2048) not null,
  patterns jsonb not null,
  namespaces jsonb,
  secret character varying(256) not null,
  previous_secret character varying(256),
  previous_secret_expires_at timestamp with time zone,
  headers jsonb not null default '{}'::jsonb,
  declared boolean not null,
  max_failures integer not null,
  failures integer not null default 0,
  failing_since timestamp with time zone,
  disabled_at timestamp with time zone,
  disabled_reason text,
  last_success_at timestamp with time zone,
  last_failure_at timestamp with time zone,
  last_status smallint,
  last_error text,
  revision integer not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_webhooks_check CHECK (((previous_secret IS NULL) = (previous_secret_expires_at IS NULL))),
  constraint tasker_webhooks_check1 CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL))),
  constraint tasker_webhooks_check2 CHECK (((failures = 0) = (failing_since IS NULL))),
  constraint tasker_webhooks_failures_check CHECK ((failures >= 0)),
  constraint tasker_webhooks_headers_check CHECK ((jsonb_typeof(headers) = 'object'::text)),
  constraint tasker_webhooks_max_failures_check CHECK ((max_failures > 0)),
  constraint tasker_webhooks_name_check CHECK (((name)::text <> ''::text)),
  constraint tasker_webhooks_namespaces_check CHECK ((jsonb_typeof(namespaces) = 'array'::text)),
  constraint tasker_webhooks_patterns_check CHECK ((jsonb_typeof(patterns) = 'array'::text)),
  constraint tasker_webhooks_url_check CHECK (((url)::text <> ''::text)),
  constraint tasker_webhooks_pkey PRIMARY KEY (webhook_id),
  constraint tasker_webhooks_name_key UNIQUE (name)
) with (fillfactor=50);

create table tasker_workers (
  worker_id bigint generated always as identity not null,
  host character varying(255) not null,
  pid integer not null,
  version character varying(64) not null,
  concurrency integer not null,
  started_at timestamp with time zone not null default now(),
  heartbeat_at timestamp with time zone not null default now(),
  stopped_at timestamp with time zone,
  constraint tasker_workers_pkey PRIMARY KEY (worker_id)
);

create table tasker_workflow_step_edges (
  from_step_id bigint not null,
  to_step_id bigint not null,
  task_id bigint not null,
  name text not null default 'provides'::text,
  constraint tasker_workflow_step_edges_check CHECK ((from_step_id <> to_step_id)),
  constraint tasker_workflow_step_edges_from_step_id_fkey FOREIGN KEY (from_step_id) REFERENCES tasker_workflow_steps(workflow_step_id) ON DELETE CASCADE,
  constraint tasker_workflow_step_edges_to_step_id_fkey FOREIGN KEY (to_step_id) REFERENCES tasker_workflow_steps(workflow_step_id) ON DELETE CASCADE,
  constraint tasker_workflow_step_edges_pkey PRIMARY KEY (from_step_id, to_step_id)
);
CREATE INDEX tasker_workflow_step_edges_to ON tasker_workflow_step_edges USING btree (to_step_id, from_step_id);

create table tasker_workflow_step_transitions (
  id bigint not null default nextval('tasker_history_id'::regclass),
  workflow_step_id bigint not null,
  sort_key integer not null,
  from_state text,
  to_state text not null,
  metadata jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  constraint tasker_workflow_step_transitions_from_state_check CHECK ((from_state = ANY (ARRAY['pending'::text, 'in_progress'::text, 'complete'::text, 'error'::text, 'cancelled'::text, 'resolved_manually'::text, 'skipped'::text]))),
  constraint tasker_workflow_step_transitions_to_state_check CHECK ((to_state = ANY (ARRAY['pending'::text, 'in_progress'::text, 'complete'::text, 'error'::text, 'cancelled'::text, 'resolved_manually'::text, 'skipped'::text]))),
  constraint tasker_workflow_step_transitions_workflow_step_id_fkey FOREIGN KEY (workflow_step_id) REFERENCES tasker_workflow_steps(workflow_step_id) ON DELETE CASCADE,
  constraint tasker_workflow_step_transitions_pkey PRIMARY KEY (workflow_step_id, sort_key)
);
CREATE INDEX tasker_workflow_step_transitions_id ON tasker_workflow_step_transitions USING btree (id);

create table tasker_workflow_steps (
  workflow_step_id bigint generated always as identity not null,
  task_id bigint not null,
  named_step_id integer not null,
  lane_id integer not null,
  "position" integer not null,
  state text not null default 'pending'::text,
  priority smallint not null default 0,
  pending_parents integer not null,
  ready_at timestamp with time zone,
  queue_at timestamp with time zone,
  attempts integer not null default 0,
  retryable boolean not null default true,
  retry_limit integer not null default 3,
  skippable boolean not null default false,
  transition_count integer not null default 1,
  claimed_by bigint,
  claim_expires_at timestamp with time zone,
  worker_losses integer not null default 0,
  last_attempted_at timestamp with time zone,
  processed_at timestamp with time zone,
  backoff_request_seconds integer,
  inputs jsonb,
  results jsonb,
  error jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint tasker_workflow_steps_attempts_check CHECK ((attempts >= 0)),
  constraint tasker_workflow_steps_check CHECK (((state = 'in_progress'::text) = (claimed_by IS NOT NULL))),
  constraint tasker_workflow_steps_check1 CHECK (((state = 'in_progress'::text) = (claim_expires_at IS NOT NULL))),
  constraint tasker_workflow_steps_check2 CHECK (((ready_at IS NULL) OR ((state = ANY (ARRAY['pending'::text, 'error'::text])) AND (pending_parents = 0)))),
  constraint tasker_workflow_steps_check3 CHECK (((ready_at IS NULL) OR (queue_at IS NOT NULL))),
  constraint tasker_workflow_steps_pending_parents_check CHECK ((pending_parents >= 0)),
  constraint tasker_workflow_steps_position_check CHECK (("position" >= 0)),
  constraint tasker_workflow_steps_retry_limit_check CHECK ((retry_limit >= 1)),
  constraint tasker_workflow_steps_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'in_progress'::text, 'complete'::text, 'error'::text, 'cancelled'::text, 'resolved_manually'::text, 'skipped'::text]))),
  constraint tasker_workflow_steps_lane_id_fkey FOREIGN KEY (lane_id) REFERENCES tasker_lanes(lane_id) ON DELETE RESTRICT,
  constraint tasker_workflow_steps_named_step_id_fkey FOREIGN KEY (named_step_id) REFERENCES tasker_named_steps(named_step_id) ON DELETE RESTRICT,
  constraint tasker_workflow_steps_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasker_tasks(task_id) ON DELETE CASCADE,
  constraint tasker_workflow_steps_pkey PRIMARY KEY (workflow_step_id),
  constraint tasker_workflow_steps_task_id_named_step_id_key UNIQUE (task_id, named_step_id)
) with (fillfactor=70);
CREATE INDEX tasker_workflow_steps_ready ON tasker_workflow_steps USING btree (lane_id, priority DESC, queue_at, workflow_step_id) WHERE (ready_at IS NOT NULL);
CREATE INDEX tasker_workflow_steps_running ON tasker_workflow_steps USING btree (lane_id, claim_expires_at) WHERE (claim_expires_at IS NOT NULL);

create sequence tasker_history_id;

create view tasker_step_dag_relationships (
  workflow_step_id bigint,
  task_id bigint,
  named_step_id integer,
  parent_step_ids jsonb,
  child_step_ids jsonb,
  parent_count bigint,
  child_count bigint,
  is_root_step boolean,
  is_leaf_step boolean,
  min_depth_from_root integer
) as SELECT s.workflow_step_id, t.task_id, s.named_step_id, parents.ids AS parent_step_ids, children.ids AS child_step_ids, parents.n AS parent_count, children.n AS child_count, (parents.n = 0) AS is_root_step, (children.n = 0) AS is_leaf_step, depth.min_depth AS min_depth_from_root FROM ((((tasker_tasks t CROSS JOIN LATERAL tasker_step_depths(t.task_id) depth(workflow_step_id, min_depth, max_depth)) JOIN tasker_workflow_steps s ON (((s.workflow_step_id = depth.workflow_step_id) AND (s.task_id = t.task_id)))) CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(e.from_step_id ORDER BY e.from_step_id), '[]'::jsonb) AS ids, count(*) AS n FROM tasker_workflow_step_edges e WHERE (e.to_step_id = s.workflow_step_id)) parents) CROSS JOIN LATERAL ( SELECT COALESCE(jsonb_agg(e.to_step_id ORDER BY e.to_step_id), '[]'::jsonb) AS ids, count(*) AS n FROM tasker_workflow_step_edges e WHERE (e.from_step_id = s.workflow_step_id)) children);

create function calculate_dependency_levels(input_task_id bigint)
returns TABLE(workflow_step_id bigint, dependency_level integer)
language plpgsql stable cost 100 rows 1000
set search_path=$schema
as $$
#variable_conflict use_column
begin
  return query
  select d.workflow_step_id, d.max_depth from tasker_step_depths(input_task_id) d
  order by d.max_depth nulls last, d.workflow_step_id;
end
$$;

create function get_step_readiness_status(input_task_id bigint, step_ids bigint[] DEFAULT NULL::bigint[], p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text, total_parents integer, completed_parents integer, dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean, last_failure_at timestamp with time zone, next_retry_at timestamp with time zone, attempts integer, retry_limit integer, backoff_request_seconds integer, last_attempted_at timestamp with time zone, in_backoff boolean, blocking_reason text)
language plpgsql stable cost 100 rows 1000
set search_path=$schema
as $$
#variable_conflict use_column
begin
  return query
  select r.* from get_step_readiness_status_batch(array[input_task_id], p_now) r
  where step_ids is null or r.workflow_step_id = any (step_ids)
  order by r.workflow_step_id;
end
$$;

create function get_step_readiness_status_batch(input_task_ids bigint[], p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text, total_parents integer, completed_parents integer, dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean, last_failure_at timestamp with time zone, next_retry_at timestamp with time zone, attempts integer, retry_limit integer, backoff_request_seconds integer, last_attempted_at timestamp with time zone, in_backoff boolean, blocking_reason text)
language plpgsql stable cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function get_task_execution_context(input_task_id bigint, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint, in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint, execution_status text, recommended_action text, completion_percentage numeric, health_status text, cancelled_steps bigint, blocked_steps bigint)
language plpgsql stable cost 100 rows 1000
set search_path=$schema
as $$
#variable_conflict use_column
begin
  return query select c.* from get_task_execution_contexts_batch(array[input_task_id], p_now) c;
end
$$;

create function get_task_execution_contexts_batch(input_task_ids bigint[], p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint, in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint, execution_status text, recommended_action text, completion_percentage numeric, health_status text, cancelled_steps bigint, blocked_steps bigint)
language plpgsql stable cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_advance(p_worker bigint, p_tasks bigint[], p_results jsonb, p_capacity integer, p_lanes integer[], p_lease_ms integer, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(kind text, task_id bigint, workflow_step_id bigint, "position" integer, attempt integer, retryable boolean, retry_limit integer, inputs jsonb, state text, ready_at timestamp with time zone, token integer)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_claim(p_worker bigint, p_lanes integer[], p_limit integer, p_lease_ms integer, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone, p_controlled integer[] DEFAULT NULL::integer[])
returns TABLE(workflow_step_id bigint, task_id bigint, "position" integer, attempt integer, retryable boolean, retry_limit integer, inputs jsonb, token integer, was text, started integer, at timestamp with time zone)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_create_tasks(p_tasks jsonb, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(ordinal integer, task_id bigint, created boolean)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_nestloop=off
set jit=off
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

create function tasker_event_horizon(OUT last bigint, OUT writers text[], OUT prepared text[])
returns record
language plpgsql volatile cost 100 rows 0
set search_path=$schema
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

create function tasker_event_position_at(p_at timestamp with time zone, p_slack interval DEFAULT '00:05:00'::interval)
returns bigint
language plpgsql stable cost 100 rows 0
set search_path=$schema
set enable_seqscan=off
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

create function tasker_failures_of(p_task bigint, p_failing jsonb)
returns jsonb
language sql stable cost 100 rows 0
set search_path=$schema
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

create function tasker_move_task(p_task bigint, p_to text, p_metadata jsonb, p_now timestamp with time zone)
returns void
language plpgsql volatile cost 100 rows 0
set search_path=$schema
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

create function tasker_queue_gap()
returns interval
language sql immutable cost 100 rows 0

as $$ select interval '100 ms' $$;

create function tasker_reap(p_limit integer, p_poison_limit integer, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(kind text, task_id bigint, workflow_step_id bigint, "position" integer, attempt integer, retryable boolean, retry_limit integer, inputs jsonb, state text, ready_at timestamp with time zone, token integer)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
set lock_timeout=1s
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

create function tasker_record_outcomes(p_systems text[], p_calls integer[], p_failures integer[], p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(system text, is_open boolean)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
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

create function tasker_release(p_worker bigint, p_tasks bigint[], p_steps bigint[], p_attempts integer[], p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns TABLE(workflow_step_id bigint, task_id bigint, "position" integer, attempt integer, token integer, at timestamp with time zone)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_renew(p_worker bigint, p_steps bigint[], p_attempts integer[], p_lease_ms integer, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns SETOF bigint
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_settle_deliveries(p_subscriber text, p_epoch bigint, p_position bigint, p_announced bigint, p_delivered integer, p_outcomes jsonb, p_lease_ms integer, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns boolean
language plpgsql volatile cost 100 rows 0
set search_path=$schema
set enable_seqscan=off
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

create function tasker_settle_task(p_task bigint, p_metadata jsonb, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns text
language plpgsql volatile cost 100 rows 0
set search_path=$schema
set enable_seqscan=off
set enable_nestloop=on
set jit=off
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

create function tasker_step_depths(p_task bigint)
returns TABLE(workflow_step_id bigint, min_depth integer, max_depth integer)
language plpgsql stable cost 10000 rows 10
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_take_controlled(p_lanes integer[], p_limit integer, p_now timestamp with time zone)
returns TABLE(workflow_step_id bigint, task_id bigint, state text)
language plpgsql volatile cost 100 rows 1000
set search_path=$schema
set enable_seqscan=off
set jit=off
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

create function tasker_wake_deliveries(p_subscriber text, p_lines bigint[], p_now timestamp with time zone)
returns void
language sql volatile cost 100 rows 0
set search_path=$schema
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

create function tasker_webhook_failed(p_webhook_id integer, p_status integer, p_error text, p_is_final boolean, p_grace_seconds double precision, p_now timestamp with time zone DEFAULT NULL::timestamp with time zone)
returns boolean
language plpgsql volatile cost 100 rows 0
set search_path=$schema
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
