import { type Check } from './check.js';

/** The state of a task follows from its steps, and its times from its state. */
export const STATE_CHECKS: readonly Check[] = [
  {
    code: 'stuck-task',
    group: 'states',
    subject: 'task',
    rule: 'a task is open only as long as something runs or will',
    meaning: 'Nothing of them runs, is due or waits for a time: they would stay open for ever.',
    sql: task(`state || ', nothing runs or will'`, `'a final state'`, 'is_open and live = 0'),
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'ended-task-runs',
    group: 'states',
    subject: 'task',
    rule: 'nothing runs of a task that has ended',
    meaning: 'They were reported as ended, and still something of them runs or will.',
    sql: task(`state || ', ' || live || ' run or will'`, `'an open task'`, 'not is_open and live > 0'),
    repair: 'task',
    left: 'a step of it runs: its lease ends it when the worker does not',
  },
  {
    code: 'complete-task-open',
    group: 'states',
    subject: 'task',
    rule: 'a complete task has nothing open',
    meaning: 'They were reported as complete, but some of their steps were never done.',
    sql: task(`open || ' open'`, `'0 open'`, `state = 'complete' and open > 0`),
    repair: null,
    left: 'whether the open steps are still wanted is for you to say: cancel the task, or create a new one',
  },
  {
    code: 'cancelled-without-cancel',
    group: 'states',
    subject: 'task',
    rule: 'a cancelled task with open steps has a cancelled one',
    meaning: 'Nobody cancelled anything: a fault in its counters made the rest of it look as if it could never run.',
    sql: task(
      `open || ' open, 0 cancelled'`,
      `'1 or more cancelled'`,
      `state = 'cancelled' and open > 0 and cancelled = 0`,
    ),
    repair: null,
    left: 'a cancelled task is final: create it anew',
  },
  {
    code: 'error-without-failure',
    group: 'states',
    subject: 'task',
    rule: 'a task in error has a step that failed for good',
    meaning: 'They wait for an operator, who finds nothing to retry or resolve.',
    sql: task(`'0 failed'`, `'1 or more'`, `state = 'error' and failed = 0`),
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'step-runs-in-idle-task',
    group: 'states',
    subject: 'step',
    rule: 'a step runs only in a task that runs',
    meaning: 'Work goes on for a task that has not started, or has ended.',
    sql: `select s.workflow_step_id as id, s.task_id, coalesce(t.state, 'no task') as found, 'in_progress' as expected
      from $schema.tasker_workflow_steps s left join $schema.tasker_tasks t on t.task_id = s.task_id
      where s.state = 'in_progress' and t.state is distinct from 'in_progress'`,
    repair: 'task',
    left: 'their task has ended: the lease ends them when the worker does not',
  },
  {
    code: 'ran-without-attempt',
    group: 'states',
    subject: 'step',
    rule: 'a step that ran has used an attempt',
    meaning: 'Two attempts could bear the same number, and a late result would not be told from a good one.',
    sql: `select workflow_step_id as id, task_id, attempts::text as found, 'at least 1' as expected
      from $schema.tasker_workflow_steps where state in ('in_progress', 'complete') and attempts = 0`,
    repair: null,
    left: 'how many attempts there were is not known',
  },
  {
    code: 'finished-at',
    group: 'states',
    subject: 'task',
    rule: 'finished_at tells that it has ended',
    meaning: 'They are listed with the wrong tasks, and pruned too early or never.',
    sql: task(
      `coalesce(finished_at::text, 'null')`,
      `case when is_open then 'null' else 'a time' end`,
      '(finished_at is null) <> is_open',
    ),
    repair: 'task',
    left: 'the task could not be settled',
  },
  {
    code: 'started-at',
    group: 'states',
    subject: 'task',
    rule: 'started_at tells that it has started',
    meaning: 'How long they took cannot be told.',
    sql: task(`'null'`, `'a time'`, `started_at is null and (state in ('in_progress', 'complete') or running > 0)`),
    repair: 'task',
    left: 'their history does not say when they started',
  },
];

function task(found: string, expected: string, where: string): string {
  return `select id, id as task_id, ${found} as found, ${expected} as expected from counted where ${where}`;
}
