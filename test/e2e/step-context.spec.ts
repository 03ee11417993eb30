import { type StepContext, type StepDefinition, type StepHandler, TaskerError } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { type TestApp, type TestAppOptions } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const AT_ONCE = { delaysSeconds: [0, 0], jitter: 0 };

let contexts: StepContext[];
beforeEach(() => (contexts = []));

/** Keeps its context and returns what the step's config says. */
const keeping: StepHandler['process'] = (context) => {
  contexts.push(context);
  return (context.step.config as { result?: unknown }).result ?? null;
};

const DIAMOND: readonly StepDefinition[] = [
  { name: 'root', handler: 'keep', config: { result: { n: 1 } } },
  { name: 'left', handler: 'keep', config: { result: ['l'] }, dependsOn: ['root'] },
  { name: 'right', handler: 'keep', config: { result: 'r' }, dependsOn: ['root'] },
  { name: 'join', handler: 'keep', dependsOn: ['right', 'left'] },
  { name: 'aside', handler: 'keep' },
];

async function run(steps: readonly StepDefinition[], request: object = {}, options: TestAppOptions = {}) {
  const app: TestApp = await test.start({
    definitions: [{ name: 'seen', steps }],
    providers: [handlerOf('keep', keeping), Stub],
    ...options,
  });
  const { taskId } = await app.tasker.createTask({ name: 'seen', ...request });
  return { ...app, task: await app.tasker.waitForTask(taskId) };
}

const of = (name: string): StepContext => contexts.find(({ step }) => step.name === name)!;

it('shows the task as it was created', async () => {
  const request = {
    context: { order: { id: 7 } },
    initiator: 'anna',
    sourceSystem: 'web',
    reason: 'checkout',
    tags: ['vip'],
    priority: 3,
    correlationId: 'corr',
    requestedAt: new Date('2029-01-01T00:00:00.000Z'),
  };
  const { task } = await run(DIAMOND, request);
  const seen = of('join').task;
  expect({ ...seen }).toEqual({
    taskId: task.taskId,
    namespace: 'default',
    name: 'seen',
    version: '0.1.0',
    ...request,
  });
});

it('shows the step that runs: its name, attempt, limits, config and inputs', async () => {
  const steps = [
    { name: 'only', handler: 'keep', dependentSystem: 'bank', retryLimit: 5, config: { deep: { list: [1, null] } } },
  ];
  const { task } = await run(steps);
  expect(of('only').step).toEqual({
    stepId: task.steps[0]!.stepId,
    name: 'only',
    dependentSystem: 'bank',
    attempts: 1,
    retryLimit: 5,
    retryable: true,
    config: { deep: { list: [1, null] } },
    inputs: {},
  });
  expect(of('only').attempt).toBe(1);
  expect(of('only').manager).toBeUndefined();
});

it('shows the inputs that an operator set on the step', async () => {
  const app = await test.start({
    definitions: [chain(1, 'keep')],
    providers: [handlerOf('keep', keeping)],
    options: { worker: { autoStart: false } },
  });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
  await test.sql(`update tasker_workflow_steps set inputs = '{"amount": 7}'`);
  await app.worker.start();
  await app.tasker.waitForTask(taskId);
  expect(contexts[0]!.step.inputs).toEqual({ amount: 7 });
});

it('shows all steps it waited for, in the order of the definition, and their results', async () => {
  await run(DIAMOND);
  const { sequence } = of('join');
  expect(sequence.steps.map(({ name, state }) => [name, state])).toEqual([
    ['root', 'complete'],
    ['left', 'complete'],
    ['right', 'complete'],
  ]);
  expect(sequence.results('root')).toEqual({ n: 1 });
  expect(sequence.results('left')).toEqual(['l']);
  expect(sequence.findStepByName('right')).toMatchObject({ name: 'right', results: 'r' });
  expect(of('root').sequence.steps).toEqual([]);
});

it('refuses results of a step it does not wait for, and says what to add', async () => {
  await run(DIAMOND);
  const asking = (name: string) => () => of('left').sequence.results(name) as unknown;
  for (const name of ['right', 'aside', 'join', 'left']) {
    expect(asking(name)).toThrow(TaskerError);
    expect(asking(name)).toThrow(/"left" does not wait for it/);
  }
  expect(asking('right')).toThrow('Add "right" to the dependsOn of "left".');
  expect(asking('rooot')).toThrow(/has no such step.*Did you mean "root"\?/);
  expect(of('left').sequence.findStepByName('right')).toBeUndefined();
});

it('gives every attempt objects of its own: what one changes, no other sees', async () => {
  const seen: unknown[] = [];
  const vandal: StepHandler['process'] = ({ task, sequence, step, attempt }) => {
    const context = task.context as { list: number[]; extra?: string };
    const root = sequence.steps[0]?.results as { list: number[] } | undefined;
    seen.push(
      JSON.parse(JSON.stringify({ context, root, tags: task.tags, at: task.requestedAt, config: step.config })),
    );
    context.list.push(99);
    context.extra = 'vandalised';
    root?.list.push(99);
    (task.tags as string[]).push('vandalised');
    task.requestedAt.setFullYear(1999);
    (step.config as { list: number[] }).list.push(99);
    if (attempt === 1) throw new Error('once more');
    return { list: [1] };
  };
  const config = { list: [5] };
  const steps = ['root', 'one', 'two'].map((name) => ({
    name,
    handler: 'vandal',
    config,
    backoff: AT_ONCE,
    dependsOn: name === 'root' ? [] : ['root'],
  }));
  const requestedAt = new Date('2029-06-01T00:00:00Z');
  const request = { context: { list: [3] }, tags: ['vip'], requestedAt: new Date(requestedAt) };
  const { task } = await run(steps, request, { providers: [handlerOf('vandal', vandal)] });
  expect(task.state).toBe('complete');
  const clean = { context: { list: [3] }, tags: ['vip'], at: requestedAt.toISOString(), config: { list: [5] } };
  expect(seen).toEqual([clean, clean, ...Array.from({ length: 4 }, () => ({ ...clean, root: { list: [1] } }))]);
  expect(task).toMatchObject({ context: { list: [3] }, tags: ['vip'], requestedAt });
});

it('is frozen: a handler cannot put anything into it for others to find', async () => {
  await run(DIAMOND);
  const context = of('join');
  for (const view of [
    context,
    context.task,
    context.sequence,
    context.step,
    context.logger,
    context.sequence.steps[0],
  ]) {
    expect(Object.isFrozen(view)).toBe(true);
  }
});

it('gives one key to all attempts of a step, and another to every other step', async () => {
  const keys: { step: string; key: string }[] = [];
  const failing: StepHandler['process'] = ({ step, idempotencyKey, attempt }) => {
    keys.push({ step: step.name, key: idempotencyKey });
    if (attempt < 3) throw new Error('again');
  };
  const steps = ['a', 'b'].map((name) => ({ name, handler: 'failing', backoff: AT_ONCE }));
  const app = await test.start({ definitions: [{ name: 'seen', steps }], providers: [handlerOf('failing', failing)] });
  for (let i = 0; i < 2; i++) {
    await app.tasker.waitForTask((await app.tasker.createTask({ name: 'seen' })).taskId);
  }
  expect(keys).toHaveLength(12);
  expect(new Set(keys.map(({ key }) => key)).size).toBe(4);
  for (const { step, key } of keys) {
    expect(keys.filter((other) => other.key === key).every((other) => other.step === step)).toBe(true);
  }
});

it('fills variables into the config when the step runs, and never stores what was filled in', async () => {
  process.env.E2E_SECRET = 'hunter2';
  const config = {
    url: 'https://${E2E_HOST:-localhost}/api',
    auth: { token: '${E2E_SECRET}' },
    price: '$${E2E_SECRET}',
  };
  await run([{ name: 'only', handler: 'keep', config }]);
  expect(of('only').step.config).toEqual({
    url: 'https://localhost/api',
    auth: { token: 'hunter2' },
    price: '${E2E_SECRET}',
  });
  for (const table of ['tasker_task_definitions', 'tasker_named_tasks', 'tasker_workflow_steps']) {
    expect(JSON.stringify(await test.sql(`select to_jsonb(t) from ${table} t`))).not.toContain('hunter2');
  }
  delete process.env.E2E_SECRET;
});

it('logs with the task, the step and the attempt', async () => {
  const { logger, task } = await run([{ name: 'only', handler: 'keep' }], { correlationId: 'corr' });
  of('only').logger.warn('low stock', { sku: 'x1' });
  of('only').logger.info('in stock');
  const step = await test.sql<{ id: string }>('select workflow_step_id as id from tasker_workflow_steps');
  const facts = `correlation_id=corr task_id=${task.taskId} step_id=${step[0]!.id} step=only attempt=1`;
  expect(logger.lines).toContainEqual({ level: 'warn', context: 'TaskerStep', message: `low stock ${facts} sku=x1` });
  expect(logger.lines).toContainEqual({ level: 'log', context: 'TaskerStep', message: `in stock ${facts}` });
});

it('shows results that another process made, or that are no longer in memory', async () => {
  const steps: StepDefinition[] = [
    { name: 'first', handler: 'there', config: {} },
    { name: 'second', handler: 'there', dependsOn: ['first'] },
    { name: 'third', handler: 'keep', dependsOn: ['second'] },
  ];
  const there = await test.start({
    definitions: [chain(1, 'there')],
    providers: [handlerOf('there', ({ step }) => ({ made: step.name }))],
  });
  const noMemory = { execution: { taskMemoryBytes: 0 } };
  const app = await test.start({
    definitions: [chain(1, 'keep')],
    providers: [handlerOf('keep', keeping)],
    options: noMemory,
  });
  const creator = await test.start({ definitions: [{ name: 'seen', steps }], options: { worker: false } });
  const handles = await creator.tasker.createTasks(Array.from({ length: 10 }, () => ({ name: 'seen' })));
  await Promise.all(handles.map(({ taskId }) => creator.tasker.waitForTask(taskId)));
  expect(contexts).toHaveLength(10);
  for (const { sequence } of contexts) {
    expect(sequence.results('first')).toEqual({ made: 'first' });
    expect(sequence.results('second')).toEqual({ made: 'second' });
  }
  await waitFor(() => app.worker.status.running + there.worker.status.running === 0);
});
