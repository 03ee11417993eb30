import { type StepDefinition, type WorkflowDefinition } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

/** Steps by number, each waiting for up to six of those before it: 3,000 edges in all, the same in every run. */
function randomGraph(steps: number, edges: number): StepDefinition[] {
  let state = 42;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const parents = Array.from({ length: steps }, () => new Set<number>());
  for (let placed = 0; placed < edges;) {
    const child = 1 + below(steps - 1);
    const parent = below(child);
    if (parents[child]!.has(parent)) continue;
    parents[child]!.add(parent);
    placed++;
  }
  return parents.map((set, number) => ({
    name: `step_${number}`,
    handler: 'numbered',
    dependsOn: [...set].map((parent) => `step_${parent}`),
  }));
}

it('runs a graph of 1,000 steps and 3,000 edges, every step after all that it waits for', async () => {
  const steps = randomGraph(1_000, 3_000);
  const order = new Map<string, number>();
  const app = await test.start({
    definitions: [{ name: 'large', steps }],
    providers: [
      handlerOf('numbered', ({ step }) => {
        order.set(step.name, order.size);
        return order.size;
      }),
    ],
  });
  const { taskId } = await app.tasker.createTask({ name: 'large' });
  const task = await app.tasker.waitForTask(taskId, { timeoutMs: 40_000 });
  expect(task).toMatchObject({ state: 'complete', totalSteps: 1_000 });
  expect(order.size).toBe(1_000);
  for (const { name, dependsOn } of steps) {
    for (const parent of dependsOn!) expect(order.get(parent)!).toBeLessThan(order.get(name)!);
  }
  expect(task.steps.reduce((sum, step) => sum + step.parentIds.length, 0)).toBe(3_000);
});

it('joins 1,000 parents that end in any order, once', async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `part_${i}`);
  const app = await test.start({
    definitions: [
      {
        name: 'wide',
        steps: [
          ...names.map((name) => ({ name, handler: 'stub' })),
          { name: 'join', handler: 'stub', dependsOn: names },
        ],
      },
    ],
    providers: [Stub],
  });
  const { taskId } = await app.tasker.createTask({ name: 'wide' });
  expect((await app.tasker.waitForTask(taskId, { timeoutMs: 40_000 })).state).toBe('complete');
  const { calls } = app.get(Stub).registry;
  expect(calls.filter((call) => call.step === 'join')).toHaveLength(1);
  expect(calls.at(-1)!.step).toBe('join');
});

it('keeps emoji, quotes and other scripts in names and values as they are', async () => {
  const odd = `🚚 "it's" \\ \n\t äöü 漢字 \u202E %s $1 \${x} '; drop table--`;
  const name = '🚚 "ship it", don\'t; 漢字 \\';
  const definition: WorkflowDefinition = {
    name: 'odd',
    dependentSystem: '銀行 🏦',
    steps: [
      { name, handler: 'odd' },
      { name: 'after', handler: 'reading', dependsOn: [name] },
    ],
  };
  const app = await test.start({
    definitions: [definition],
    providers: [
      handlerOf('odd', ({ task }) => task.context as object),
      handlerOf('reading', ({ sequence }) => sequence.results(name) as object),
    ],
  });
  const context = { [odd]: [odd, { [odd]: odd }] };
  const { taskId } = await app.tasker.createTask({ name: 'odd', context, reason: odd, tags: [odd], initiator: '🧑‍🚀' });
  const task = await app.tasker.waitForTask(taskId);
  expect(task).toMatchObject({ state: 'complete', context, reason: odd, tags: [odd], initiator: '🧑‍🚀' });
  expect(task.steps.map((step) => [step.name, step.dependentSystem, step.results])).toEqual([
    [name, '銀行 🏦', context],
    ['after', '銀行 🏦', context],
  ]);
  expect((await app.tasker.listTasks({ tags: [odd] })).map((found) => found.taskId)).toEqual([taskId]);
});

it('keeps texts of 10,000 characters, and of 100,000', async () => {
  const app = await test.start({
    definitions: [chain(2, 'echo')],
    providers: [handlerOf('echo', ({ task }) => task.context as object)],
  });
  for (const length of [10_000, 100_000]) {
    const context = { ascii: 'x'.repeat(length), wide: '漢'.repeat(length), pairs: '🚚'.repeat(length) };
    const { taskId } = await app.tasker.createTask({ name: 'chain_of_2', context });
    const task = await app.tasker.waitForTask(taskId);
    expect(task.state).toBe('complete');
    expect([task.context, ...task.steps.map((step) => step.results)]).toEqual([context, context, context]);
  }
});

it('works through many tasks with a worker that runs one step at a time', async () => {
  const app = await test.start({
    definitions: [chain(4)],
    providers: [Stub],
    options: { worker: { concurrency: 1, pollIntervalMs: 3_600_000 } },
  });
  const handles = await app.tasker.createTasks(Array.from({ length: 25 }, () => ({ name: 'chain_of_4' })));
  const tasks = await Promise.all(handles.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  expect(new Set(tasks.map(({ state }) => state))).toEqual(new Set(['complete']));
  expect(app.get(Stub).registry.calls).toHaveLength(100);
});
