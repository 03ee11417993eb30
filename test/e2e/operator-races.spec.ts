import { InvalidTransitionError, type StepContext } from 'nestjs-tasker';
import { DIAMOND, parallel } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const QUICK = { delaysSeconds: [0, 0, 0, 0], jitter: 0 };

/** A generator of numbers in [0, 1) that is the same in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it('leaves rows that fit together, and every task at its end, when operators act at random on what runs', async () => {
  const failing = dice(7);
  const flaky = async ({ signal }: StepContext) => {
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (failing() < 0.3) throw new Error('unlucky');
    return 'done';
  };
  const definition = {
    ...DIAMOND,
    steps: DIAMOND.steps.map((step) => ({ ...step, handler: 'flaky', retryLimit: 2, skippable: true, backoff: QUICK })),
  };
  const start = () => test.start({ definitions: [definition], providers: [handlerOf('flaky', flaky)] });
  const apps = [await start(), await start()];
  const handles = await apps[0]!.tasker.createTasks(Array.from({ length: 60 }, () => ({ name: definition.name })));
  const steps = await test.sql<{ step: string; task: string }>(
    'select workflow_step_id as step, task_id as task from tasker_workflow_steps',
  );
  let accepted = 0;
  const operate = async (app: TestApp, chance: () => number): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      const { step, task } = steps[Math.floor(chance() * steps.length)]!;
      const actions = [
        () => app.tasker.retryStep(Number(step), { resetAttempts: chance() < 0.5 }),
        () => app.tasker.resolveStep(Number(step), { by: 'hand' }),
        () => app.tasker.skipStep(Number(step)),
        () => app.tasker.retryTask(Number(task)),
        () => app.tasker.retryTask(Number(task), { resetAttempts: true }),
        () => app.tasker.cancelStep(Number(step)),
        () => (chance() < 0.2 ? app.tasker.cancelTask(Number(task)) : app.tasker.retryTask(Number(task))),
      ];
      try {
        await actions[Math.floor(chance() * actions.length)]!();
        accepted++;
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidTransitionError);
      }
    }
  };
  await Promise.all([1, 2, 3, 4].map((seed) => operate(apps[seed % 2]!, dice(seed))));
  expect(accepted).toBeGreaterThan(10);
  await Promise.all(handles.map(({ taskId }) => apps[0]!.tasker.waitForTask(taskId)));
});

it('decides between a cancellation and a result that comes at the same moment, never both', async () => {
  const gate = new Gate();
  const app = await test.start({
    definitions: [parallel(3, 'held')],
    providers: [handlerOf('held', async () => (await gate.pass(), { done: true }))],
    options: { worker: { concurrency: 200 } },
  });
  const handles = await app.tasker.createTasks(Array.from({ length: 60 }, () => ({ name: 'parallel_of_3' })));
  await gate.arrived(60);
  const cancelling = handles.map(({ taskId }) => app.machine.cancelTask(taskId));
  gate.open();
  const results = await Promise.all(cancelling);
  expect(new Set(results.map(({ after }) => after))).toEqual(new Set(['cancelled']));
  await waitFor(() => app.worker.status.running === 0 && app.worker.status.unwrittenResults === 0);
  await app.worker.stop();
  const rows = await test.sql<{ state: string; results: unknown; count: number }>(
    'select state, results, count(*)::integer from tasker_workflow_steps group by 1, 2 order by 1',
  );
  for (const { state, results: stored } of rows) {
    expect([state, stored]).toEqual(state === 'complete' ? ['complete', { done: true }] : ['cancelled', null]);
  }
  expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(60 * 5);
});

it('carries out one of many equal actions that come at once, and refuses the others', async () => {
  const gate = new Gate();
  const broken = { value: true };
  const app = await test.start({
    definitions: [{ name: 'one', steps: [{ name: 'only', handler: 'held', retryLimit: 1 }] }],
    providers: [
      handlerOf('held', async ({ attempt }) => {
        if (broken.value) throw new Error('broken');
        await gate.pass();
        return { attempt };
      }),
    ],
  });
  const { taskId } = await app.tasker.createTask({ name: 'one' });
  await app.tasker.waitForTask(taskId);
  broken.value = false;
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => app.tasker.retryTask(taskId)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(InvalidTransitionError);
  }
  gate.open();
  const task = await app.tasker.waitForTask(taskId);
  expect(task.steps[0]).toMatchObject({ attempts: 2, retryLimit: 2, results: { attempt: 2 } });
  expect(gate.arrivals).toBe(1);
});

it('takes an action on a step just as its backoff ends: it runs once, not twice', async () => {
  const calls: string[] = [];
  const app = await test.start({
    definitions: [
      {
        name: 'once_more',
        steps: [{ name: 'only', handler: 'second_time', retryLimit: 5, backoff: { delaysSeconds: [0.05], jitter: 0 } }],
      },
    ],
    providers: [
      handlerOf('second_time', ({ step, attempt }) => {
        calls.push(`${step.stepId}:${attempt}`);
        if (attempt === 1) throw new Error('the first time');
        return null;
      }),
    ],
  });
  const handles = await app.tasker.createTasks(Array.from({ length: 40 }, () => ({ name: 'once_more' })));
  const ids = await test.sql<{ id: string }>('select workflow_step_id as id from tasker_workflow_steps');
  await waitFor(() => calls.length > 0);
  const acts = await Promise.allSettled(ids.map(({ id }) => app.tasker.retryStep(Number(id))));
  for (const act of acts) if (act.status === 'rejected') expect(act.reason).toBeInstanceOf(InvalidTransitionError);
  const tasks = await Promise.all(handles.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  for (const task of tasks) expect(task).toMatchObject({ state: 'complete', steps: [{ attempts: 2 }] });
  expect(calls).toHaveLength(80);
  expect(new Set(calls).size).toBe(80);
});
