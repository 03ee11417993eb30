import { type StepDefinition } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { runThrough, untilQuiet } from '../support/fake-time.js';
import { Gate } from '../support/gate.js';
import { ConfigurableFailure, handlerOf, Stub } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const PERMANENT = { handler: 'configurable_failure', config: { failures: 9, permanent: true } };
const RETRIED = { handler: 'configurable_failure', config: { failures: 9 } };
const HELD = { handler: 'held' };
const WELL = { handler: 'stub' };

let gate: Gate;
beforeEach(() => (gate = new Gate()));

async function start(steps: readonly StepDefinition[], clock?: FakeClock): Promise<TestApp & { taskId: number }> {
  const app = await test.start({
    definitions: [{ name: 'branches', steps }],
    providers: [ConfigurableFailure, Stub, handlerOf('held', async () => gate.pass())],
    clock,
  });
  const { taskId } = await app.tasker.createTask({ name: 'branches' });
  return { ...app, taskId };
}

const states = async ({ tasker, taskId }: { tasker: TestApp['tasker']; taskId: number }) =>
  Object.fromEntries((await tasker.listSteps(taskId)).map(({ name, state }) => [name, state]));

it('lets independent branches finish before a failure becomes that of the task', async () => {
  const app = await start([
    { name: 'broken', ...PERMANENT },
    { name: 'behind', ...WELL, dependsOn: ['broken'] },
    { name: 'held', ...HELD },
    { name: 'after', ...WELL, dependsOn: ['held'] },
    { name: 'last', ...WELL, dependsOn: ['after'] },
  ]);
  await gate.arrived();
  await waitFor(async () => (await states(app)).broken === 'error');
  expect(await app.tasker.getTask(app.taskId)).toMatchObject({
    state: 'in_progress',
    failedSteps: 1,
    finishedAt: null,
  });
  gate.open();
  const task = await app.tasker.waitForTask(app.taskId);
  expect(task).toMatchObject({ state: 'error', failedSteps: 1, openSteps: 2 });
  expect(await states(app)).toEqual({
    broken: 'error',
    behind: 'pending',
    held: 'complete',
    after: 'complete',
    last: 'complete',
  });
});

it('keeps a task running while a step only waits for its next attempt', async () => {
  const app = await start(
    [
      { name: 'broken', ...PERMANENT },
      { name: 'retried', ...RETRIED },
    ],
    new FakeClock(),
  );
  const { final, next } = await untilQuiet(test, app.clock!.now(), app.taskId);
  expect(final).toBe(false);
  expect(next).not.toBeNull();
  expect((await app.tasker.getTask(app.taskId)).state).toBe('in_progress');
  await runThrough(test, app, app.taskId);
  expect(await app.tasker.getTask(app.taskId)).toMatchObject({ state: 'error', failedSteps: 2 });
});

it('leaves what waits for a failed step alone: not tried, not failed, not cancelled', async () => {
  const app = await start([
    { name: 'well', ...WELL },
    { name: 'broken', ...PERMANENT },
    { name: 'join', ...WELL, dependsOn: ['well', 'broken'] },
    { name: 'end', ...WELL, dependsOn: ['join'] },
  ]);
  expect((await app.tasker.waitForTask(app.taskId)).state).toBe('error');
  for (const step of (await app.tasker.listSteps(app.taskId)).slice(2)) {
    expect(step).toMatchObject({ state: 'pending', attempts: 0, readyAt: null, error: null });
  }
});

it('is complete when every step is complete, resolved by hand or skipped', async () => {
  const app = await start([
    { name: 'well', ...WELL },
    { name: 'held', ...HELD },
    { name: 'resolved', ...WELL, dependsOn: ['held'] },
    { name: 'skipped', ...WELL, dependsOn: ['held'], skippable: true },
  ]);
  await gate.arrived();
  const { steps } = await app.tasker.getTask(app.taskId);
  await app.tasker.resolveStep(steps[2]!.stepId, { by: 'hand' });
  await app.tasker.skipStep(steps[3]!.stepId);
  expect((await app.tasker.getTask(app.taskId)).state).toBe('in_progress');
  gate.open();
  expect(await app.tasker.waitForTask(app.taskId)).toMatchObject({ state: 'complete', openSteps: 0, failedSteps: 0 });
  expect(await states(app)).toEqual({
    well: 'complete',
    held: 'complete',
    resolved: 'resolved_manually',
    skipped: 'skipped',
  });
});

it('is cancelled when the rest is done and something was cancelled, and in error when something failed too', async () => {
  for (const [other, end] of [
    [WELL, 'cancelled'],
    [PERMANENT, 'error'],
  ] as const) {
    const app = await start([
      { name: 'held', ...HELD },
      { name: 'other', ...other, dependsOn: ['held'] },
      { name: 'unwanted', ...WELL, dependsOn: ['held'] },
    ]);
    await gate.arrived();
    const { steps } = await app.tasker.getTask(app.taskId);
    expect(await app.tasker.cancelStep(steps[2]!.stepId)).toMatchObject({ after: 'in_progress' });
    gate.open();
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe(end);
    expect((await states(app)).unwanted).toBe('cancelled');
    await app.close();
    gate = new Gate();
    await test.sql('truncate tasker_task_namespaces cascade');
  }
});

it('writes each of its moves once, with the figures of its end', async () => {
  const app = await start([
    { name: 'one', ...WELL },
    { name: 'two', ...PERMANENT },
  ]);
  await app.tasker.waitForTask(app.taskId);
  const history = await app.tasker.taskHistory(app.taskId);
  expect(history.map(({ fromState, toState }) => [fromState, toState])).toEqual([
    [null, 'pending'],
    ['pending', 'in_progress'],
    ['in_progress', 'error'],
  ]);
  expect(history[2]!.metadata).toMatchObject({ failed_steps: 1, total_steps: 2 });
});
