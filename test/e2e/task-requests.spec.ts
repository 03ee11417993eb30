import { ContextValidationError, NotFoundError, ValidationError, type WorkflowDefinition } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { chain } from '../support/dags.js';
import { untilQuiet } from '../support/fake-time.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

const ORDER: WorkflowDefinition = {
  name: 'order',
  namespace: 'shop',
  version: '1.2.0',
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      currency: { type: 'string', default: 'EUR' },
      lines: {
        type: 'array',
        items: { type: 'object', properties: { price: { type: 'number' } }, required: ['price'] },
      },
    },
    required: ['id'],
  },
  steps: [
    { name: 'validate', handler: 'stub' },
    { name: 'notify', handler: 'stub', dependsOn: ['validate'], skippable: true },
    { name: 'ship', handler: 'stub', dependsOn: ['notify'] },
  ],
};

const versioned = (version: string): WorkflowDefinition => ({ ...chain(1), name: 'versioned', version });
const start = (...definitions: WorkflowDefinition[]) => test.start({ definitions, providers: [Stub] });
const idle = (...definitions: WorkflowDefinition[]) => test.start({ definitions, options: { worker: false } });
const countTasks = async () => (await test.sql('select from tasker_tasks')).length;

it('stores what the request says, and what it leaves out', async () => {
  const { tasker } = await idle(ORDER);
  const whole = {
    initiator: 'anna',
    sourceSystem: 'web 🛒',
    reason: 'checkout',
    tags: ['vip', 'new customer'],
    priority: -7,
    correlationId: 'corr-1',
    requestedAt: new Date('2029-12-31T23:59:59.123Z'),
  };
  const { taskId, ...handle } = await tasker.createTask({
    name: 'order',
    namespace: 'shop',
    context: { id: 1 },
    ...whole,
  });
  expect(handle).toEqual({ created: true, namespace: 'shop', name: 'order', version: '1.2.0' });
  expect(await tasker.getTask(taskId)).toMatchObject({
    ...whole,
    state: 'pending',
    bypassSteps: [],
    totalSteps: 3,
    openSteps: 3,
    startedAt: null,
    finishedAt: null,
  });
  const plain = await tasker.createTask({ name: 'order', namespace: 'shop', context: { id: 1 } });
  expect(await tasker.getTask(plain.taskId)).toMatchObject({
    initiator: 'unknown',
    sourceSystem: 'unknown',
    reason: 'unknown',
    tags: [],
    priority: 0,
    correlationId: expect.stringMatching(/^tsk_/) as string,
  });
});

it('stores the context with the defaults of the schema, and hands that to the steps', async () => {
  const seen: unknown[] = [];
  const { tasker } = await test.start({
    definitions: [ORDER],
    providers: [handlerOf('stub', ({ task }) => seen.push(task.context))],
  });
  const context = Object.freeze({ id: 7 });
  const { taskId } = await tasker.createTask({ name: 'order', namespace: 'shop', context });
  const task = await tasker.waitForTask(taskId);
  expect(task.context).toEqual({ id: 7, currency: 'EUR' });
  expect(seen[0]).toEqual({ id: 7, currency: 'EUR' });
});

it('refuses a context that does not fit, naming every field, and creates nothing', async () => {
  const { tasker } = await idle(ORDER);
  const context = { currency: 5, lines: [{ price: 1 }, { price: 'two' }], colour: 'red' };
  const refused: unknown = await tasker
    .createTask({ name: 'order', namespace: 'shop', context })
    .catch((e: unknown) => e);
  expect(refused).toBeInstanceOf(ContextValidationError);
  const { code, errors } = refused as ContextValidationError;
  expect(code).toBe('INVALID_CONTEXT');
  expect(errors.map(({ path }) => path).sort()).toEqual([
    'context.colour',
    'context.currency',
    'context.id',
    'context.lines[1].price',
  ]);
  expect(await countTasks()).toBe(0);
});

it('refuses a request for what nobody knows, and names what is close', async () => {
  const { tasker } = await idle(ORDER, versioned('1.0.0'), versioned('2.0.0'));
  const refusal = async (request: { name: string; namespace?: string; version?: string }) => {
    const error: unknown = await tasker.createTask(request).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as NotFoundError).code).toBe('HANDLER_NOT_FOUND');
    return (error as NotFoundError).message;
  };
  expect(await refusal({ name: 'ordr', namespace: 'shop' })).toMatch(/Did you mean order\?/);
  expect(await refusal({ name: 'order' })).toMatch(/shop\.order/);
  expect(await refusal({ name: 'versioned', version: '3.0.0' })).toMatch(/there is 1\.0\.0, 2\.0\.0/);
  expect(await refusal({ name: 'versioned' })).toMatch(/there is 1\.0\.0, 2\.0\.0/);
  await expect(tasker.createTask({ name: 'versioned', version: 'newest' })).rejects.toBeInstanceOf(ValidationError);
  await expect(tasker.createTask({ name: 'order', nmespace: 'shop' } as never)).rejects.toBeInstanceOf(ValidationError);
  expect(await countTasks()).toBe(0);
});

it('takes the newest version that fits a range, an exact one, or the latest that is no pre-release', async () => {
  const versions = ['1.0.0', '1.4.2', '1.10.0', '2.0.0', '3.0.0-beta.1'];
  const { tasker } = await idle(...versions.map(versioned));
  const chosen = async (version: string) => (await tasker.createTask({ name: 'versioned', version })).version;
  expect(await chosen('1.4.2')).toBe('1.4.2');
  expect(await chosen('^1.0.0')).toBe('1.10.0');
  expect(await chosen('~1.4')).toBe('1.4.2');
  expect(await chosen('>=1.0.0 <2.0.0')).toBe('1.10.0');
  expect(await chosen('latest')).toBe('2.0.0');
  expect(await chosen('3.0.0-beta.1')).toBe('3.0.0-beta.1');
});

it('takes version 0.1.0 when none is named, else the only one there is', async () => {
  const { tasker } = await idle(versioned('0.1.0'), versioned('9.0.0'), ORDER);
  expect((await tasker.createTask({ name: 'versioned' })).version).toBe('0.1.0');
  expect((await tasker.createTask({ name: 'order', namespace: 'shop', context: { id: 1 } })).version).toBe('1.2.0');
});

it('leaves out the steps to bypass, whose dependents go on', async () => {
  const app = await start(ORDER);
  const request = { name: 'order', namespace: 'shop', context: { id: 1 } };
  const { taskId } = await app.tasker.createTask({ ...request, bypassSteps: ['notify'] });
  const task = await app.tasker.waitForTask(taskId);
  expect(task).toMatchObject({ state: 'complete', bypassSteps: ['notify'] });
  expect(task.steps.map(({ state, attempts }) => [state, attempts])).toEqual([
    ['complete', 1],
    ['skipped', 0],
    ['complete', 1],
  ]);
  expect(
    app
      .get(Stub)
      .registry.of(taskId)
      .map((call) => call.step),
  ).toEqual(['validate', 'ship']);
  for (const bypassSteps of [['validate'], ['no_such']]) {
    await expect(app.tasker.createTask({ ...request, bypassSteps })).rejects.toBeInstanceOf(ValidationError);
  }
});

it('is complete at once when all its steps are left out', async () => {
  const { tasker } = await idle({ ...chain(1), steps: [{ name: 'only', handler: 'stub', skippable: true }] });
  const { taskId } = await tasker.createTask({ name: 'chain_of_1', bypassSteps: ['only'] });
  expect(await tasker.waitForTask(taskId, { timeoutMs: 20_000 })).toMatchObject({ state: 'complete', openSteps: 0 });
});

it('runs tasks of higher priority first, and equal ones in the order in which they came', async () => {
  const order: unknown[] = [];
  const app = await test.start({
    definitions: [chain(1, 'noting')],
    providers: [handlerOf('noting', ({ task }) => order.push((task.context as { n: number }).n))],
    options: { worker: { concurrency: 1, autoStart: false } },
  });
  const priorities = [0, -100, 5, 100, 0, 5, -1, 100];
  const handles = await app.tasker.createTasks(
    priorities.map((priority, n) => ({ name: 'chain_of_1', priority, context: { n } })),
  );
  await app.worker.start();
  await Promise.all(handles.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  expect(order).toEqual([3, 7, 2, 5, 0, 4, 6, 1]);
});

it('starts at runAt and not a moment before', async () => {
  const clock = new FakeClock();
  const app = await test.start({ definitions: [chain(2)], providers: [Stub], clock });
  const runAt = new Date(clock.now().getTime() + 3_600_000);
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_2', runAt });
  clock.advance(3_599_999);
  expect(await untilQuiet(test, clock.now(), taskId)).toMatchObject({ final: false, next: runAt });
  expect(app.get(Stub).registry.calls).toEqual([]);
  clock.advance(1);
  const task = await app.tasker.waitForTask(taskId);
  expect(task).toMatchObject({ state: 'complete', startedAt: runAt });
  expect(task.requestedAt).toEqual(new FakeClock().now());
});

it('runs a task whose runAt is in the past at once', async () => {
  const { tasker } = await start(chain(1));
  const { taskId } = await tasker.createTask({ name: 'chain_of_1', runAt: new Date(0) });
  expect((await tasker.waitForTask(taskId)).state).toBe('complete');
});

it('creates no task before the application has started, and says when to', async () => {
  const early: unknown[] = [];
  const { TaskerService } = await import('nestjs-tasker');
  await test.start({
    definitions: [chain(1)],
    providers: [
      Stub,
      {
        provide: 'EARLY',
        inject: [TaskerService],
        useFactory: async (tasker: InstanceType<typeof TaskerService>) => {
          early.push(await tasker.createTask({ name: 'chain_of_1' }).catch((error: unknown) => error));
        },
      },
    ],
  });
  expect(early).toEqual([
    expect.objectContaining({ code: expect.stringMatching(/NOT_STARTED|HANDLER_NOT_FOUND/) as string }),
  ]);
});
