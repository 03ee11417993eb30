import { waitFor } from '../support/wait-for.js';
import { POISON_LIMIT } from './setup.js';
import { useStage } from './stage.js';

const test = useStage([
  { name: 'poisonous', steps: [{ name: 'only', handler: 'poison', retryLimit: 20, timeoutSeconds: 600 }] },
  { name: 'harmless', steps: [{ name: 'only', handler: 'work' }] },
]);

it(`gives up a step that has taken ${POISON_LIMIT} workers down, and goes on with the rest`, async () => {
  const fleet = await test.startFleet(1, { leaseMs: 500 });
  fleet.mayDie = true;
  const { taskId } = await test.tasker.createTask({ name: 'poisonous' });
  const watch = setInterval(() => void fleet.fill(), 100);
  try {
    const task = await test.tasker.waitForTask(taskId, { timeoutMs: 50_000 });
    expect(task).toMatchObject({ state: 'error', steps: [{ state: 'error', attempts: POISON_LIMIT }] });
    expect(task.steps[0]!.error).toMatchObject({ errorCode: 'WORKER_LOST', permanent: true });
    // Nobody takes it any more, and the last to come lives to do other work.
    const harmless = await test.tasker.createTask({ name: 'harmless' });
    expect(await test.tasker.waitForTask(harmless.taskId)).toMatchObject({ state: 'complete' });
  } finally {
    clearInterval(watch);
  }
  expect(await test.sql('select attempt from chaos_runs where task_id = $1 order by attempt', [taskId])).toEqual(
    Array.from({ length: POISON_LIMIT }, (_, index) => ({ attempt: index + 1 })),
  );
  await waitFor(() => test.count.of('died') === POISON_LIMIT);
}, 180_000);
