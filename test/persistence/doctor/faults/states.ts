import { type Fault, newTask, onStep, onTask, claimHistory, stepId, register } from './plant.js';

export const STATES_FAULTS: readonly Fault[] = [
  {
    code: 'stuck-task',
    what: 'all steps done, the task not',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.run();
      await claimHistory(engine, task, ['pending', 'in_progress']);
      return task;
    },
    fixed: true,
  },
  { code: 'ended-task-runs', what: 'in error with a due step', plant: moved(['pending', 'error']), fixed: true },
  {
    code: 'complete-task-open',
    what: 'no step done',
    plant: moved(['pending', 'in_progress', 'complete']),
    fixed: false,
  },
  {
    code: 'cancelled-without-cancel',
    what: 'by wrong counters',
    plant: moved(['pending', 'in_progress', 'cancelled']),
    fixed: false,
  },
  {
    code: 'error-without-failure',
    what: 'all steps done',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.run();
      await claimHistory(engine, task, ['pending', 'in_progress', 'error']);
      return task;
    },
    fixed: true,
  },
  { code: 'step-runs-in-idle-task', what: 'pending', plant: runningIn(['pending']), fixed: true },
  {
    code: 'step-runs-in-idle-task',
    what: 'cancelled',
    plant: runningIn(['pending', 'in_progress', 'cancelled']),
    fixed: true,
  },
  {
    code: 'step-runs-in-idle-task',
    what: 'resolved',
    plant: runningIn(['pending', 'error', 'resolved_manually']),
    fixed: false,
  },
  {
    code: 'ran-without-attempt',
    what: 'running',
    plant: onStep(0, 'attempts = 0', (engine) => engine.claim()),
    fixed: false,
  },
  { code: 'finished-at', what: 'of an open task', plant: onTask('finished_at = now()'), fixed: true },
  {
    code: 'finished-at',
    what: 'missing of a finished one',
    plant: onTask('finished_at = null', (e) => e.run()),
    fixed: true,
  },
  { code: 'started-at', what: 'missing', plant: onTask('started_at = null', (e) => e.run()), fixed: true },
];

function moved(moves: readonly string[]): Fault['plant'] {
  return async (engine) => {
    const task = await newTask(engine);
    await claimHistory(engine, task, moves);
    return task;
  };
}

function runningIn(moves: readonly string[]): Fault['plant'] {
  return async (engine) => {
    const task = await newTask(engine);
    const worker = await register(engine);
    await engine.claim({ worker });
    await claimHistory(engine, task, moves);
    return stepId(engine, task, 0);
  };
}
