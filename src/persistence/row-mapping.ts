import { type AnnotationRecord, type StepFailure, type StepRecord, type TaskRecord } from '../core/records.js';
import { type StepState, type TaskState } from '../core/states.js';

/** From rows to the plain values of core. Column names end here. */
export interface TaskRow {
  task_id: number;
  namespace: string;
  name: string;
  version: string;
  state: string;
  context: string;
  initiator: string;
  source_system: string;
  reason: string;
  tags: string;
  bypass_steps: string;
  priority: number;
  correlation_id: string;
  identity_hash: string;
  definition_id: number;
  total_steps: number;
  open_steps: number;
  failed_steps: number;
  requested_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  paused_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

/** The select list and joins that give a {@link TaskRow}; `t` is the task. */
export const TASK_COLUMNS = `t.task_id, n.name as namespace, nt.name, nt.version, t.state, t.context, t.initiator,
  t.source_system, t.reason, t.tags, t.bypass_steps, t.priority, t.correlation_id, t.identity_hash, t.definition_id,
  t.total_steps, t.open_steps, t.failed_steps, t.requested_at, t.started_at, t.finished_at, t.paused_at, t.created_at, t.updated_at`;
export const TASK_TABLES = `$schema.tasker_tasks t
  join $schema.tasker_named_tasks nt on nt.named_task_id = t.named_task_id
  join $schema.tasker_task_namespaces n on n.task_namespace_id = nt.task_namespace_id`;

export function toTaskRecord(row: TaskRow): TaskRecord {
  return {
    taskId: row.task_id,
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    state: row.state as TaskState,
    context: JSON.parse(row.context),
    initiator: row.initiator,
    sourceSystem: row.source_system,
    reason: row.reason,
    tags: JSON.parse(row.tags) as string[],
    bypassSteps: JSON.parse(row.bypass_steps) as string[],
    priority: row.priority,
    correlationId: row.correlation_id,
    identityHash: row.identity_hash,
    definitionId: row.definition_id,
    totalSteps: row.total_steps,
    openSteps: row.open_steps,
    failedSteps: row.failed_steps,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    pausedAt: row.paused_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface StepRow {
  workflow_step_id: number;
  task_id: number;
  named_step_id: number;
  name: string;
  dependent_system: string;
  position: number;
  state: string;
  attempts: number;
  retryable: boolean;
  retry_limit: number;
  skippable: boolean;
  inputs: string | null;
  results: string | null;
  error: string | null;
  parent_ids: number[];
  child_ids: number[];
  ready_at: Date | number | null;
  backoff_request_seconds: number | null;
  last_attempted_at: Date | null;
  processed_at: Date | null;
  claimed_by: number | null;
}

/** The select list and joins that give a {@link StepRow}; `s` is the step. */
export const STEP_COLUMNS = `s.workflow_step_id, s.task_id, s.named_step_id, ns.name, ds.name as dependent_system,
  s.position, s.state, s.attempts, s.retryable, s.retry_limit, s.skippable, s.inputs, s.results, s.error,
  array(select e.from_step_id from $schema.tasker_workflow_step_edges e
        where e.to_step_id = s.workflow_step_id order by 1) as parent_ids,
  array(select e.to_step_id from $schema.tasker_workflow_step_edges e
        where e.from_step_id = s.workflow_step_id order by 1) as child_ids,
  s.ready_at, s.backoff_request_seconds, s.last_attempted_at, s.processed_at, s.claimed_by`;
export const STEP_TABLES = `$schema.tasker_workflow_steps s
  join $schema.tasker_named_steps ns on ns.named_step_id = s.named_step_id
  join $schema.tasker_dependent_systems ds on ds.dependent_system_id = ns.dependent_system_id`;

export function toStepRecord(row: StepRow): StepRecord {
  return {
    stepId: row.workflow_step_id,
    taskId: row.task_id,
    namedStepId: row.named_step_id,
    name: row.name,
    dependentSystem: row.dependent_system,
    position: row.position,
    state: row.state as StepState,
    attempts: row.attempts,
    retryable: row.retryable,
    retryLimit: row.retry_limit,
    skippable: row.skippable,
    inputs: row.inputs === null ? {} : JSON.parse(row.inputs),
    results: row.results === null ? null : JSON.parse(row.results),
    error: row.error === null ? null : (JSON.parse(row.error) as StepFailure),
    parentIds: row.parent_ids,
    childIds: row.child_ids,
    // Of a task that is held back it is 'infinity', which is no Date.
    readyAt: row.ready_at instanceof Date ? row.ready_at : null,
    backoffRequestSeconds: row.backoff_request_seconds,
    lastAttemptedAt: row.last_attempted_at,
    processedAt: row.processed_at,
    claimedBy: row.claimed_by === null ? null : String(row.claimed_by),
  };
}

export interface AnnotationRow {
  task_annotation_id: number;
  task_id: number;
  type: string;
  annotation: string;
  created_at: Date;
}

export function toAnnotationRecord(row: AnnotationRow): AnnotationRecord {
  return {
    annotationId: row.task_annotation_id,
    taskId: row.task_id,
    type: row.type,
    annotation: JSON.parse(row.annotation),
    createdAt: row.created_at,
  };
}
