import { type WorkflowDefinition } from 'nestjs-tasker';
import { type Pattern, Composite, dice, RandomFailure } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();
const PROBABILITY = 0.35;
const LIMIT = 3;
const AT_ONCE = { delaysSeconds: [0, 0.05], jitter: 0 };

const PARENTS: Readonly<Record<string, readonly string[]>> = {
  a: [],
  b: [],
  c: ['a'],
  d: ['a', 'b'],
  e: ['b'],
  f: ['c', 'd'],
  g: ['f', 'e'],
};

const UNLUCKY: WorkflowDefinition = {
  name: 'unlucky',
  steps: Object.entries(PARENTS).map(([name, dependsOn]) => ({
    name,
    dependsOn,
    handler: 'random_failure',
    config: { probability: PROBABILITY, seed: 'e2e' },
    retryLimit: LIMIT,
    backoff: AT_ONCE,
  })),
};

/** What must become of each step, by the dice alone. */
function foretell(taskId: number): Record<string, readonly [state: string, attempts: number]> {
  const fate: Record<string, readonly [string, number]> = {};
  for (const [step, parents] of Object.entries(PARENTS)) {
    if (parents.some((parent) => fate[parent]![0] !== 'complete')) {
      fate[step] = ['pending', 0];
      continue;
    }
    const throws = Array.from({ length: LIMIT }, (_, i) => dice('e2e', taskId, step, i + 1));
    const lucky = throws.findIndex((thrown) => thrown >= PROBABILITY);
    fate[step] = lucky < 0 ? ['error', LIMIT] : ['complete', lucky + 1];
  }
  return fate;
}

it('ends 150 tasks whose steps fail at random exactly as the dice fell', async () => {
  // Only the worker's own knowledge of when they are due brings the failed steps back.
  const app = await test.start({
    definitions: [UNLUCKY],
    providers: [RandomFailure],
    options: { worker: { pollIntervalMs: 3_600_000 } },
  });
  const handles = await app.tasker.createTasks(Array.from({ length: 150 }, () => ({ name: 'unlucky' })));
  const tasks = await Promise.all(handles.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  for (const { taskId, state, steps } of tasks) {
    const fate = foretell(taskId);
    expect(Object.fromEntries(steps.map((step) => [step.name, [step.state, step.attempts]]))).toEqual(fate);
    const failed = Object.values(fate).some(([end]) => end === 'error');
    expect(state).toBe(failed ? 'error' : 'complete');
  }
  expect(new Set(tasks.map(({ state }) => state))).toEqual(new Set(['complete', 'error']));
  expect(app.get(RandomFailure).registry.repeated()).toEqual([]);
});

it('tries a step again as its pattern says: two failures, one that is too slow, then success', async () => {
  const patterns: Pattern[] = [
    { calls: [1, 2], does: 'fail' },
    { calls: [3, 3], does: 'delay', ms: 60_000 },
    { does: 'succeed' },
  ];
  const steps = [
    { name: 'only', handler: 'composite', config: { patterns }, retryLimit: 9, timeoutSeconds: 0.1, backoff: AT_ONCE },
  ];
  const app = await test.start({ definitions: [{ name: 'patterned', steps }], providers: [Composite] });
  const { taskId } = await app.tasker.createTask({ name: 'patterned' });
  const task = await app.tasker.waitForTask(taskId);
  expect(task.steps[0]).toMatchObject({ state: 'complete', attempts: 4, results: { call: 4, pattern: 'succeed' } });
  const history = await app.tasker.stepHistory(task.steps[0]!.stepId);
  const codes = history
    .filter(({ toState }) => toState === 'error')
    .map(({ metadata }) => (metadata.error as { errorCode?: string }).errorCode);
  expect(codes).toEqual([undefined, undefined, 'STEP_TIMEOUT']);
});
