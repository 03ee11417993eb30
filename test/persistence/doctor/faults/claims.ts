import { type Fault, newTask, onStep, stepId, register } from './plant.js';

export const CLAIMS_FAULTS: readonly Fault[] = [
  {
    code: 'claim-without-run',
    what: 'a claimed step that does not run',
    rules: ['claimed_by IS NOT NULL', 'claim_expires_at IS NOT NULL'],
    plant: onStep(1, 'claimed_by = 1'),
    fixed: false,
  },
  {
    code: 'lease-long-over',
    what: 'ten minutes',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.claim({ worker: await register(engine) });
      await engine.rows(
        `update tasker_workflow_steps set claim_expires_at = $1::timestamptz - interval '10 minutes'
        where position = 0`,
        [engine.now],
      );
      return stepId(engine, task, 0);
    },
    fixed: true,
  },
  {
    code: 'claim-of-stopped-worker',
    what: 'its lease not over',
    plant: async (engine) => {
      const task = await newTask(engine);
      const worker = await register(engine);
      await engine.claim({ worker });
      await engine.rows('update tasker_workers set stopped_at = now() where worker_id = $1', [worker]);
      return stepId(engine, task, 0);
    },
    fixed: true,
  },
  {
    code: 'claim-of-unknown-worker',
    what: 'its lease not over',
    plant: onStep(0, 'attempts = 1', (engine) => engine.claim({ worker: 999_999 })),
    fixed: false,
  },
];
