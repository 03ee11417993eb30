import { type DurableDelivery } from '../../../../src/engine/events/durable/durable-delivery.js';
import { TaskerDatabase } from '../../../../src/persistence/database.js';
import { chain, DIAMOND } from '../../../support/dags.js';
import { MOCK_HANDLERS } from '../../../support/mock-handlers.js';
import { useTestApps } from '../../../support/use-test-apps.js';
import { waitFor } from '../../../support/wait-for.js';
import { makeDelivery } from './make-delivery.js';
import { Recorder, taskOf } from './recorder.js';

const apps = useTestApps();
const started: DurableDelivery[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((delivery) => delivery.stop()));
});

const FLAKY = {
  name: 'flaky',
  version: '1.0.0',
  steps: [
    { name: 'first', handler: 'configurable_failure', config: { failures: 2 }, retryLimit: 3 },
    { name: 'second', handler: 'configurable_failure', config: { failures: 9 }, retryLimit: 2, dependsOn: ['first'] },
    { name: 'third', handler: 'stub', dependsOn: ['first'] },
  ],
};

it('brings all that the history tells, of every task in the order of its commits, while two processes run it', async () => {
  const options = { backoff: { delaysSeconds: [0.01, 0.02, 0.03], jitter: 0 } };
  const definitions = [chain(3), DIAMOND, FLAKY];
  const setup = { definitions, providers: MOCK_HANDLERS, options, poolSize: 6 };
  const [one] = await Promise.all([apps.start(setup), apps.start(setup)]);
  const all = new Recorder('all', { maxAttempts: 100 }, ['**']);
  let count = 0;
  all.act = () => {
    if (++count % 17 === 0) throw new Error('every now and then');
  };
  const ends = new Recorder('ends', {}, ['task.completed', 'task.failed']);
  const delivery = makeDelivery(one.get(TaskerDatabase));
  started.push(delivery);
  await delivery.start([all, ends]);

  const names = definitions.map(({ name }) => name);
  const handles = await Promise.all(
    Array.from({ length: 60 }, (_, index) => one.tasker.createTask({ name: names[index % names.length]! })),
  );
  for (const { taskId } of handles) await one.tasker.waitForTask(taskId, { timeoutMs: 30_000 });
  const expected = await apps.sql<{ task: number; id: string; state: string }>(EXPECTED);
  await waitFor(() => all.taken.length >= expected.length, {
    message: () => `${expected.length} events; it has ${all.taken.length}`,
  });
  await delivery.stop();

  for (const { taskId } of handles) {
    const told = expected.filter(({ task }) => Number(task) === taskId).map(({ id }) => id);
    expect(all.taken.filter((event) => taskOf(event) === taskId).map(({ id }) => id)).toEqual(told);
  }
  const states = await apps.sql<{ task: string; name: string }>(
    `select task_id as task, case state when 'complete' then 'task.completed' else 'task.failed' end as name from tasker_tasks`,
  );
  const ended = states.map(({ task, name }) => `${task} ${name}`).toSorted();
  expect(ends.taken.map((event) => `${taskOf(event)} ${event.name}`).toSorted()).toEqual(ended);
  expect(new Set(states.map(({ name }) => name)).size).toBe(2);
}, 60_000);

/** The ids of all events, by the order of their rows; of a failed attempt there are two. */
const EXPECTED = `
  select task, id from (
    select h.id as place, 0 as part, h.task_id as task, 't' || h.task_id || '.' || h.sort_key as id
    from tasker_task_transitions h
    union all
    select h.id, 0, s.task_id, 's' || h.workflow_step_id || '.' || h.sort_key
    from tasker_workflow_step_transitions h join tasker_workflow_steps s using (workflow_step_id)
    union all
    select h.id, 1, s.task_id, 's' || h.workflow_step_id || '.' || h.sort_key
      || case when h.metadata->>'next_retry_at' is null then '/max_retries' else '/backoff' end
    from tasker_workflow_step_transitions h join tasker_workflow_steps s using (workflow_step_id)
    where h.to_state = 'error'
  ) x order by place, part`;
