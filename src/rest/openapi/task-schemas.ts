import { STEP_STATES, TASK_STATES } from '../../core/states.js';
import { anObject, anything, flag, id, instant, list, number, object, oneOf, orNull, ref, type Schema, text, whole } from './schema-words.js'; // prettier-ignore

const summary = {
  task_id: id,
  ...{ name: text, namespace: text, version: text, full_name: text },
  ...{ initiator: text, source_system: text, reason: text },
  context: anything,
  bypass_steps: list(text),
  tags: list(text),
  requested_at: instant,
  complete: flag,
  status: oneOf(TASK_STATES),
  priority: whole,
  correlation_id: text,
  ...{ total_steps: whole, open_steps: whole, failed_steps: whole },
  ...{ started_at: orNull(instant), finished_at: orNull(instant), paused_at: orNull(instant) },
  ...{ created_at: instant, updated_at: instant },
};

const attempt = {
  attempt: whole,
  worker: orNull(object({ worker_id: id, host: orNull(text), pid: orNull(whole) })),
  ...{ started_at: instant, ended_at: orNull(instant), duration_ms: orNull(number) },
  outcome: oneOf(['running', 'complete', 'error', 'cancelled', 'handed_back']),
  error: orNull(ref('StepError')),
  next_retry_at: orNull(instant),
};

/** Tasks, steps, and what happened to them. */
export const TASK_SCHEMAS: Readonly<Record<string, Schema>> = {
  TaskSummary: object(summary),
  Task: object(
    {
      ...summary,
      workflow_steps: list(ref('Step')),
      task_annotations: list(ref('Annotation')),
      dependency_analysis: ref('DependencyAnalysis'),
    },
    ['dependency_analysis'],
  ),
  Annotation: object({
    ...{ task_id: id, task_annotation_id: id, annotation: anything, annotation_type_name: text, created_at: instant },
  }),
  Step: object({
    ...{ task_id: id, workflow_step_id: id, name: text, named_step_id: id },
    status: oneOf(STEP_STATES),
    ...{ attempts: whole, skippable: flag, retryable: flag, retry_limit: whole },
    ...{ processed: flag, processed_at: orNull(instant), in_process: flag },
    backoff_request_seconds: orNull(number),
    last_attempted_at: orNull(instant),
    ...{ inputs: anything, results: anything },
    ...{ children_ids: list(id), parents_ids: list(id), siblings_ids: list(id) },
    dependent_system: text,
    next_retry_at: orNull(instant),
    error: orNull(ref('StepError')),
  }),
  StepError: object({
    ...{ message: text, error_class: text, error_code: orNull(text), context: anything, permanent: flag },
  }),
  Transition: object({
    ...{ sort_key: whole, from_state: orNull(text), to_state: text, at: instant, metadata: anObject },
  }),
  Attempt: object(attempt),
  Timeline: object({
    ...{ task_id: id, status: oneOf(TASK_STATES), created_at: instant },
    ...{ started_at: orNull(instant), finished_at: orNull(instant), duration_ms: orNull(number) },
    transitions: list(ref('Transition')),
    attempts: list(object({ workflow_step_id: id, name: text, offset_ms: number, ...attempt })),
  }),
  Diagram: object({
    ...{ task_id: id, title: text, status: oneOf(TASK_STATES) },
    nodes: list(object({ id, name: text, state: oneOf(STEP_STATES), attempts: whole, retry_limit: whole })),
    edges: list(object({ from: id, to: id })),
  }),
  Paging: object({ limit: whole, offset: whole, has_more: flag, next_cursor: orNull(text) }, ['next_cursor']),
};
