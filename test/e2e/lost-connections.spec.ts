import { ControlService, EventHub } from 'nestjs-tasker';
import { ChangeFeed } from '../../src/engine/events/change-feed.js';
import { chain, parallel } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';
import { watchLanes } from '../support/watch-lanes.js';

const test = useTestApps();

/** Cuts every connection of the applications, in the middle of whatever they do. */
async function cut(where = 'true'): Promise<number> {
  const ended = await test.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'test-app' and ${where}`,
  );
  return ended.length;
}

it('loses nothing and runs nothing twice when all connections are cut, again and again', async () => {
  const definitions = [chain(5), parallel(8)];
  const app = await test.start({ definitions, providers: [Stub] });
  const { registry } = app.get(Stub);
  const told: string[] = [];
  app.get(EventHub).add({ name: 'test', patterns: ['**'], call: ({ id }) => void told.push(id) });
  const requests = Array.from({ length: 200 }, (_, i) => ({ name: definitions[i % 2]!.name }));
  await app.tasker.createTasks(requests);
  const total = 100 * 5 + 100 * 10;
  let cuts = 0;
  for (let share = 0.05; share < 1; share += 0.1) {
    await waitFor(() => registry.calls.length >= total * share, { message: () => `${share} of ${total} steps` });
    cuts += await cut();
  }
  expect(cuts).toBeGreaterThan(10);
  await waitFor(async () => (await unfinished()) === 0, { timeoutMs: 30_000, message: 'all tasks to complete' });
  const states = await test.sql('select state, attempts, count(*)::integer from tasker_workflow_steps group by 1, 2');
  expect(states).toEqual([{ state: 'complete', attempts: 1, count: total }]);
  expect(registry.repeated()).toEqual([]);
  expect(registry.calls).toHaveLength(total);
  // Also of the commits whose answers were lost.
  const rows = await test.sql<{ id: string }>(
    `select 't' || task_id || '.' || sort_key as id from tasker_task_transitions
     union all select 's' || workflow_step_id || '.' || sort_key from tasker_workflow_step_transitions`,
  );
  await waitFor(() => told.length >= rows.length, { message: () => `${told.length} of ${rows.length} events` });
  await app.get(ChangeFeed).drained();
  const ofHistory = told.filter((id) => /^[ts]\d+\.\d+$/.test(id)).sort();
  expect(ofHistory).toEqual(rows.map(({ id }) => id).sort());
});

const unfinished = async () => (await test.sql(`select from tasker_tasks where state <> 'complete'`)).length;

it('goes on at once after the connections of an idle worker were cut', async () => {
  const app = await test.start({ definitions: [chain(1)], providers: [Stub] });
  await app.tasker.waitForTask((await app.tasker.createTask({ name: 'chain_of_1' })).taskId);
  await cut();
  // The statement that finds its connection cut fails; its caller tries again.
  const request = { name: 'chain_of_1', idempotencyKey: 'after the cut' };
  const { taskId } = await waitFor(() => app.tasker.createTask(request));
  expect((await app.tasker.waitForTask(taskId, { timeoutMs: 20_000 })).state).toBe('complete');
});

it('hears other processes again soon after its listening connection was cut', async () => {
  const worker = await test.start({
    definitions: [chain(1)],
    providers: [Stub],
    options: { worker: { pollIntervalMs: 3_600_000 } },
  });
  const creator = await test.start({ definitions: [chain(1)], options: { worker: false }, name: 'creator' });
  await creator.tasker.waitForTask((await creator.tasker.createTask({ name: 'chain_of_1' })).taskId);
  await cut(`query like 'listen%'`);
  await waitFor(async () => (await listeners()) === 2, { message: 'both processes to listen' });
  const { taskId } = await creator.tasker.createTask({ name: 'chain_of_1' });
  expect((await creator.tasker.waitForTask(taskId, { timeoutMs: 20_000 })).state).toBe('complete');
  expect(worker.get(Stub).registry.calls).toHaveLength(2);
});

const listeners = async () =>
  (await test.sql(`select from pg_stat_activity where datname = current_database() and query like 'listen%'`)).length;

it('finds by itself what was announced while nobody heard it', async () => {
  const worker = await test.start({
    definitions: [chain(1)],
    providers: [Stub],
    options: { worker: { pollIntervalMs: 3_600_000 } },
  });
  const creator = await test.start({ definitions: [chain(1)], options: { worker: false }, name: 'creator' });
  await waitFor(async () => (await listeners()) === 2);
  await cut(`query like 'listen%'`);
  const { taskId } = await creator.tasker.createTask({ name: 'chain_of_1' });
  expect((await creator.tasker.waitForTask(taskId, { timeoutMs: 20_000 })).state).toBe('complete');
  expect(worker.get(Stub).registry.calls).toHaveLength(1);
});

it('learns of what an operator did while nobody heard it: aborts what was cancelled, and obeys a pause', async () => {
  const gate = new Gate();
  const aborted: unknown[] = [];
  const hold = handlerOf('held', ({ signal }) => {
    signal.addEventListener('abort', () => aborted.push(signal.reason));
    return gate.pass();
  });
  const worker = await test.start({
    definitions: [chain(1, 'held')],
    providers: [hold],
    // Its next heartbeat is far away.
    options: { worker: { leaseMs: 3_600_000, pollIntervalMs: 3_600_000 } },
  });
  const operator = await test.start({ definitions: [chain(1, 'held')], options: { worker: false }, name: 'operator' });
  const lanes = watchLanes(worker);
  const { taskId } = await operator.tasker.createTask({ name: 'chain_of_1' });
  await gate.arrived();
  expect(lanes()).toHaveLength(1);
  await waitFor(async () => (await listeners()) === 2);
  await cut(`query like 'listen%'`);
  await operator.tasker.cancelTask(taskId);
  await operator.get(ControlService).pauseFleet();
  await waitFor(() => aborted.length === 1, { message: 'the handler to be aborted' });
  await waitFor(() => lanes()!.length === 0, { message: 'the pause to be known' });
});

describe('an operator whose connection is cut in the middle of an action', () => {
  /** Runs the action against a lock until it waits, and cuts its connection there. */
  async function cutDuring(app: TestApp, taskId: number, action: () => Promise<unknown>): Promise<unknown> {
    const blocker = await test.connect();
    await blocker.query('begin');
    await blocker.query('select from tasker_tasks where task_id = $1 for update', [taskId]);
    const outcome = action().catch((error: unknown) => error);
    await waitFor(async () => (await cut(`wait_event_type = 'Lock'`)) === 1, { message: 'the action to wait' });
    const result = await outcome;
    await blocker.query('rollback');
    return result;
  }

  it('gets an error; nothing has changed, the process goes on, and the action can be tried again', async () => {
    const app = await test.start({
      definitions: [chain(2)],
      providers: [Stub],
      options: { worker: { autoStart: false } },
    });
    const { taskId } = await app.tasker.createTask({ name: 'chain_of_2' });
    const before = await app.tasker.getTask(taskId);
    const error = await cutDuring(app, taskId, () => app.tasker.cancelTask(taskId));
    expect(error).toMatchObject({ code: '57P01' });
    expect(await app.tasker.getTask(taskId)).toEqual(before);
    expect(await app.tasker.cancelTask(taskId)).toMatchObject({ after: 'cancelled' });
  });
});

it('finishes a step whose connection to the database was cut while it ran', async () => {
  const gate = new Gate();
  const app = await test.start({ definitions: [chain(1, 'held')], providers: [handlerOf('held', () => gate.pass())] });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
  await gate.arrived();
  await cut();
  gate.open();
  // Whoever asks on a connection that was cut gets an error, and asks again.
  const task = await waitFor(() => app.tasker.waitForTask(taskId));
  expect(task).toMatchObject({ state: 'complete', steps: [{ attempts: 1 }] });
  expect(gate.arrivals).toBe(1);
});
