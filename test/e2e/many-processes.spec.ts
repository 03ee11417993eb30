import { chain } from '../support/dags.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type RunningProcess, startProcess } from '../support/processes.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

beforeAll(() =>
  test.sql(
    `create table runs (
       step_id bigint, attempt integer, pid integer, at timestamptz default clock_timestamp(),
       unique (step_id, attempt)
     )`,
  ),
);
beforeEach(() => test.sql('truncate runs'));

async function startWorkers(count: number, options: object = {}): Promise<RunningProcess[]> {
  const workers = Array.from({ length: count }, () =>
    startProcess('test/e2e/fixtures/worker-process.ts', { args: [test.database.url, JSON.stringify(options)] }),
  );
  await Promise.all(workers.map((worker) => worker.waitForLine('ready', { timeoutMs: 30_000 })));
  return workers;
}

async function shutDown(worker: RunningProcess): Promise<void> {
  expect(await worker.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(worker.lines).toContain('closed');
}

async function allComplete(): Promise<void> {
  const open = () => test.sql(`select state, count(*) from tasker_tasks where state <> 'complete' group by 1`);
  await waitFor(async () => (await open()).length === 0, { timeoutMs: 50_000, message: open });
}

it('shares 2,000 tasks among two processes; no attempt runs twice, and all complete', async () => {
  const workers = await startWorkers(2);
  const creator = await test.start({ definitions: [chain(2, 'recording')], options: { worker: false } });
  await creator.tasker.createTasks(Array.from({ length: 2_000 }, () => ({ name: 'chain_of_2' })));
  await allComplete();
  // A second run of an attempt would have failed on the unique constraint, and its step had a second attempt.
  const states = await test.sql(
    'select state, attempts, count(*)::integer as count from tasker_workflow_steps group by 1, 2',
  );
  expect(states).toEqual([{ state: 'complete', attempts: 1, count: 4_000 }]);
  const shares = await test.sql<{ count: number }>('select pid, count(*)::integer as count from runs group by pid');
  expect(shares.reduce((sum, { count }) => sum + count, 0)).toBe(4_000);
  expect(shares).toHaveLength(2);
  await Promise.all(workers.map(shutDown));
});

it('runs the steps of a killed process again elsewhere, its attempt counted', async () => {
  const lease = { leaseMs: 400 };
  const [doomed] = await startWorkers(1, lease);
  const creator = await test.start({
    definitions: [{ ...chain(2, 'held'), name: 'two_held' }],
    options: { worker: false },
  });
  const { taskId } = await creator.tasker.createTask({ name: 'two_held' });
  await doomed!.waitForLine('holding');
  await doomed!.kill('SIGKILL');
  const heir = await test.start({
    definitions: [chain(1, 'held')],
    providers: [handlerOf('held', ({ attempt }) => ({ attempt }))],
    options: { worker: lease },
  });
  const task = await creator.tasker.waitForTask(taskId, { timeoutMs: 20_000 });
  expect(task.state).toBe('complete');
  expect(task.steps.map(({ attempts, results }) => [attempts, results])).toEqual([
    [2, { attempt: 2 }],
    [1, { attempt: 1 }],
  ]);
  const history = await creator.tasker.stepHistory(task.steps[0]!.stepId);
  const lost = history.find(({ toState }) => toState === 'error')!.metadata.error as {
    errorCode: string;
    message: string;
  };
  expect(lost.errorCode).toBe('WORKER_LOST');
  expect(lost.message).toContain(`process ${doomed!.child.pid}`);
  expect(heir.worker.status.reapedClaims).toBe(1);
});

it('loses nothing when a process is killed in the middle of its work and another takes its place', async () => {
  const options = { leaseMs: 500, concurrency: 20, poisonLimit: 100 };
  const creator = await test.start({ definitions: [chain(2, 'recording')], options: { worker: false } });
  const [doomed, other] = await startWorkers(2, options);
  await creator.tasker.createTasks(Array.from({ length: 500 }, () => ({ name: 'chain_of_2' })));
  const done = async () => (await test.sql(`select from tasker_workflow_steps where state = 'complete'`)).length;
  await waitFor(async () => (await done()) >= 100, { timeoutMs: 20_000 });
  await doomed!.kill('SIGKILL');
  const workers = [other!, ...(await startWorkers(1, options))];
  await allComplete();
  const [steps] = await test.sql<{ attempts: number; runs: number }>(
    `select (select sum(attempts) from tasker_workflow_steps)::integer as attempts,
            (select count(*) from runs)::integer as runs`,
  );
  // Killed between the claim and the record, an attempt is counted and did not run; it never ran without being counted.
  expect(steps!.runs).toBeLessThanOrEqual(steps!.attempts);
  expect(steps!.runs).toBeGreaterThanOrEqual(1_000);
  await Promise.all(workers.map(shutDown));
});
