/** Processes that share work through BullMQ, and what becomes of the work when BullMQ's backend fails them. */
import { type INestApplicationContext } from '@nestjs/common';
import { TaskerService, type TaskDetails } from 'nestjs-tasker';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectInvariants } from '../support/invariants.js';
import { type RunningProcess, startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';
import { startProxy, type TcpProxy } from '../engine/wakeup/tcp-proxy.js';
import { type FleetSetup, startFleetApp } from './fixtures/fleet-app.js';
import { type BullMqPlace, FAST_BACKENDS } from './support/backends.js';

/** So long that nothing in a test is found by the poll. */
const NEVER_MS = 600_000;

describe.each(FAST_BACKENDS)('a fleet on $name', (backend) => {
  let place: BullMqPlace;
  let proxy: TcpProxy;
  let database: TestDatabase;
  let client: pg.Client;
  let creator: INestApplicationContext;
  let tasker: TaskerService;
  let fleet: RunningProcess[];

  beforeAll(async () => {
    place = await backend.open();
    proxy = await startProxy(place.url);
    database = await createTestDatabase({ label: 'fleet' });
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    creator = await startFleetApp(setup(false));
    tasker = creator.get(TaskerService);
  });
  beforeEach(() => {
    fleet = [];
  });
  afterEach(async () => {
    await proxy.mend();
    await Promise.all(fleet.map((one) => one.kill('SIGTERM')));
    await expectInvariants(client);
  });
  afterAll(async () => {
    await creator.close();
    await client.end();
    await database.drop();
    await proxy.close();
    await place.close();
  });

  const setup = (worker: FleetSetup['worker']): FleetSetup => ({
    databaseUrl: database.url,
    bullmqUrl: proxy.url,
    prefix: place.prefix,
    worker,
  });

  /** Processes that work, by the id of their worker. */
  const start = async (count: number, worker: object): Promise<Map<number, RunningProcess>> => {
    const started = Array.from({ length: count }, () =>
      startProcess('test/bullmq/fixtures/fleet-worker.ts', { env: { FLEET_SETUP: JSON.stringify(setup(worker)) } }),
    );
    fleet.push(...started);
    const ids = await Promise.all(started.map((one) => one.waitForLine(/^ready/, { timeoutMs: 60_000 })));
    return new Map(ids.map((line, i) => [Number(line.split(' ')[1]), started[i]!]));
  };
  const create = (name: string, context: Record<string, unknown> = {}) => tasker.createTask({ name, context });
  const complete = async (taskId: number, timeoutMs = 60_000): Promise<TaskDetails> => {
    const task = await tasker.waitForTask(taskId, { timeoutMs });
    expect(task.state).toBe('complete');
    return task;
  };
  /** How many attempts each worker had. */
  const attempts = async (taskIds: readonly number[]): Promise<Map<number, number>> => {
    const { rows } = await client.query<{ worker: number; attempts: number }>(
      `select (t.metadata->>'worker')::int as worker, count(*)::int as attempts
       from tasker_workflow_step_transitions t join tasker_workflow_steps s using (workflow_step_id)
       where s.task_id = any ($1) and t.to_state = 'in_progress' group by 1`,
      [taskIds],
    );
    return new Map(rows.map(({ worker, attempts }) => [worker, attempts]));
  };

  it('takes a task up at once, although nobody polls', async () => {
    await start(2, { pollIntervalMs: NEVER_MS });
    for (let i = 0; i < 10; i++) await complete((await create('single')).taskId, 10_000);
  });

  it('spreads a fan-out of 1,000 steps over all its processes, although nobody polls', async () => {
    // The first is full and tells the second, which is full and tells the third.
    const workers = await start(3, { pollIntervalMs: NEVER_MS, concurrency: 5 });
    const { taskId } = await create('wide', { ms: 20 });
    await complete(taskId);
    const shares = await attempts([taskId]);
    expect([...shares.keys()].sort()).toEqual([...workers.keys()].sort());
    expect(Math.min(...shares.values())).toBeGreaterThan(100);
  });

  it('takes up the retry of a process that is gone, when it is due and although nobody polls', async () => {
    const workers = await start(2, { pollIntervalMs: NEVER_MS });
    const { taskId } = await create('stumbling', { retryAfter: 3 });
    await waitFor(async () => (await tasker.getTask(taskId)).steps[0]!.state === 'error');
    const [first] = await attempts([taskId]);
    await workers.get(first![0])!.kill('SIGKILL');
    const task = await complete(taskId);
    expect(task.steps[0]!.attempts).toBe(2);
    const others = [...workers.keys()].filter((worker) => worker !== first![0]);
    expect(await attempts([taskId])).toEqual(new Map([first!, [others[0], 1]]));
  });

  it('finishes everything when all keys are lost in the middle of it', async () => {
    await start(2, { pollIntervalMs: 500, concurrency: 5 });
    const tasks = await tasker.createTasks(Array.from({ length: 50 }, () => ({ name: 'chain', context: { ms: 20 } })));
    const wide = await create('wide', { ms: 5 });
    let flushes = 0;
    const flushing = (async () => {
      while ((await tasker.getTask(wide.taskId)).state !== 'complete') {
        await place.forget();
        flushes++;
      }
    })();
    await Promise.all([...tasks, wide].map(({ taskId }) => complete(taskId)));
    await flushing;
    expect(flushes).toBeGreaterThan(2);
    // And what comes afterwards is woken as before.
    await complete((await create('single')).taskId, 10_000);
  });

  it('finishes everything while the backend cannot be reached, and finds it again', async () => {
    const workers = await start(2, { pollIntervalMs: 500, concurrency: 5 });
    const wide = await create('wide', { ms: 5 });
    await waitFor(async () => [...(await attempts([wide.taskId])).values()].some((count) => count > 10));
    await proxy.cut();
    const stumbling = await create('stumbling', { retryAfter: 1 });
    const tasks = await tasker.createTasks(Array.from({ length: 50 }, () => ({ name: 'chain', context: { ms: 5 } })));
    await Promise.all([wide, stumbling, ...tasks].map(({ taskId }) => complete(taskId)));
    await Promise.all([...workers.values()].map((one) => one.waitForLine('does not answer')));
    await proxy.mend();
    await Promise.all([...workers.values()].map((one) => one.waitForLine('answers again')));
    await complete((await create('single')).taskId, 10_000);
    for (const one of workers.values()) {
      expect(one.lines.filter((line) => line.includes('does not answer'))).toHaveLength(1);
    }
  });

  it('ends in good order while the backend cannot be reached', async () => {
    const workers = await start(2, {});
    await proxy.cut();
    await Promise.all([...workers.values()].map((one) => one.waitForLine('does not answer')));
    const exits = await Promise.all([...workers.values()].map((one) => one.kill('SIGTERM')));
    expect(exits).toEqual([expect.anything(), expect.anything()]);
    const { rows } = await client.query(
      'select from tasker_workers where worker_id = any ($1) and stopped_at is null',
      [[...workers.keys()]],
    );
    expect(rows).toHaveLength(0);
  });
});
