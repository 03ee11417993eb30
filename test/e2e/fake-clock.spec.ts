import { type TaskerWorker } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { chain } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

it('keeps the lease of a running step when its test moves the clock beyond it', async () => {
  const clock = new FakeClock();
  const gate = new Gate();
  const app = await test.start({
    definitions: [chain(1, 'held')],
    providers: [handlerOf('held', () => gate.pass())],
    clock,
  });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
  await gate.arrived();
  await duties(app.worker).stop();
  clock.advance(3_600_000);
  await waitFor(
    async () => {
      const [step] = await test.sql<{ until: Date }>('select claim_expires_at as until from tasker_workflow_steps');
      return step!.until > clock.now();
    },
    { message: 'the lease to be renewed' },
  );
  gate.open();
  expect(await app.tasker.waitForTask(taskId)).toMatchObject({ state: 'complete', steps: [{ attempts: 1 }] });
});

it('is the time of all that is written', async () => {
  const clock = new FakeClock(new Date('2040-02-29T12:00:00Z'));
  const app = await test.start({ definitions: [chain(2)], providers: [Stub], clock });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_2' });
  const task = await app.tasker.waitForTask(taskId);
  const now = clock.now();
  expect(task).toMatchObject({ requestedAt: now, createdAt: now, startedAt: now, finishedAt: now, updatedAt: now });
  for (const step of task.steps) expect(step).toMatchObject({ lastAttemptedAt: now, processedAt: now });
  const moments = await test.sql('select distinct created_at from tasker_workflow_step_transitions');
  expect(moments).toEqual([{ created_at: now }]);
});

/** They come on real time, and one of them would take back what looks overdue before the lease is renewed. */
function duties(worker: TaskerWorker): { stop(): Promise<void> } {
  return (worker as unknown as { maintainer: { stop(): Promise<void> } }).maintainer;
}
