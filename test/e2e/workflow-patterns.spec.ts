import { type WorkflowDefinition } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { backoffMs, DEFAULT_BACKOFF } from '../../src/core/backoff.js';
import { type CallRegistry } from '../support/call-registry.js';
import {
  chain,
  CONFIGURABLE_FAILURE,
  datasetMix,
  DUMMY,
  parallel,
  PATTERNS,
  plannedFailures,
} from '../support/dags.js';
import { runThrough } from '../support/fake-time.js';
import { ConfigurableFailure, IdempotencyTest, MOCK_HANDLERS, NetworkTimeout, Stub } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

function start(...definitions: WorkflowDefinition[]): Promise<TestApp> {
  return test.start({ definitions, providers: MOCK_HANDLERS, clock: new FakeClock() });
}

function registries(app: TestApp): CallRegistry[] {
  return [ConfigurableFailure, NetworkTimeout, IdempotencyTest, Stub].map((type) => app.get(type).registry);
}

describe.each([...PATTERNS, CONFIGURABLE_FAILURE])('$name', (definition) => {
  it('completes, each step tried exactly once more than it fails', async () => {
    const app = await start(definition);
    const { taskId } = await app.tasker.createTask({ name: definition.name, context: { a: 1 } });
    await runThrough(test, app, taskId);
    const task = await app.tasker.getTask(taskId);
    expect(task).toMatchObject({ state: 'complete', openSteps: 0, failedSteps: 0 });
    const failures = plannedFailures(definition);
    const calls = registries(app).flatMap((registry) => registry.of(taskId));
    for (const step of task.steps) {
      const attempts = failures.get(step.name)! + 1;
      expect(step).toMatchObject({ state: 'complete', attempts, error: null, readyAt: null, claimedBy: null });
      const called = calls.filter((call) => call.step === step.name).map((call) => call.attempt);
      expect(called).toEqual(Array.from({ length: attempts }, (_, index) => index + 1));
    }
    expect(calls).toHaveLength([...failures.values()].reduce((sum, count) => sum + count + 1, 0));
  });

  it('has a history row for every move of every attempt, and waits exactly as long as the backoff says', async () => {
    const app = await start(definition);
    const { taskId } = await app.tasker.createTask({ name: definition.name });
    const moments = await runThrough(test, app, taskId);
    const failures = plannedFailures(definition);
    const due = new Set<number>();
    for (const step of await app.tasker.listSteps(taskId)) {
      const history = await app.tasker.stepHistory(step.stepId);
      expect(history.map(({ fromState, toState }) => `${fromState}>${toState}`)).toEqual(
        movesAfter(failures.get(step.name)!),
      );
      const failed = history.filter((row) => row.toState === 'error');
      for (const [index, row] of failed.entries()) {
        expect(row.metadata).toMatchObject({ attempt: index + 1, error: { permanent: false } });
        const readyAt = new Date(row.metadata.next_retry_at as string).getTime();
        const offset = readyAt - row.createdAt.getTime();
        expect(offset).toBeGreaterThanOrEqual(backoffMs(DEFAULT_BACKOFF, index + 1, () => 0));
        expect(offset).toBeLessThanOrEqual(backoffMs(DEFAULT_BACKOFF, index + 1, () => 1));
        // Nobody else moved the clock: it runs again at that very instant.
        expect(history[row.sortKey + 1]).toMatchObject({ toState: 'in_progress', createdAt: new Date(readyAt) });
        due.add(readyAt);
      }
    }
    expect(moments.map(Number)).toEqual([...due].sort((a, b) => a - b));
  });
});

it('shares results along the edges: the dummy task completes with its chain in order', async () => {
  const app = await start(DUMMY);
  const { taskId } = await app.tasker.createTask({ name: DUMMY.name, context: { dummy: true } });
  const task = await app.tasker.waitForTask(taskId);
  expect(task.state).toBe('complete');
  expect(task.steps.map(({ results, dependentSystem }) => [results, dependentSystem])).toEqual(
    DUMMY.steps.map(() => [{ dummy: true }, 'dummy-system']),
  );
  const order = app
    .get(Stub)
    .registry.of(taskId)
    .map((call) => call.step);
  const chained = order.filter((name) => name !== 'step-one');
  expect(chained).toEqual(['step-two', 'step-three', 'step-four']);
  expect(task.steps.map(({ parentIds, childIds }) => [parentIds.length, childIds.length])).toEqual([
    [0, 0],
    [0, 1],
    [1, 1],
    [1, 0],
  ]);
});

it.each([1, 3, 10])('runs a chain of %i in order', async (length) => {
  const definition = chain(length);
  const app = await start(definition);
  const { taskId } = await app.tasker.createTask({ name: definition.name });
  expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
  expect(
    app
      .get(Stub)
      .registry.of(taskId)
      .map((call) => call.step),
  ).toEqual(definition.steps.map((step) => step.name));
});

it.each([1, 3, 100])('fans out over %i chunks and joins them once', async (width) => {
  const definition = parallel(width);
  const app = await start(definition);
  const { taskId } = await app.tasker.createTask({ name: definition.name });
  expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
  const order = app
    .get(Stub)
    .registry.of(taskId)
    .map((call) => call.step);
  expect(order).toHaveLength(width + 2);
  expect(order[0]).toBe('initialize_batch');
  expect(order.at(-1)).toBe('aggregate_results');
  expect(new Set(order).size).toBe(width + 2);
});

it('completes fifty tasks of all patterns side by side', async () => {
  const app = await start(...PATTERNS);
  const names = datasetMix(50);
  const handles = await app.tasker.createTasks(names.map((name) => ({ name })));
  for (const { taskId } of handles) await runThrough(test, app, taskId);
  const states = await test.sql('select state, count(*)::integer as n from tasker_tasks group by 1');
  expect(states).toEqual([{ state: 'complete', n: 50 }]);
  const planned = names.flatMap((name) => {
    const pattern = PATTERNS.find((candidate) => candidate.name === name)!;
    return [...plannedFailures(pattern).values()].map((failures) => failures + 1);
  });
  const calls = registries(app).flatMap((registry) => registry.calls);
  expect(calls).toHaveLength(planned.reduce((sum, count) => sum + count, 0));
  expect(registries(app).flatMap((registry) => registry.repeated())).toEqual([]);
});

/** A step that fails so many times and then succeeds. */
function movesAfter(failures: number): string[] {
  const again = ['in_progress>error', 'error>pending', 'pending>in_progress'];
  return [
    'null>pending',
    'pending>in_progress',
    ...Array.from({ length: failures }, () => again).flat(),
    'in_progress>complete',
  ];
}
