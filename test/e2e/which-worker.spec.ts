import { ConfigurationError, type WorkflowDefinition } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

/** a, then b, then a again: each handler lives in another process. */
const RELAY: WorkflowDefinition = {
  name: 'relay',
  steps: [
    { name: 'one', handler: 'a' },
    { name: 'two', handler: 'b', dependsOn: ['one'] },
    { name: 'three', handler: 'a', dependsOn: ['two'] },
  ],
};
/** What makes a process own its handler: a workflow of its own. The relay's others it knows from the database. */
const owning = (handler: string): WorkflowDefinition => ({ ...chain(1, handler), name: `owner_of_${handler}` });
const naming = (handler: string, by: string) =>
  handlerOf(handler, ({ sequence }) => ({ by, read: sequence.steps.map((s) => s.results as unknown) }));

it('claims only steps that it has handlers for, and hands the next to the process that has its own', async () => {
  const patient = { worker: { pollIntervalMs: 3_600_000 } };
  const creator = await test.start({ definitions: [RELAY], options: { worker: false } });
  const a = await test.start({ definitions: [owning('a')], providers: [naming('a', 'A')], options: patient });
  const b = await test.start({ definitions: [owning('b')], providers: [naming('b', 'B')], options: patient });
  const { taskId } = await creator.tasker.createTask({ name: 'relay' });
  const task = await creator.tasker.waitForTask(taskId, { timeoutMs: 20_000 });
  expect(task.steps.map(({ results }) => (results as { by: string }).by)).toEqual(['A', 'B', 'A']);
  expect(task.steps[2]!.results).toMatchObject({ read: [{ by: 'A' }, { by: 'B' }] });
  expect([a.worker.status.fencedResults, b.worker.status.fencedResults]).toEqual([0, 0]);
});

it('leaves a step for which nobody has a handler due, until somebody comes who has', async () => {
  const creator = await test.start({ definitions: [RELAY], options: { worker: false } });
  await test.start({ definitions: [owning('a')], providers: [naming('a', 'A')] });
  const { taskId } = await creator.tasker.createTask({ name: 'relay' });
  await waitFor(async () => (await creator.tasker.listSteps(taskId))[0]!.state === 'complete');
  const two = (await creator.tasker.listSteps(taskId))[1]!;
  expect(two).toMatchObject({ state: 'pending', attempts: 0, readyAt: expect.any(Date) as Date });
  await test.start({ definitions: [owning('b')], providers: [naming('b', 'B')] });
  expect((await creator.tasker.waitForTask(taskId)).state).toBe('complete');
});

it('claims only steps of its namespaces, when it is told some', async () => {
  const inSpace = (namespace: string): WorkflowDefinition => ({ ...chain(1, 'held'), namespace });
  const gate = new Gate();
  const seen: string[] = [];
  const providers = [
    handlerOf('held', async ({ task }) => {
      seen.push(task.namespace);
      await gate.pass();
    }),
  ];
  const definitions = ['red', 'green', 'blue'].map(inSpace);
  const app = await test.start({ definitions, providers, options: { worker: { namespaces: ['red', 'blue'] } } });
  const handles = await app.tasker.createTasks(
    ['green', 'red', 'blue'].map((namespace) => ({ name: 'chain_of_1', namespace })),
  );
  await gate.arrived(2);
  gate.open();
  await Promise.all(handles.slice(1).map(({ taskId }) => app.tasker.waitForTask(taskId)));
  expect(seen.sort()).toEqual(['blue', 'red']);
  expect((await app.tasker.getTask(handles[0]!.taskId)).state).toBe('pending');
  await test.start({ definitions, providers, options: { worker: { namespaces: ['green'] } } });
  expect((await app.tasker.waitForTask(handles[0]!.taskId)).state).toBe('complete');
});

describe('a process without a worker', () => {
  it('creates, looks, operates and waits, and runs nothing, though it has the handlers', async () => {
    const app = await test.start({ definitions: [chain(1)], providers: [Stub], options: { worker: false } });
    const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
    const waiting = app.tasker.waitForTask(taskId);
    expect(app.worker.status).toMatchObject({ state: 'stopped', workerId: null, concurrency: 0 });
    expect(await test.sql('select from tasker_workers')).toEqual([]);
    await app.tasker.cancelTask(taskId);
    expect((await waiting).state).toBe('cancelled');
    expect(app.get(Stub).registry.calls).toEqual([]);
  });

  it('refuses to start one, and says which option forbids it', async () => {
    const app = await test.start({ definitions: [chain(1)], options: { worker: false } });
    await expect(app.worker.start()).rejects.toBeInstanceOf(ConfigurationError);
    await expect(app.worker.start()).rejects.toThrow('worker: false');
    await app.worker.stop();
  });
});

it('starts no step before it is told to, when it does not start by itself', async () => {
  const app = await test.start({
    definitions: [chain(1)],
    providers: [Stub],
    options: { worker: { autoStart: false } },
  });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
  const other = await test.start({ definitions: [{ ...chain(1), name: 'other' }], options: { worker: false } });
  expect((await other.tasker.getTask(taskId)).state).toBe('pending');
  await app.worker.start();
  expect((await other.tasker.waitForTask(taskId)).state).toBe('complete');
});

it('never runs more steps at once than it is told', async () => {
  for (const concurrency of [1, 4]) {
    let now = 0;
    let most = 0;
    const app = await test.start({
      definitions: [chain(3, 'counted')],
      providers: [
        handlerOf('counted', async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
        }),
      ],
      options: { worker: { concurrency } },
    });
    const handles = await app.tasker.createTasks(Array.from({ length: 30 }, () => ({ name: 'chain_of_3' })));
    await Promise.all(handles.map(({ taskId }) => app.tasker.waitForTask(taskId)));
    expect(most).toBe(concurrency);
    await app.close();
  }
});
