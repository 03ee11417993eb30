import { NotFoundError, type TaskDetails, WaitTimeoutError } from 'nestjs-tasker';
import { TaskStore } from '../../src/persistence/task-store.js';
import { chain } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { ConfigurableFailure, handlerOf, Stub } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

let gate: Gate;
beforeEach(() => (gate = new Gate()));

const startHeld = () =>
  test.start({
    definitions: [chain(1, 'held')],
    providers: [handlerOf('held', async () => (await gate.pass(), { held: true }))],
    options: { worker: { concurrency: 1_000, shutdownGraceMs: 0 } },
  });
const create = async ({ tasker }: TestApp, name = 'chain_of_1') => (await tasker.createTask({ name })).taskId;

it('resolves with the task and its steps, in the process that runs it and in another', async () => {
  const app = await startHeld();
  const other = await test.start({ definitions: [chain(1, 'held')], options: { worker: false } });
  const taskId = await create(app);
  const waiting = [app, other].map(({ tasker }) => tasker.waitForTask(taskId));
  await gate.arrived();
  gate.open();
  const [here, there] = await Promise.all(waiting);
  expect(here).toMatchObject({ state: 'complete', steps: [{ results: { held: true } }] });
  expect(there).toEqual(here);
});

it('resolves at once for a task that has ended', async () => {
  const app = await test.start({ definitions: [chain(1)], providers: [Stub] });
  const taskId = await create(app);
  await app.tasker.waitForTask(taskId);
  for (let i = 0; i < 3; i++) expect((await app.tasker.waitForTask(taskId, { timeoutMs: 1 })).state).toBe('complete');
});

it('resolves, and does not reject, when the task ends in error', async () => {
  const app = await test.start({
    definitions: [
      {
        name: 'broken',
        steps: [{ name: 'only', handler: 'configurable_failure', config: { failures: 9, permanent: true } }],
      },
    ],
    providers: [ConfigurableFailure],
  });
  expect((await app.tasker.waitForTask(await create(app, 'broken'))).state).toBe('error');
});

it('gives up after its time, says how the task stands, and lets it go on', async () => {
  const app = await startHeld();
  const taskId = await create(app);
  await gate.arrived();
  const error: unknown = await app.tasker.waitForTask(taskId, { timeoutMs: 60 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(WaitTimeoutError);
  expect(error).toMatchObject({ code: 'WAIT_TIMEOUT', details: { task_id: taskId, state: 'in_progress' } });
  gate.open();
  expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
});

it('stops waiting when its signal is aborted, with the reason of the signal', async () => {
  const app = await startHeld();
  const taskId = await create(app);
  const controller = new AbortController();
  const waiting = app.tasker.waitForTask(taskId, { signal: controller.signal }).catch((e: unknown) => e);
  await gate.arrived();
  const reason = new Error('the client has gone');
  controller.abort(reason);
  expect(await waiting).toBe(reason);
  const again: unknown = await app.tasker.waitForTask(taskId, { signal: controller.signal }).catch((e: unknown) => e);
  expect(again).toBe(reason);
  gate.open();
});

it('knows nothing of a task that does not exist', async () => {
  const app = await startHeld();
  await expect(app.tasker.waitForTask(123_456)).rejects.toBeInstanceOf(NotFoundError);
});

it('serves 500 who wait at once with one query at a time, not one each', async () => {
  const app = await startHeld();
  const handles = await app.tasker.createTasks(Array.from({ length: 500 }, () => ({ name: 'chain_of_1' })));
  const looks = countLooks(app);
  const waiting = handles.map(({ taskId }) => app.tasker.waitForTask(taskId));
  await gate.arrived(500);
  // Once each at the beginning; from then on all together, now and then.
  await waitFor(() => looks.includes(500), { message: 'a look at all of them' });
  expect(looks.filter((size) => size === 1)).toHaveLength(500);
  gate.open();
  const tasks = await Promise.all(waiting);
  expect(tasks.every(({ state }) => state === 'complete')).toBe(true);
  // Those who run here are told by the engine itself.
  expect(looks.length).toBeLessThanOrEqual(500 + 10);
});

it('tells 500 who wait in another process by few notifications and few queries', async () => {
  const app = await startHeld();
  const other = await test.start({ definitions: [chain(1, 'held')], options: { worker: false } });
  const handles = await app.tasker.createTasks(Array.from({ length: 500 }, () => ({ name: 'chain_of_1' })));
  await gate.arrived(500);
  const looks = countLooks(other);
  const waiting = handles.map(({ taskId }) => other.tasker.waitForTask(taskId));
  await waitFor(() => looks.filter((size) => size === 1).length === 500);
  gate.open();
  const tasks = await Promise.all(waiting);
  expect(tasks.every(({ state }) => state === 'complete')).toBe(true);
  expect(looks.length - 500).toBeLessThanOrEqual(60);
});

it('lets many wait for one task, some of them longer than others', async () => {
  const app = await startHeld();
  const taskId = await create(app);
  const patient = Array.from({ length: 20 }, () => app.tasker.waitForTask(taskId));
  const impatient = Array.from({ length: 20 }, () =>
    app.tasker.waitForTask(taskId, { timeoutMs: 30 }).catch((error: unknown) => error),
  );
  for (const outcome of await Promise.all(impatient)) expect(outcome).toBeInstanceOf(WaitTimeoutError);
  gate.open();
  const tasks: TaskDetails[] = await Promise.all(patient);
  expect(tasks.map(({ state }) => state)).toEqual(patient.map(() => 'complete'));
});

/** From now on, how many tasks each query asks the state of. */
function countLooks(app: TestApp): number[] {
  const store = app.get(TaskStore);
  const looks: number[] = [];
  const states = store.states.bind(store);
  store.states = (taskIds) => {
    looks.push(taskIds.length);
    return states(taskIds);
  };
  return looks;
}
