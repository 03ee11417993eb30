import { type Check } from './check.js';

/** What is counted once and then kept is what one would count now. */
export const COUNTER_CHECKS: readonly Check[] = [
  {
    code: 'wrong-pending-parents',
    group: 'counters',
    subject: 'step',
    rule: 'pending_parents counts the parents it waits for',
    meaning: 'Counted too high, a step never runs; too low, it runs before what it needs.',
    sql: `select s.workflow_step_id as id, s.task_id, s.pending_parents::text as found,
        coalesce(w.parents, 0)::text as expected
      from $schema.tasker_workflow_steps s left join waiting w on w.id = s.workflow_step_id
      where s.pending_parents <> coalesce(w.parents, 0)`,
    repair: 'task',
    left: 'their task is gone: restore it, or delete the steps',
  },
  ofTask('total', 'steps', 'total_steps counts the steps', 'Progress is shown wrongly.'),
  ofTask('open', 'open', 'open_steps counts what does not satisfy', 'The task ends too early, or never.'),
  ofTask('live', 'live', 'live_steps counts what runs or will', 'The task ends too early, or never.'),
  ofTask(
    'failed',
    'failed',
    'failed_steps counts what failed for good',
    'The task may end as cancelled instead of in error, or the other way round.',
  ),
];

function ofTask(counter: string, real: string, rule: string, meaning: string): Check {
  return {
    code: `wrong-${counter}-steps`,
    group: 'counters',
    subject: 'task',
    rule,
    meaning,
    sql: `select id, id as task_id, ${counter}_steps::text as found, ${real}::text as expected from counted
      where ${counter}_steps <> ${real}`,
    repair: 'task',
    left: 'the task could not be settled',
  };
}
