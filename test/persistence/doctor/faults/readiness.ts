import { type Engine } from '../../support/engine.js';
import { type StepShape } from '../../support/workflow.js';
import { type Fault, newTask, onStep, claimHistory, stepId } from './plant.js';

const ONE_ATTEMPT: readonly StepShape[] = [{ retryLimit: 1 }];

export const READINESS_FAULTS: readonly Fault[] = [
  {
    code: 'step-without-wakeup',
    what: 'a root that nobody wakes',
    plant: onStep(0, 'ready_at = null, queue_at = null'),
    fixed: true,
  },
  {
    code: 'retry-without-wakeup',
    what: 'a failed step that lost its next attempt',
    plant: onStep(0, 'ready_at = null, queue_at = null', async (engine) => {
      const [claim] = await engine.claim();
      await engine.advance([[claim!, { outcome: 'retry', delay_ms: 60_000 }]]);
    }),
    fixed: true,
  },
  {
    code: 'wakeup-of-idle-step',
    what: 'a step that has used all its attempts',
    plant: async (engine) => {
      const task = await newTask(engine, ONE_ATTEMPT);
      const [claim] = await engine.claim();
      await engine.advance([[claim!, { outcome: 'retry' }]]);
      await engine.rows('update tasker_workflow_steps set ready_at = $1, queue_at = $1', [engine.now]);
      return stepId(engine, task, 0);
    },
    fixed: true,
  },
  {
    code: 'wakeup-of-idle-step',
    what: 'a step of a cancelled task',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.operate(task, [1, 2], 'cancelled');
      await engine.rows('update tasker_workflow_steps set ready_at = null, queue_at = null');
      await claimHistory(engine, task, ['pending', 'cancelled']);
      await engine.rows('update tasker_workflow_steps set ready_at = $1, queue_at = $1 where position = 0', [
        engine.now,
      ]);
      return stepId(engine, task, 0);
    },
    fixed: true,
  },
  { code: 'paused-step-due', what: 'a step of a paused task', plant: pausedTask, fixed: true },
  {
    code: 'held-back-forever',
    what: 'a step whose task was never paused',
    plant: onStep(0, `ready_at = 'infinity'`),
    fixed: true,
  },
  {
    code: 'wakeup-without-place',
    what: 'a due step',
    rules: ['queue_at IS NOT NULL'],
    plant: onStep(0, 'queue_at = null'),
    fixed: true,
  },
];

async function pausedTask(engine: Engine): Promise<number> {
  const task = await newTask(engine);
  await engine.rows('update tasker_tasks set paused_at = now()');
  return stepId(engine, task, 0);
}
