import { waitFor } from '../support/wait-for.js';
import { useStage } from './stage.js';

const STEPS = 12;
/** Long enough not to be lost by a process that waits for a busy machine. */
const LEASE_MS = 4_000;
const test = useStage([{ name: 'held', steps: [{ name: 'only', handler: 'hold', timeoutSeconds: 600 }] }]);

const runs = (where = 'true') => test.sql(`select from chaos_runs where ${where}`);

it('runs the steps of a killed worker again within its lease and two seconds', async () => {
  const doomed = await test.startFleet(1, { leaseMs: LEASE_MS });
  await test.tasker.createTasks(Array.from({ length: STEPS }, () => ({ name: 'held' })));
  await waitFor(async () => (await runs()).length === STEPS);
  await test.startFleet(1, { leaseMs: LEASE_MS });
  await test.sql('create table killed as select clock_timestamp() as at');
  await doomed.kill(0);
  await waitFor(async () => (await runs('attempt = 2')).length === STEPS, { timeoutMs: 20_000 });
  const [recovery] = await test.sql<{ ms: number }>(
    'select extract(epoch from max(entered_at) - max(at))::float * 1000 as ms from chaos_runs, killed',
  );
  expect(recovery!.ms).toBeLessThan(LEASE_MS + 2_000);
  // And not before the lease had ended, the part of it that had gone by since the last heartbeat aside.
  expect(recovery!.ms).toBeGreaterThan(LEASE_MS / 2);
  const lost = await test.sql(
    `select from tasker_workflow_step_transitions where metadata->'error'->>'errorCode' = 'WORKER_LOST'`,
  );
  expect(lost).toHaveLength(STEPS);

  await test.openGates();
  await waitFor(async () => (await test.tasker.listTasks({ states: ['complete'], limit: 50 })).length === STEPS);
  expect(await test.sql('select distinct attempts from tasker_workflow_steps')).toEqual([{ attempts: 2 }]);
}, 180_000);
