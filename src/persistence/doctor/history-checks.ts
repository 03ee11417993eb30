import { type Check } from './check.js';
import { STEP_MOVES, TASK_MOVES } from './vocabulary.js';

const MOVES = { task: TASK_MOVES, step: STEP_MOVES };
const EVIDENCE = 'a history is evidence and is not rewritten';

/** Every history is whole, legal, and ends in the state that the row has. */
export const HISTORY_CHECKS: readonly Check[] = [
  ...ofSubject('task', '$schema.tasker_tasks', 'task_id', 's.task_id', ''),
  ...ofSubject(
    'step',
    '$schema.tasker_workflow_steps',
    'workflow_step_id',
    's.task_id',
    'left join $schema.tasker_workflow_steps s on s.workflow_step_id = h.id',
  ),
];

function ofSubject(subject: 'task' | 'step', table: string, key: string, task: string, owner: string): Check[] {
  const group = 'history';
  const fault = (found: string, expected: string, where: string): string =>
    `select h.id, ${owner === '' ? 'h.id' : task} as task_id, ${found} as found, ${expected} as expected
     from ${subject}_move h ${owner} where ${where}`;
  return [
    {
      code: `${subject}-history-gap`,
      group,
      subject,
      rule: `the history of a ${subject} has no gap`,
      meaning: 'Rows were deleted or inserted by hand: what happened cannot be told any more.',
      sql: fault('h.sort_key::text', 'h.place::text', 'h.sort_key <> h.place'),
      repair: null,
      left: EVIDENCE,
    },
    {
      code: `${subject}-history-broken`,
      group,
      subject,
      rule: `the history of a ${subject} is a chain`,
      meaning: 'A row begins in another state than the one before it ended in.',
      sql: fault(
        `coalesce(h.from_state, 'nothing')`,
        `coalesce(h.before, 'nothing')`,
        'h.from_state is distinct from h.before',
      ),
      repair: null,
      left: EVIDENCE,
    },
    {
      code: `${subject}-history-illegal`,
      group,
      subject,
      rule: `the history of a ${subject} holds allowed moves only`,
      meaning: 'The state was changed past the state machine.',
      sql: fault('h.move', `'an allowed move'`, `h.move not in ${MOVES[subject]}`),
      repair: null,
      left: EVIDENCE,
    },
    {
      code: `${subject}-state-unexplained`,
      group,
      subject,
      rule: `the last row of a ${subject}'s history is its state`,
      meaning: 'The state was changed by hand, or a history row was lost.',
      sql: `select s.${key} as id, ${task} as task_id, coalesce(l.to_state, 'no history') as found, s.state as expected
        from ${table} s left join ${subject}_last l on l.id = s.${key} where l.to_state is distinct from s.state`,
      repair: null,
      left: 'the rows do not say which of the two is right',
      blocksRepair: true,
    },
    {
      code: `${subject}-transition-count`,
      group,
      subject,
      rule: `transition_count of a ${subject} is the last sort key`,
      meaning: 'The next change of state would meet a row that is there already, and fail.',
      sql: `select s.${key} as id, ${task} as task_id, s.transition_count::text as found, l.sort_key::text as expected
        from ${table} s join ${subject}_last l on l.id = s.${key} where s.transition_count <> l.sort_key`,
      repair: 'task',
      left: 'their task is gone: restore it, or delete the steps',
    },
  ];
}
