import { type Fault, newTask, onStep, onTask, stepId } from './plant.js';

export const HISTORIES_FAULTS: readonly Fault[] = [
  {
    code: 'task-history-gap',
    what: 'the first row is the second',
    plant: history('task', 'sort_key = 2', 'transition_count = 2'),
    fixed: false,
  },
  {
    code: 'task-history-broken',
    what: 'a first row with a state before',
    plant: history('task', `from_state = 'pending'`),
    fixed: false,
  },
  {
    code: 'task-history-illegal',
    what: 'complete from nothing',
    plant: history('task', `to_state = 'complete'`),
    fixed: false,
  },
  {
    code: 'task-state-unexplained',
    what: 'changed by hand',
    plant: onTask(`state = 'in_progress', started_at = now()`),
    fixed: false,
  },
  { code: 'task-transition-count', what: 'behind', plant: onTask('transition_count = 0'), fixed: true },
  {
    code: 'step-history-gap',
    what: 'the first row is the second',
    plant: history('step', 'sort_key = 2', 'transition_count = 2'),
    fixed: false,
  },
  {
    code: 'step-history-broken',
    what: 'a first row with a state before',
    plant: history('step', `from_state = 'pending'`),
    fixed: false,
  },
  {
    code: 'step-history-illegal',
    what: 'complete from nothing',
    plant: history('step', `to_state = 'complete'`),
    fixed: false,
  },
  {
    code: 'step-state-unexplained',
    what: 'changed by hand',
    plant: onStep(0, `state = 'complete', ready_at = null, attempts = 1`),
    fixed: false,
  },
  { code: 'step-transition-count', what: 'behind', plant: onStep(1, 'transition_count = 0'), fixed: true },
];

function history(subject: 'task' | 'step', change: string, onOwner?: string): Fault['plant'] {
  return async (engine) => {
    const task = await newTask(engine);
    const step = await stepId(engine, task, 0);
    const [table, owner, key, id] =
      subject === 'task'
        ? ['tasker_task_transitions', 'tasker_tasks', 'task_id', task]
        : ['tasker_workflow_step_transitions', 'tasker_workflow_steps', 'workflow_step_id', step];
    await engine.rows(`update ${table} set ${change} where ${key} = $1`, [id]);
    if (onOwner) await engine.rows(`update ${owner} set ${onOwner} where ${key} = $1`, [id]);
    return id;
  };
}
