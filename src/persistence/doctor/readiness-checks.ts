import { type Check } from './check.js';
import { CLOSED, OPEN } from './vocabulary.js';

const STEPS = `$schema.tasker_workflow_steps s
  left join $schema.tasker_tasks t on t.task_id = s.task_id
  left join waiting w on w.id = s.workflow_step_id`;

/** No step that can run is without a moment at which it is taken, and none that may not run has one. */
export const READINESS_CHECKS: readonly Check[] = [
  {
    code: 'step-without-wakeup',
    group: 'readiness',
    subject: 'step',
    rule: 'a step that waits for nothing has a wake-up',
    meaning: 'Nobody would ever run these steps, and their tasks would never end.',
    sql: `select s.workflow_step_id as id, s.task_id, 'without a ready_at' as found, 'with one' as expected from ${STEPS}
      where s.state = 'pending' and s.ready_at is null and w.id is null and t.state in ${OPEN}`,
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'retry-without-wakeup',
    group: 'readiness',
    subject: 'step',
    rule: 'a failed step that is tried again has a wake-up',
    meaning: 'Their history promises another attempt, but nobody would ever make it.',
    sql: `select s.workflow_step_id as id, s.task_id, 'without a ready_at' as found, 'due at ' || (h.metadata->>'next_retry_at') as expected
      from $schema.tasker_workflow_steps s
      join $schema.tasker_tasks t on t.task_id = s.task_id
      join $schema.tasker_workflow_step_transitions h
        on h.workflow_step_id = s.workflow_step_id and h.sort_key = s.transition_count
      where s.state = 'error' and s.ready_at is null and s.retryable and s.attempts < s.retry_limit
        and h.to_state = 'error' and h.metadata->>'next_retry_at' is not null and t.state not in ${CLOSED}`,
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'wakeup-of-idle-step',
    group: 'readiness',
    subject: 'step',
    rule: 'only what may still run has a wake-up',
    meaning: 'Every claim finds these steps and cannot use them; many of them keep others from being found.',
    sql: `select s.workflow_step_id as id, s.task_id, 'null' as expected,
        'ready_at of a step in ' || s.state || coalesce(' that waits for ' || w.parents || ' others', '')
          || ' of a task ' || coalesce('in ' || t.state, 'that is gone') as found
      from ${STEPS}
      where s.ready_at is not null
        and (t.task_id is null or t.state in ${CLOSED} or w.id is not null or s.state not in ('pending', 'error')
             or (s.state = 'error' and not (s.retryable and s.attempts < s.retry_limit)))`,
    repair: 'task',
    left: 'their task is gone: restore it, or delete the steps',
  },
  {
    code: 'paused-step-due',
    group: 'readiness',
    subject: 'step',
    rule: 'no step of a paused task is due',
    meaning: 'Somebody holds the task back, and its steps run all the same.',
    sql: `select s.workflow_step_id as id, s.task_id, s.ready_at::text as found, 'infinity' as expected
      from $schema.tasker_workflow_steps s join $schema.tasker_tasks t on t.task_id = s.task_id
      where s.ready_at <> 'infinity' and t.paused_at is not null and t.state not in ${CLOSED}`,
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'held-back-forever',
    group: 'readiness',
    subject: 'step',
    rule: 'only steps of a paused task are held back',
    meaning: 'They wait for a task to be resumed that is not paused: they would never run.',
    sql: `select s.workflow_step_id as id, s.task_id, 'infinity' as found, 'a moment' as expected
      from $schema.tasker_workflow_steps s join $schema.tasker_tasks t on t.task_id = s.task_id
      where s.ready_at = 'infinity' and t.paused_at is null and t.state not in ${CLOSED}`,
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'wakeup-without-place',
    group: 'readiness',
    subject: 'step',
    rule: 'a step with a wake-up has a place in the queue',
    meaning: 'A resumed task would not know when these steps were due.',
    sql: `select s.workflow_step_id as id, s.task_id, 'without a queue_at' as found, 'with one' as expected
      from $schema.tasker_workflow_steps s where s.ready_at is not null and s.queue_at is null`,
    repair: 'task',
    left: 'their task is gone: restore it, or delete the steps',
  },
];
