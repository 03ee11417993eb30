import { StepHandler, type StepContext } from 'nestjs-tasker';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

const started: string[] = [];

@StepHandler('note')
class Note implements StepHandler {
  process({ task, step }: StepContext) {
    started.push(`${task.name}:${task.taskId}:${step.name}`);
    return {};
  }
}

const WIDTH = 2_000;
const branches = Array.from({ length: WIDTH }, (_, i) => `b${i}`);
const definitions = [
  {
    name: 'huge',
    steps: [{ name: 'root', handler: Note }, ...branches.map((name) => ({ name, handler: Note, dependsOn: ['root'] }))],
  },
  { name: 'small', steps: [{ name: 'only', handler: Note }] },
];

it('lets a small task pass the thousands of steps of a huge one that became due before it', async () => {
  const app = await test.start({
    definitions,
    providers: [Note],
    options: { worker: { concurrency: 10, autoStart: false } },
  });
  const huge = await app.tasker.createTask({ name: 'huge' });
  // Its branches become due now, at once; the worker takes ten of them and leaves the rest in the queue.
  await test.sql(`select * from tasker_claim(1, array(select lane_id from tasker_lanes), 1, 60000);`);
  const [root] = await test.sql<{ id: string }>(
    `select workflow_step_id as id from tasker_workflow_steps where attempts = 1`,
  );
  await test.sql(
    `select * from tasker_advance(1, array[$1::bigint], jsonb_build_array(jsonb_build_object('task', $1::bigint, 'step',
       $2::bigint, 'attempt', 1, 'outcome', 'complete', 'results', '{}'::jsonb, 'duration_ms', 1)), 0, '{}', 0)`,
    [huge.taskId, root!.id],
  );
  const small = await app.tasker.createTasks(Array.from({ length: 20 }, () => ({ name: 'small' })));
  await app.worker.start();
  await Promise.all(small.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  const places = small.map(({ taskId }) => started.indexOf(`small:${taskId}:only`));
  // All of the twenty within the first few batches, while the huge task has nearly all before it.
  expect(Math.max(...places)).toBeLessThan(100);
  expect((await app.tasker.waitForTask(huge.taskId)).state).toBe('complete');
  expect(started).toHaveLength(WIDTH + 20);
});
