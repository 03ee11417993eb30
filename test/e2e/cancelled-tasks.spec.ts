import { AttemptAborted, type StepContext, type WorkflowDefinition } from 'nestjs-tasker';
import { Gate } from '../support/gate.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

/** Done, failing with a far retry, running, and two that wait for what runs. */
const WORKFLOW: WorkflowDefinition = {
  name: 'half_done',
  steps: [
    { name: 'done', handler: 'stub' },
    { name: 'failing', handler: 'failing', backoff: { delaysSeconds: [300] } },
    { name: 'running', handler: 'held', dependsOn: ['done'] },
    { name: 'next', handler: 'stub', dependsOn: ['running'] },
    { name: 'last', handler: 'stub', dependsOn: ['next'] },
  ],
};

let held: Gate;
let aborted: unknown[];
beforeEach(() => {
  held = new Gate();
  aborted = [];
});

/** Waits at the gate; notes why its signal was aborted, and goes on regardless. */
async function hold({ signal }: StepContext): Promise<string> {
  signal.addEventListener('abort', () => aborted.push(signal.reason));
  await held.pass();
  return 'held';
}

function failing(): never {
  throw new Error('not now');
}

async function startHalfDone(options?: Parameters<typeof test.start>[0]): Promise<TestApp & { taskId: number }> {
  const providers = [Stub, handlerOf('held', hold), handlerOf('failing', failing)];
  const app = await test.start({ definitions: [WORKFLOW], providers, ...options });
  const { taskId } = await app.tasker.createTask({ name: WORKFLOW.name });
  await held.arrived();
  await waitFor(async () => (await app.tasker.getTask(taskId)).steps[1]!.state === 'error');
  return { ...app, taskId };
}

const states = async ({ tasker, taskId }: { tasker: TestApp['tasker']; taskId: number }) => {
  const { state, steps } = await tasker.getTask(taskId);
  return [state, ...steps.map((step) => step.state)];
};

it('cancels every open step in the same commit as the task, and leaves what is done', async () => {
  const app = await startHalfDone();
  const result = await app.tasker.cancelTask(app.taskId, { by: 'anna', reason: 'changed her mind' });
  expect(result).toMatchObject({ taskId: app.taskId, before: 'in_progress', after: 'cancelled' });
  expect(await states(app)).toEqual(['cancelled', 'complete', 'cancelled', 'cancelled', 'cancelled', 'cancelled']);
  const moves = await test.sql<{ created_at: Date; xmin: string; metadata: object }>(
    `select created_at, xmin::text, metadata from tasker_workflow_step_transitions where to_state = 'cancelled'
     union all select created_at, xmin::text, metadata from tasker_task_transitions where to_state = 'cancelled'`,
  );
  expect(moves).toHaveLength(5);
  expect(new Set(moves.map(({ xmin }) => xmin)).size).toBe(1);
  for (const { metadata } of moves) {
    expect(metadata).toMatchObject({ cause: 'operator', action: 'cancel', by: 'anna', reason: 'changed her mind' });
  }
});

it('aborts the handlers that run, saying why', async () => {
  const app = await startHalfDone();
  await app.tasker.cancelTask(app.taskId);
  expect(aborted).toEqual([expect.any(AttemptAborted)]);
  expect(aborted[0]).toMatchObject({ cause: 'cancelled' });
  await waitFor(() => app.worker.status.running === 0);
});

it('changes nothing any more when the handler answers after all, and starts nothing that waited for it', async () => {
  const app = await startHalfDone();
  await app.tasker.cancelTask(app.taskId);
  const before = await app.tasker.getTask(app.taskId);
  held.open();
  await app.worker.stop();
  expect(await app.tasker.getTask(app.taskId)).toEqual(before);
  expect(
    app
      .get(Stub)
      .registry.of(app.taskId)
      .map((call) => call.step),
  ).toEqual(['done']);
});

it('fences off a result that was on its way already', async () => {
  const app = await startHalfDone();
  // The state machine alone tells nobody: the handler goes on as if in a process that has not heard yet.
  await app.machine.cancelTask(app.taskId);
  held.open();
  await waitFor(() => app.worker.status.fencedResults === 1);
  expect(await states(app)).toEqual(['cancelled', 'complete', 'cancelled', 'cancelled', 'cancelled', 'cancelled']);
  expect((await app.tasker.getTask(app.taskId)).steps[2]).toMatchObject({ results: null, claimedBy: null });
});

it('aborts the handlers of other processes long before their next heartbeat', async () => {
  const app = await startHalfDone({ options: { worker: { leaseMs: 3_600_000 } } });
  const other = await test.start({ definitions: [WORKFLOW], options: { worker: false } });
  await other.tasker.cancelTask(app.taskId);
  await waitFor(() => aborted.length === 1, { message: 'the handler to be aborted' });
  expect(aborted[0]).toMatchObject({ cause: 'cancelled' });
});

it('aborts a step that is cancelled alone, here and in other processes', async () => {
  for (const elsewhere of [false, true]) {
    const app = await startHalfDone({ options: { worker: { leaseMs: 3_600_000 } } });
    const operator = elsewhere ? await test.start({ definitions: [WORKFLOW], options: { worker: false } }) : app;
    const { steps } = await app.tasker.getTask(app.taskId);
    await operator.tasker.cancelStep(steps[2]!.stepId);
    await waitFor(() => aborted.length === 1, { message: 'the handler to be aborted' });
    expect(aborted.splice(0)[0]).toBeInstanceOf(AttemptAborted);
    expect(await states(app)).toEqual(['in_progress', 'complete', 'error', 'cancelled', 'cancelled', 'cancelled']);
    held.open();
    await app.close();
    held = new Gate();
  }
});

it('tells those who wait for the task', async () => {
  const app = await startHalfDone();
  const waiting = app.tasker.waitForTask(app.taskId);
  await app.tasker.cancelTask(app.taskId);
  expect((await waiting).state).toBe('cancelled');
});

it('never runs a task that was cancelled before it started', async () => {
  const app = await test.start({
    definitions: [WORKFLOW],
    providers: [Stub, handlerOf('held', hold), handlerOf('failing', failing)],
    options: { worker: { autoStart: false } },
  });
  const { taskId } = await app.tasker.createTask({ name: WORKFLOW.name });
  const { taskId: marker } = await app.tasker.createTask({ name: WORKFLOW.name });
  await app.tasker.cancelTask(taskId);
  await app.worker.start();
  await held.arrived();
  expect(app.get(Stub).registry.calls.map((call) => call.taskId)).toEqual([marker]);
  const task = await app.tasker.getTask(taskId);
  expect(task).toMatchObject({ state: 'cancelled', startedAt: null, finishedAt: expect.any(Date) as Date });
  expect((await app.tasker.taskHistory(taskId)).map((row) => row.toState)).toEqual(['pending', 'cancelled']);
  held.open();
});
