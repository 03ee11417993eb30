import { InvalidTransitionError, NotFoundError, TaskerError, type TaskState, ValidationError } from 'nestjs-tasker';
import { Gate } from '../support/gate.js';
import { ConfigurableFailure, handlerOf, Stub } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const gate = new Gate();

/** A task in each state, made by what brings a task there. */
type Tasks = Record<TaskState, number>;

async function startAll(): Promise<TestApp & { tasks: Tasks }> {
  const app = await test.start({
    definitions: [
      { name: 'well', steps: [{ name: 'only', handler: 'stub' }] },
      {
        name: 'broken',
        steps: [
          { name: 'only', handler: 'configurable_failure', config: { failures: 99, permanent: true } },
          { name: 'next', handler: 'stub', dependsOn: ['only'] },
        ],
      },
      {
        name: 'held',
        steps: [
          { name: 'only', handler: 'held' },
          { name: 'next', handler: 'stub', dependsOn: ['only'] },
        ],
      },
    ],
    providers: [Stub, ConfigurableFailure, handlerOf('held', () => gate.pass())],
    options: { worker: { shutdownGraceMs: 0 } },
  });
  const create = async (name: string, runAt?: Date) => (await app.tasker.createTask({ name, runAt })).taskId;
  const tasks: Tasks = {
    pending: await create('held', new Date(Date.now() + 3_600_000)),
    in_progress: await create('held'),
    complete: await create('well'),
    error: await create('broken'),
    cancelled: await create('held'),
    resolved_manually: await create('broken'),
  };
  await waitFor(async () => (await app.tasker.getTask(tasks.in_progress)).state === 'in_progress');
  for (const state of ['complete', 'error', 'resolved_manually'] as const) await app.tasker.waitForTask(tasks[state]);
  await app.tasker.cancelTask(tasks.cancelled);
  await app.tasker.resolveTask(tasks.resolved_manually);
  return { ...app, tasks };
}

/** Every refusal says what was asked for, in which state the thing is, and what can be done instead. */
function expectRefusal(error: unknown, action: string, state: string, allowed: readonly string[]): void {
  expect(error).toBeInstanceOf(InvalidTransitionError);
  const refusal = error as InvalidTransitionError;
  expect([...refusal.allowed].sort()).toEqual([...allowed].sort());
  expect(refusal.message).toContain(`Cannot ${action} `);
  expect(refusal.message).toContain(state);
  for (const possible of allowed) expect(refusal.message).toContain(possible);
}

it('refuses what the state of a task does not allow, says so, and changes nothing', async () => {
  const app = await startAll();
  const allowed: Record<TaskState, string[]> = {
    pending: ['cancel', 'pause'],
    in_progress: ['cancel', 'pause'],
    complete: ['cancel'],
    error: ['cancel', 'retry', 'resolve', 'pause'],
    cancelled: [],
    resolved_manually: ['cancel'],
  };
  const actions = {
    cancel: (id: number) => app.tasker.cancelTask(id),
    retry: (id: number) => app.tasker.retryTask(id),
    resolve: (id: number) => app.tasker.resolveTask(id),
  };
  const dump = () => Promise.all(Object.values(app.tasks).map((id) => app.tasker.getTask(id)));
  const before = await dump();
  for (const [state, taskId] of Object.entries(app.tasks) as [TaskState, number][]) {
    for (const [action, act] of Object.entries(actions)) {
      if (allowed[state].includes(action)) continue;
      const error: unknown = await act(taskId).catch((refused: unknown) => refused);
      expectRefusal(error, action, state, allowed[state]);
    }
  }
  expect(await dump()).toEqual(before);
});

it('allows what the matrix allows: a task can be cancelled in every state but one', async () => {
  const app = await startAll();
  for (const [state, taskId] of Object.entries(app.tasks)) {
    if (state === 'cancelled') continue;
    expect(await app.tasker.cancelTask(taskId)).toMatchObject({ before: state, after: 'cancelled' });
  }
});

it('refuses what the state of a step does not allow, and says what it does', async () => {
  const app = await startAll();
  const step = async (taskId: number, position = 0) => (await app.tasker.listSteps(taskId))[position]!.stepId;
  const actions = {
    cancel: (id: number) => app.tasker.cancelStep(id),
    retry: (id: number) => app.tasker.retryStep(id),
    resolve: (id: number) => app.tasker.resolveStep(id),
    skip: (id: number) => app.tasker.skipStep(id),
  };
  const { pending, in_progress, complete, error, cancelled, resolved_manually } = app.tasks;
  const cases = [
    [await step(in_progress), 'it is in_progress', ['cancel'], ['retry', 'resolve', 'skip']],
    [await step(pending), 'it is pending', ['cancel', 'resolve'], ['retry']],
    [await step(error, 1), 'it is pending', ['cancel', 'resolve'], ['retry']],
    [await step(complete), 'it is of a task that is complete', [], ['cancel', 'retry', 'resolve', 'skip']],
    [await step(cancelled), 'it is of a task that is cancelled', [], ['cancel', 'retry', 'resolve', 'skip']],
    [await step(resolved_manually), 'it is of a task that is resolved_manually', [], ['cancel', 'retry', 'resolve']],
  ] as const;
  for (const [stepId, state, allowed, refused] of cases) {
    for (const action of refused) {
      const failure: unknown = await actions[action](stepId).catch((reason: unknown) => reason);
      expectRefusal(failure, action, state, allowed);
    }
  }
});

it('refuses to skip a step that is not declared skippable, and says what to do instead', async () => {
  const app = await startAll();
  const [step] = await app.tasker.listSteps(app.tasks.error);
  const refused: unknown = await app.tasker.skipStep(step!.stepId).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TaskerError);
  expect(refused).toMatchObject({ code: 'STEP_NOT_SKIPPABLE', hint: expect.stringContaining('resolve') as string });
});

it('knows nothing of ids that do not exist, and refuses what is no id', async () => {
  const app = await startAll();
  const { tasker } = app;
  const byTask = [
    'getTask',
    'cancelTask',
    'retryTask',
    'resolveTask',
    'waitForTask',
    'listSteps',
    'taskHistory',
  ] as const;
  const byStep = ['cancelStep', 'retryStep', 'resolveStep', 'skipStep', 'stepHistory'] as const;
  for (const method of [...byTask, ...byStep]) {
    const call = (id: number) => (tasker[method] as (id: number) => Promise<unknown>).call(tasker, id);
    const isTask = (byTask as readonly string[]).includes(method);
    const missing: unknown = await call(999_999_999).catch((error: unknown) => error);
    if (method === 'taskHistory' || method === 'stepHistory') expect(missing).toEqual([]);
    else {
      expect(missing).toBeInstanceOf(NotFoundError);
      expect(missing).toMatchObject({ code: isTask ? 'TASK_NOT_FOUND' : 'STEP_NOT_FOUND' });
    }
    for (const wrong of [
      0,
      -1,
      1.5,
      NaN,
      Infinity,
      2 ** 53,
      '7' as unknown as number,
      undefined as unknown as number,
    ]) {
      await expect(call(wrong)).rejects.toBeInstanceOf(ValidationError);
    }
  }
});

it('refuses an actor that cannot be stored, in a word about the field', async () => {
  const app = await startAll();
  const id = app.tasks.in_progress;
  for (const actor of [{ by: 'a\0b' }, { reason: '\uD800' }]) {
    await expect(app.tasker.cancelTask(id, actor)).rejects.toBeInstanceOf(ValidationError);
  }
  expect((await app.tasker.getTask(id)).state).toBe('in_progress');
});

it('refuses an annotation that cannot be stored, in a word about the field', async () => {
  const { tasker, tasks } = await startAll();
  await expect(tasker.annotate(tasks.complete, 'note', { n: 1n })).rejects.toBeInstanceOf(ValidationError);
  for (const type of ['', 'x'.repeat(65), 'a\0b']) {
    await expect(tasker.annotate(tasks.complete, type, {})).rejects.toBeInstanceOf(ValidationError);
  }
  const annotation = await tasker.annotate(tasks.complete, 'note', { text: 'checked' });
  expect((await tasker.getTask(tasks.complete)).annotations).toEqual([annotation]);
});
