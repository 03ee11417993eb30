import { DuplicateTaskError, TaskerError } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();
const REQUEST = { name: 'chain_of_2' };
/** Nothing but a wake-up starts a step in the time of a test. */
const NO_POLL = { worker: { pollIntervalMs: 3_600_000 } };

const start = (options?: Parameters<typeof test.start>[0]) =>
  test.start({ definitions: [chain(2)], providers: [Stub], options: NO_POLL, ...options });

const count = async (table: string) => (await test.sql(`select from ${table}`)).length;

beforeAll(() => test.sql('create table orders (id integer primary key)'));
beforeEach(() => test.sql('truncate orders'));

it('leaves nothing behind when the transaction is rolled back', async () => {
  const { dataSource, tasker } = await start();
  const failing = dataSource.transaction(async (manager) => {
    await manager.query('insert into orders values (1)');
    const { created } = await tasker.createTask(REQUEST, { manager });
    expect(created).toBe(true);
    throw new Error('the order is refused');
  });
  await expect(failing).rejects.toThrow('the order is refused');
  for (const table of ['orders', 'tasker_tasks', 'tasker_workflow_steps', 'tasker_workflow_step_edges']) {
    expect([table, await count(table)]).toEqual([table, 0]);
  }
});

it('is visible to nobody before the commit, and starts by its own wake-up after it', async () => {
  const app = await start();
  const { dataSource, tasker } = app;
  const taskId = await dataSource.transaction(async (manager) => {
    await manager.query('insert into orders values (1)');
    const created = await tasker.createTask(REQUEST, { manager });
    expect(await count('tasker_tasks')).toBe(0);
    // Whatever looks before the commit finds nothing to claim of it; and then nobody looks any more.
    await tasker.waitForTask((await tasker.createTask(REQUEST)).taskId);
    return created.taskId;
  });
  expect((await tasker.waitForTask(taskId, { timeoutMs: 20_000 })).state).toBe('complete');
  expect(await count('orders')).toBe(1);
  expect(app.get(Stub).registry.of(taskId)).toHaveLength(2);
});

it('wakes the workers of other processes by its commit', async () => {
  const { dataSource, tasker } = await test.start({ definitions: [chain(2)], options: { worker: false } });
  const other = await start();
  const taskId = await dataSource.transaction(
    async (manager) => (await tasker.createTask(REQUEST, { manager })).taskId,
  );
  expect((await tasker.waitForTask(taskId, { timeoutMs: 20_000 })).state).toBe('complete');
  expect(other.get(Stub).registry.of(taskId)).toHaveLength(2);
});

it('may be refused as a duplicate without spoiling the transaction', async () => {
  const { dataSource, tasker } = await start();
  const keyed = { ...REQUEST, idempotencyKey: 'k', onDuplicate: 'reject' as const };
  const { taskId: first } = await tasker.createTask(keyed);
  const second = await dataSource.transaction(async (manager) => {
    await manager.query('insert into orders values (1)');
    await expect(tasker.createTask(keyed, { manager })).rejects.toMatchObject({ existingTaskId: first });
    await manager.query('insert into orders values (2)');
    return tasker.createTask({ ...keyed, idempotencyKey: 'other' }, { manager });
  });
  expect(await count('orders')).toBe(2);
  expect((await tasker.waitForTask(second.taskId)).state).toBe('complete');
});

it('is one with all tasks of the transaction, however many calls and batches they came in', async () => {
  const { dataSource, tasker } = await start({ options: { worker: false } });
  const many = Array.from({ length: 501 }, (_, i) => ({ ...REQUEST, idempotencyKey: `k${i}` }));
  const failing = dataSource.transaction(async (manager) => {
    expect(await tasker.createTasks(many, { manager })).toHaveLength(501);
    await tasker.createTask({ ...many[500]!, onDuplicate: 'reject' }, { manager });
  });
  await expect(failing).rejects.toBeInstanceOf(DuplicateTaskError);
  expect(await count('tasker_tasks')).toBe(0);
});

it('finds its own duplicate inside the transaction', async () => {
  const { dataSource, tasker } = await start();
  const keyed = { ...REQUEST, idempotencyKey: 'k' };
  const [first, second] = await dataSource.transaction(async (manager) => [
    await tasker.createTask(keyed, { manager }),
    await tasker.createTask(keyed, { manager }),
  ]);
  expect(first).toMatchObject({ created: true });
  expect(second).toEqual({ ...first, created: false });
});

it('waits for the other when two transactions bring the same key, and makes one task', async () => {
  const { dataSource, tasker } = await start();
  const keyed = { ...REQUEST, idempotencyKey: 'k' };
  const handles = await Promise.all(
    Array.from({ length: 5 }, () => dataSource.transaction((manager) => tasker.createTask(keyed, { manager }))),
  );
  expect(new Set(handles.map(({ taskId }) => taskId)).size).toBe(1);
  expect(handles.filter(({ created }) => created)).toHaveLength(1);
});

it('refuses a manager without a transaction, and says what to pass', async () => {
  const { dataSource, tasker } = await start();
  const error: unknown = await tasker.createTask(REQUEST, { manager: dataSource.manager }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TaskerError);
  expect(error).toMatchObject({ code: 'NO_TRANSACTION', hint: expect.stringContaining('transaction') as string });
  expect(await count('tasker_tasks')).toBe(0);
});
