import { AttemptAborted, type StepContext, type TaskerOptions } from 'nestjs-tasker';
import { TaskWaiter } from '../../src/engine/task-waiter.js';
import { chain } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const WORKFLOW = chain(2, 'work');

let gate: Gate;
let aborted: unknown[];
beforeEach(() => {
  gate = new Gate();
  aborted = [];
});

/** Waits at the gate and ignores its signal, but for noting it. */
async function hold({ signal, attempt }: StepContext) {
  signal.addEventListener('abort', () => aborted.push(signal.reason));
  await gate.pass();
  return { attempt };
}

/** An application that has begun the first step of a task. */
async function startBusy(worker: TaskerOptions['worker'] = {}, work = hold): Promise<TestApp & { taskId: number }> {
  const app = await test.start({
    definitions: [WORKFLOW],
    providers: [handlerOf('work', work)],
    options: { worker },
    name: 'busy-app',
  });
  const { taskId } = await app.tasker.createTask({ name: WORKFLOW.name });
  await gate.arrived();
  return { ...app, taskId };
}

const stepRows = (taskId: number) =>
  test.sql<{ state: string; attempts: number; due: boolean; results: unknown }>(
    `select state, attempts, ready_at <= clock_timestamp() is true as due, results
     from tasker_workflow_steps where task_id = $1 order by position`,
    [taskId],
  );

it('lets running steps finish, and begins no new ones', async () => {
  const app = await startBusy();
  const closing = app.close();
  await waitFor(() => app.worker.status.state === 'stopping');
  gate.open();
  await closing;
  expect(await stepRows(app.taskId)).toEqual([
    { state: 'complete', attempts: 1, due: false, results: { attempt: 1 } },
    { state: 'pending', attempts: 0, due: true, results: null },
  ]);
  expect(aborted).toEqual([]);
  expect(gate.arrivals).toBe(1);
});

it('aborts what does not finish within the grace, saying why, and hands it back with its attempt not counted', async () => {
  const app = await startBusy({ shutdownGraceMs: 50 });
  await app.close();
  expect(aborted).toEqual([expect.any(AttemptAborted)]);
  expect(aborted[0]).toMatchObject({ cause: 'shutdown' });
  const [first] = await stepRows(app.taskId);
  expect(first).toEqual({ state: 'pending', attempts: 0, due: true, results: null });
  const history = await test.sql(
    `select from_state, to_state, metadata->>'cause' as cause from tasker_workflow_step_transitions
     join tasker_workflow_steps using (workflow_step_id) where position = 0 order by sort_key`,
  );
  expect(history).toEqual([
    { from_state: null, to_state: 'pending', cause: null },
    { from_state: 'pending', to_state: 'in_progress', cause: null },
    { from_state: 'in_progress', to_state: 'pending', cause: 'handed_back' },
  ]);
  gate.open();
});

it('leaves its work to another process, which finishes it without waiting for its own poll', async () => {
  const app = await startBusy({ shutdownGraceMs: 0 });
  const other = await test.start({
    definitions: [WORKFLOW],
    providers: [handlerOf('work', ({ attempt }) => ({ attempt, by: 'other' }))],
    options: { worker: { pollIntervalMs: 3_600_000 } },
  });
  // Its first look must be over, or it would find the step by that.
  await waitFor(async () => (await test.sql(`select from tasker_workers where stopped_at is null`)).length === 2);
  await app.close();
  const done = await other.tasker.waitForTask(app.taskId, { timeoutMs: 20_000 });
  expect(done.state).toBe('complete');
  expect(done.steps.map((step) => step.results)).toEqual([
    { attempt: 1, by: 'other' },
    { attempt: 1, by: 'other' },
  ]);
  gate.open();
});

it('fences off what a handler says that ignores its signal and outlives its application', async () => {
  const late: Promise<unknown>[] = [];
  const app = await startBusy({ shutdownGraceMs: 0 }, (context) => {
    const answer = hold(context);
    late.push(answer);
    return answer;
  });
  await app.close();
  gate.open();
  await Promise.all(late);
  expect((await stepRows(app.taskId))[0]).toMatchObject({ state: 'pending', attempts: 0, results: null });
});

it('writes the results that are ready when the grace is over, and does not run those steps again', async () => {
  const app = await test.start({
    definitions: [chain(1, 'quick')],
    providers: [handlerOf('quick', async () => gate.pass())],
    options: { worker: { shutdownGraceMs: 5_000, concurrency: 200 } },
  });
  await app.tasker.createTasks(Array.from({ length: 200 }, () => ({ name: 'chain_of_1' })));
  await gate.arrived(200);
  gate.open();
  await app.close();
  const states = await test.sql('select state, attempts, count(*)::integer from tasker_workflow_steps group by 1, 2');
  expect(states).toEqual([{ state: 'complete', attempts: 1, count: 200 }]);
});

it('answers those who wait for a task that finishes within the grace', async () => {
  const app = await test.start({ definitions: [chain(1, 'work')], providers: [handlerOf('work', hold)] });
  const elsewhere = await test.start({ definitions: [chain(1, 'work')], options: { worker: false } });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
  await gate.arrived();
  const waiting = [app, elsewhere].map(({ tasker }) => tasker.waitForTask(taskId, { timeoutMs: 20_000 }));
  const closing = app.close();
  await waitFor(() => app.worker.status.state === 'stopping');
  // Without the look that is meant for lost notifications, nothing but being told can answer.
  for (const each of [app, elsewhere]) (each.get(TaskWaiter) as unknown as { stopSafety(): void }).stopSafety();
  gate.open();
  expect((await Promise.all(waiting)).map(({ state }) => state)).toEqual(['complete', 'complete']);
  await closing;
});

it('releases those who wait for a task that does not finish', async () => {
  const app = await startBusy({ shutdownGraceMs: 0 });
  const waiting = app.tasker.waitForTask(app.taskId, { timeoutMs: 600_000 }).catch((error: unknown) => error);
  await app.close();
  expect(await waiting).toMatchObject({ code: 'SHUTTING_DOWN' });
  gate.open();
});

describe('a worker', () => {
  it('may be stopped twice at once, and is at rest when either returns', async () => {
    const app = await startBusy();
    const stopping = [app.worker.stop(), app.worker.stop()];
    gate.open();
    await Promise.all(stopping);
    expect(app.worker.status).toMatchObject({ state: 'stopped', running: 0, unwrittenResults: 0 });
  });

  it('works again when it is started after it was stopped', async () => {
    const app = await startBusy();
    gate.open();
    await app.worker.stop();
    const { taskId } = await app.tasker.createTask({ name: WORKFLOW.name });
    await app.worker.start();
    await app.worker.start();
    expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
    const workers = await test.sql('select stopped_at is null as running from tasker_workers order by worker_id');
    expect(workers).toEqual([{ running: false }, { running: true }]);
  });

  it('starts once, however often it is told to at once', async () => {
    const app = await startIdle();
    await Promise.all([app.worker.start(), app.worker.start()]);
    expect(await test.sql('select from tasker_workers')).toHaveLength(1);
  });

  it('stops when it is told so while it starts, and starts when it is told so while it stops', async () => {
    const app = await startIdle();
    await Promise.all([app.worker.start(), app.worker.stop()]);
    expect(app.worker.status.state).toBe('stopped');
    expect(await test.sql('select from tasker_workers where stopped_at is null')).toEqual([]);
    await app.worker.start();
    await Promise.all([app.worker.stop(), app.worker.start()]);
    expect(app.worker.status.state).toBe('running');
    const { taskId } = await app.tasker.createTask({ name: WORKFLOW.name });
    gate.open();
    expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
  });

  it('can be started again after a start that failed', async () => {
    const app = await startIdle();
    await test.sql('alter table tasker_workers rename to gone');
    await expect(app.worker.start()).rejects.toThrow('tasker_workers');
    await app.worker.stop();
    await test.sql('alter table gone rename to tasker_workers');
    await app.worker.start();
    expect(app.worker.status.state).toBe('running');
  });
});

function startIdle(): Promise<TestApp> {
  const providers = [handlerOf('work', hold)];
  return test.start({ definitions: [WORKFLOW], providers, options: { worker: { autoStart: false } } });
}
