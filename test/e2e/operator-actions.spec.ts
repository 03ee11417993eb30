import { type StepContext, type StepDefinition, type StepHandler } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { untilQuiet } from '../support/fake-time.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

/** What is broken at present, by the name of the step. */
let broken: Set<string>;
let calls: { step: string; attempt: number; read: unknown }[];
beforeEach(() => {
  broken = new Set();
  calls = [];
});

const work: StepHandler['process'] = ({ step, attempt, sequence }: StepContext) => {
  const read = Object.fromEntries(
    sequence.steps.map(({ name, state, results }) => [name, [state, results as unknown]]),
  );
  calls.push({ step: step.name, attempt, read });
  if (broken.has(step.name)) throw new Error(`${step.name} is broken`);
  return { by: step.name };
};

async function start(steps: readonly StepDefinition[], ...names: string[]) {
  broken = new Set(names);
  const app = await test.start({
    definitions: [{ name: 'operated', steps: steps.map((step) => ({ handler: 'work', retryLimit: 2, ...step })) }],
    providers: [handlerOf('work', work)],
    clock: new FakeClock(),
  });
  const { taskId } = await app.tasker.createTask({ name: 'operated' });
  await settle(app, taskId);
  const ids = new Map((await app.tasker.listSteps(taskId)).map((step) => [step.name, step.stepId]));
  return { ...app, taskId, step: (name: string) => ids.get(name)! };
}

/** Lets time pass until nothing more happens by itself. */
async function settle(app: TestApp, taskId: number): Promise<void> {
  for (;;) {
    const { next } = await untilQuiet(test, app.clock!.now(), taskId);
    if (!next) return;
    app.clock!.advance(next.getTime() - app.clock!.now().getTime());
  }
}

const standing = async ({ tasker }: TestApp, taskId: number) => {
  const { state, steps } = await tasker.getTask(taskId);
  return { task: state, ...Object.fromEntries(steps.map((step) => [step.name, step.state])) };
};

const CHAIN = [{ name: 'one' }, { name: 'two', dependsOn: ['one'] }, { name: 'three', dependsOn: ['two'] }];
const actor = { by: 'anna', reason: 'the supplier is back' };

describe('retryTask', () => {
  it('runs every failed step of a task in error again, and what waited for them', async () => {
    const app = await start([{ name: 'a' }, { name: 'b' }, { name: 'join', dependsOn: ['a', 'b'] }], 'a', 'b');
    expect(await standing(app, app.taskId)).toEqual({ task: 'error', a: 'error', b: 'error', join: 'pending' });
    broken.clear();
    expect(await app.tasker.retryTask(app.taskId, actor)).toMatchObject({ before: 'error', after: 'pending' });
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe('complete');
    const moves = (await app.tasker.taskHistory(app.taskId)).map((row) => row.toState);
    expect(moves).toEqual(['pending', 'in_progress', 'error', 'pending', 'in_progress', 'complete']);
    expect(await app.tasker.taskHistory(app.taskId)).toContainEqual(
      expect.objectContaining({ toState: 'pending', metadata: { cause: 'operator', action: 'retry', ...actor } }),
    );
  });

  it('gives one more attempt, and room for it in the limit', async () => {
    const app = await start([{ name: 'a' }], 'a');
    await app.tasker.retryTask(app.taskId);
    await settle(app, app.taskId);
    const [step] = await app.tasker.listSteps(app.taskId);
    expect(step).toMatchObject({ state: 'error', attempts: 3, retryLimit: 3, readyAt: null });
    expect(calls.map((call) => call.attempt)).toEqual([1, 2, 3]);
    expect((await app.tasker.getTask(app.taskId)).state).toBe('error');
  });

  it('gives all attempts again when they are reset', async () => {
    const app = await start([{ name: 'a' }], 'a');
    await app.tasker.retryTask(app.taskId, { resetAttempts: true });
    await settle(app, app.taskId);
    expect((await app.tasker.listSteps(app.taskId))[0]).toMatchObject({ state: 'error', attempts: 2, retryLimit: 2 });
    expect(calls.map((call) => call.attempt)).toEqual([1, 2, 1, 2]);
  });

  it('forgets the workers that a step has taken down, when attempts are reset and only then', async () => {
    const app = await start([{ name: 'a' }], 'a');
    await test.sql('update tasker_workflow_steps set worker_losses = 3');
    const losses = () => test.sql<{ n: number }>('select worker_losses as n from tasker_workflow_steps');
    await app.tasker.retryTask(app.taskId);
    await settle(app, app.taskId);
    expect(await losses()).toEqual([{ n: 3 }]);
    await app.tasker.retryTask(app.taskId, { resetAttempts: true });
    expect(await losses()).toEqual([{ n: 0 }]);
  });

  it('tries a step once more that is declared not retryable', async () => {
    const app = await start([{ name: 'a', retryable: false }], 'a');
    broken.clear();
    await app.tasker.retryTask(app.taskId);
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe('complete');
    expect(calls.map((call) => call.attempt)).toEqual([1, 2]);
  });
});

describe('retryStep', () => {
  it('runs one failed step again and leaves the other alone', async () => {
    const app = await start([{ name: 'a' }, { name: 'b' }], 'a', 'b');
    broken.clear();
    await app.tasker.retryStep(app.step('a'), actor);
    await settle(app, app.taskId);
    expect(await standing(app, app.taskId)).toEqual({ task: 'error', a: 'complete', b: 'error' });
    await app.tasker.retryStep(app.step('b'), { resetAttempts: true });
    await settle(app, app.taskId);
    expect(await standing(app, app.taskId)).toEqual({ task: 'complete', a: 'complete', b: 'complete' });
    expect(calls.filter((call) => call.step === 'b').map((call) => call.attempt)).toEqual([1, 2, 1]);
  });

  it('does not wait for the backoff of a step that would be tried again anyway', async () => {
    const steps = [{ name: 'a', retryLimit: 5, backoff: { delaysSeconds: [200] } }];
    broken.add('a');
    const app = await test.start({
      definitions: [{ name: 'operated', steps: steps.map((step) => ({ handler: 'work', ...step })) }],
      providers: [handlerOf('work', work)],
      clock: new FakeClock(),
    });
    const { taskId } = await app.tasker.createTask({ name: 'operated' });
    const { next } = await untilQuiet(test, app.clock!.now(), taskId);
    expect(next!.getTime() - app.clock!.now().getTime()).toBeGreaterThan(100_000);
    broken.clear();
    await app.tasker.retryStep((await app.tasker.listSteps(taskId))[0]!.stepId);
    expect((await app.tasker.waitForTask(taskId)).steps[0]).toMatchObject({ attempts: 2, retryLimit: 5 });
  });
});

describe('resolveStep', () => {
  it('lets the dependents go on, with the results that it is given', async () => {
    const app = await start(CHAIN, 'two');
    const result = await app.tasker.resolveStep(app.step('two'), { looked_up: 'by hand' }, actor);
    expect(result).toMatchObject({ before: 'error', after: 'pending' });
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe('complete');
    const three = calls.find((call) => call.step === 'three')!;
    expect(three.read).toEqual({
      one: ['complete', { by: 'one' }],
      two: ['resolved_manually', { looked_up: 'by hand' }],
    });
    const two = (await app.tasker.listSteps(app.taskId))[1]!;
    expect(two).toMatchObject({ state: 'resolved_manually', error: null, processedAt: expect.any(Date) as Date });
    expect((await app.tasker.stepHistory(two.stepId)).at(-1)).toMatchObject({
      fromState: 'error',
      metadata: { action: 'resolve', attempt: 2, ...actor },
    });
  });

  it('may be done before the step had its turn; what it waits for runs all the same', async () => {
    const app = await start([...CHAIN.slice(0, 2), { name: 'three', dependsOn: ['two'] }], 'one');
    await app.tasker.resolveStep(app.step('three'));
    broken.clear();
    await app.tasker.retryTask(app.taskId);
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe('complete');
    expect(calls.map((call) => call.step)).toEqual(['one', 'one', 'one', 'two']);
  });

  it('completes the task when it was the last open step', async () => {
    const app = await start(CHAIN, 'three');
    expect(await app.tasker.resolveStep(app.step('three'))).toMatchObject({ before: 'error', after: 'complete' });
    const moves = (await app.tasker.taskHistory(app.taskId)).map((row) => row.toState);
    expect(moves).toEqual(['pending', 'in_progress', 'error', 'pending', 'in_progress', 'complete']);
  });

  it('refuses results that cannot be stored, and changes nothing', async () => {
    const app = await start(CHAIN, 'two');
    const before = await app.tasker.getTask(app.taskId);
    await expect(app.tasker.resolveStep(app.step('two'), { n: 1n })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [expect.objectContaining({ path: 'results' })],
    });
    expect(await app.tasker.getTask(app.taskId)).toEqual(before);
  });
});

describe('skipStep', () => {
  it('leaves a skippable step out; its dependents go on and read that it has no results', async () => {
    const steps = CHAIN.map((step) => ({ ...step, skippable: step.name === 'two' }));
    const app = await start(steps, 'two');
    await app.tasker.skipStep(app.step('two'), actor);
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe('complete');
    expect(calls.find((call) => call.step === 'three')!.read).toMatchObject({ two: ['skipped', null] });
  });
});

describe('resolveTask', () => {
  it('declares a task in error dealt with, and touches none of its steps', async () => {
    const app = await start(CHAIN, 'two');
    const before = await standing(app, app.taskId);
    expect(await app.tasker.resolveTask(app.taskId, actor)).toMatchObject({ after: 'resolved_manually' });
    expect(await standing(app, app.taskId)).toEqual({ ...before, task: 'resolved_manually' });
    broken.clear();
    app.clock!.advance(86_400_000);
    await settle(app, app.taskId);
    expect(calls).toHaveLength(3);
  });
});

describe('cancelStep', () => {
  it('cancels with it every step that could only run after it, and nothing else', async () => {
    const app = await start(
      [
        { name: 'root' },
        { name: 'left', dependsOn: ['root'] },
        { name: 'left_child', dependsOn: ['left'] },
        { name: 'right', dependsOn: ['root'] },
        { name: 'right_child', dependsOn: ['right'] },
        { name: 'join', dependsOn: ['left_child', 'right_child'] },
      ],
      'root',
    );
    await app.tasker.cancelStep(app.step('left'), actor);
    broken.clear();
    await app.tasker.retryTask(app.taskId);
    expect((await app.tasker.waitForTask(app.taskId)).state).toBe('cancelled');
    expect(await standing(app, app.taskId)).toEqual({
      task: 'cancelled',
      root: 'complete',
      left: 'cancelled',
      left_child: 'cancelled',
      right: 'complete',
      right_child: 'complete',
      join: 'cancelled',
    });
  });

  it('ends the task when nothing is left to do', async () => {
    const app = await start(CHAIN, 'two');
    expect(await app.tasker.cancelStep(app.step('two'))).toMatchObject({ before: 'error', after: 'cancelled' });
    expect(await standing(app, app.taskId)).toEqual({
      task: 'cancelled',
      one: 'complete',
      two: 'cancelled',
      three: 'cancelled',
    });
  });
});
