import { waitFor } from '../support/wait-for.js';
import { useStage } from './stage.js';

const PROCESSES = 10;
const ROUNDS = 5;
const names = Array.from({ length: PROCESSES }, (_, index) => `step_${index + 1}`);
const test = useStage([{ name: 'wide', steps: names.map((name) => ({ name, handler: 'hold', timeoutSeconds: 600 })) }]);

it('completes a task once, when ten processes end its last steps at the same moment', async () => {
  // Each holds one step of the task, and all are let go at once.
  await test.startFleet(PROCESSES, { concurrency: 1, pollIntervalMs: 50 });
  for (let round = 1; round <= ROUNDS; round++) {
    await test.sql('truncate chaos_gates');
    const { taskId } = await test.tasker.createTask({ name: 'wide' });
    await waitFor(async () => (await holders(taskId)) === PROCESSES, { timeoutMs: 20_000 });
    await test.openGates();
    const task = await test.tasker.waitForTask(taskId);
    expect(task).toMatchObject({ state: 'complete', openSteps: 0 });
    expect((await test.tasker.taskHistory(taskId)).map(({ toState }) => toState)).toEqual([
      'pending',
      'in_progress',
      'complete',
    ]);
  }
}, 180_000);

async function holders(taskId: number): Promise<number> {
  const [row] = await test.sql<{ workers: number }>(
    'select count(distinct worker_id)::integer as workers from chaos_runs where task_id = $1',
    [taskId],
  );
  return row!.workers;
}
