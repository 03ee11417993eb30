/** What the reading functions return, and the same worked out plainly from the rows of the tables. */
import { isFinalTaskState, satisfiesDependents, type StepState, type TaskState } from '../../../src/core/states.js';
import { type Engine, type StepRow, type TaskRow } from './engine.js';

export interface Readiness {
  workflow_step_id: number;
  task_id: number;
  named_step_id: number;
  name: string;
  current_state: StepState;
  total_parents: number;
  completed_parents: number;
  dependencies_satisfied: boolean;
  retry_eligible: boolean;
  ready_for_execution: boolean;
  last_failure_at: Date | null;
  next_retry_at: Date | null;
  attempts: number;
  retry_limit: number;
  backoff_request_seconds: number | null;
  last_attempted_at: Date | null;
  in_backoff: boolean;
  blocking_reason: string | null;
}

export interface Context {
  task_id: number;
  named_task_id: number;
  status: TaskState;
  total_steps: number;
  pending_steps: number;
  in_progress_steps: number;
  completed_steps: number;
  failed_steps: number;
  ready_steps: number;
  execution_status: string;
  recommended_action: string;
  completion_percentage: string;
  health_status: string;
  cancelled_steps: number;
  blocked_steps: number;
}

export function readiness(engine: Engine, taskId: number, stepIds?: readonly number[]): Promise<Readiness[]> {
  const values = [taskId, stepIds ?? null, engine.now];
  return engine.rows('select * from get_step_readiness_status($1, $2, $3)', values);
}

export function readinessOfAll(engine: Engine, taskIds: readonly number[]): Promise<Readiness[]> {
  return engine.rows('select * from get_step_readiness_status_batch($1, $2)', [taskIds, engine.now]);
}

export async function context(engine: Engine, taskId: number): Promise<Context | undefined> {
  return (await engine.rows<Context>('select * from get_task_execution_context($1, $2)', [taskId, engine.now]))[0];
}

export function contextsOfAll(engine: Engine, taskIds: readonly number[]): Promise<Context[]> {
  return engine.rows('select * from get_task_execution_contexts_batch($1, $2)', [taskIds, engine.now]);
}

/** The readiness of a task's steps by the words of the documentation, one step and one question after the other. */
export async function expectedReadiness(engine: Engine, taskId: number): Promise<Readiness[]> {
  const now = engine.now!.getTime();
  const task = await engine.task(taskId);
  const steps = await engine.rows<StepRow & { named_step_id: number; name: string; failed_at: Date | null }>(
    `select s.*, n.name,
            (select max(x.created_at) from tasker_workflow_step_transitions x
             where x.workflow_step_id = s.workflow_step_id and x.to_state = 'error') as failed_at
     from tasker_workflow_steps s join tasker_named_steps n using (named_step_id)
     where s.task_id = $1 order by s.workflow_step_id`,
    [taskId],
  );
  const edges = await engine.rows<{ from_step_id: number; to_step_id: number }>(
    'select from_step_id, to_step_id from tasker_workflow_step_edges where task_id = $1',
    [taskId],
  );
  const byId = new Map(steps.map((step) => [step.workflow_step_id, step]));
  return steps.map((step) => {
    const parents = edges.flatMap((e) => (e.to_step_id === step.workflow_step_id ? [byId.get(e.from_step_id)!] : []));
    const satisfied = parents.filter((parent) => satisfiesDependents(parent.state)).length;
    const reason = blockingReason(task, step, satisfied === parents.length, now);
    const waits = step.ready_at !== null && step.ready_at.getTime() > now;
    return {
      workflow_step_id: step.workflow_step_id,
      task_id: taskId,
      named_step_id: step.named_step_id,
      name: step.name,
      current_state: step.state,
      total_parents: parents.length,
      completed_parents: satisfied,
      dependencies_satisfied: satisfied === parents.length,
      retry_eligible:
        step.retryable && step.attempts < step.retry_limit && !(step.state === 'error' && step.ready_at === null),
      ready_for_execution: reason === null,
      last_failure_at: step.state === 'error' ? step.failed_at : null,
      next_retry_at: waits || step.state === 'error' ? step.ready_at : null,
      attempts: step.attempts,
      retry_limit: step.retry_limit,
      backoff_request_seconds: step.backoff_request_seconds,
      last_attempted_at: step.last_attempted_at,
      in_backoff: waits && step.attempts > 0,
      blocking_reason: reason,
    };
  });
}

function blockingReason(task: TaskRow, step: StepRow, satisfied: boolean, now: number): string | null {
  if (step.state === 'in_progress') return 'in_progress';
  if (step.state !== 'pending' && step.state !== 'error') return 'finished';
  if (step.state === 'error' && step.ready_at === null) {
    if (step.attempts >= step.retry_limit) return 'retries_exhausted';
    return step.retryable ? 'failed_permanently' : 'not_retryable';
  }
  if (!satisfied) return 'dependencies_not_satisfied';
  if (isFinalTaskState(task.state)) return 'task_finished';
  if (step.ready_at === null) return 'not_queued';
  if (step.ready_at.getTime() <= now) return null;
  return step.attempts > 0 ? 'waiting_for_backoff' : 'waiting_for_start_time';
}

/** Where a task stands, by the decision tables of the documentation. */
export async function expectedContext(engine: Engine, taskId: number): Promise<Context> {
  const task = await engine.task(taskId);
  const rows = await expectedReadiness(engine, taskId);
  const count = (fits: (row: Readiness) => boolean) => rows.filter(fits).length;
  const completed = count((row) => satisfiesDependents(row.current_state));
  const failed = count((row) => row.current_state === 'error');
  const running = count((row) => row.current_state === 'in_progress');
  const ready = count((row) => row.ready_for_execution);
  const waiting = count((row) => /^waiting_for_|^not_queued/.test(row.blocking_reason ?? ''));
  const blocked = count((row) =>
    /^(retries_exhausted|not_retryable|failed_permanently)$/.test(row.blocking_reason ?? ''),
  );
  const closed = ['complete', 'cancelled', 'resolved_manually'].includes(task.state);
  const decide = (): [string, string] => {
    if (closed) return ['all_complete', 'finalize_task'];
    if (ready > 0) return ['has_ready_steps', 'execute_ready_steps'];
    if (running > 0) return ['processing', 'wait_for_completion'];
    if (waiting > 0) return ['waiting_for_dependencies', 'wait_for_dependencies'];
    return blocked > 0 ? ['blocked_by_failures', 'handle_failures'] : ['all_complete', 'finalize_task'];
  };
  const health = () => {
    if (closed || failed === 0) return 'healthy';
    return ready === 0 && blocked > 0 ? 'blocked' : 'recovering';
  };
  const [execution_status, recommended_action] = decide();
  return {
    task_id: taskId,
    named_task_id: (task as unknown as { named_task_id: number }).named_task_id,
    status: task.state,
    total_steps: rows.length,
    pending_steps: count((row) => row.current_state === 'pending'),
    in_progress_steps: running,
    completed_steps: completed,
    failed_steps: failed,
    ready_steps: ready,
    execution_status,
    recommended_action,
    completion_percentage: ((completed / rows.length) * 100).toFixed(2),
    health_status: health(),
    cancelled_steps: count((row) => row.current_state === 'cancelled'),
    blocked_steps: blocked,
  };
}
