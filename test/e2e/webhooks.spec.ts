import { TaskerWebhooks, verifyWebhook } from 'nestjs-tasker';
import { Receiver } from '../engine/events/webhooks/receiver.js';
import { MOCK_HANDLERS } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const definitions = [{ name: 'report', version: '1.0.0', steps: [{ name: 'collect', handler: 'stub' }] }];
const secret = 'a-secret-that-is-long-enough';
let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(async () => {
  await receiver.stop();
  await test.sql('delete from tasker_webhooks');
  await test.sql('delete from tasker_event_subscribers');
});

const start = (events: string[]) =>
  test.start({
    definitions,
    providers: MOCK_HANDLERS,
    options: {
      webhooks: { allowPrivateNetworks: true, declared: [{ name: 'shop', url: receiver.url, events, secret }] },
    },
  });

it('tells a declared webhook what the workers of the application do, from the first task on', async () => {
  const { tasker } = await start(['task.completed', 'step.completed']);
  const { taskId } = await tasker.createTask({ name: 'report', context: {} });
  await waitFor(() => receiver.taken.length === 2);
  const told = receiver.taken.map((received) => verifyWebhook({ ...received, secrets: secret }).event);
  expect(told).toMatchObject([
    { name: 'step.completed', task_id: taskId, step_name: 'collect', to_state: 'complete' },
    { name: 'task.completed', task_id: taskId, completed_steps: 1 },
  ]);
});

it('makes a declared webhook what the options say, at every boot, and leaves it disabled', async () => {
  const first = await start(['task.completed']);
  await first.get(TaskerWebhooks).disable('shop');
  await first.close();
  const second = await start(['task.failed']);
  const [webhook] = await second.get(TaskerWebhooks).list();
  expect(webhook).toMatchObject({ name: 'shop', isDeclared: true, events: ['task.failed'], state: 'disabled' });
});

it('takes up a webhook that is made while the application runs', async () => {
  const app = await start(['task.failed']);
  const { secret: made } = await app.get(TaskerWebhooks).create({ name: 'two', url: receiver.url, events: ['task.*'] });
  await app.tasker.createTask({ name: 'report', context: {} });
  await waitFor(() => receiver.taken.length === 3);
  expect(receiver.taken.map((received) => verifyWebhook({ ...received, secrets: made }).event['name'])).toEqual([
    'task.initialize_requested',
    'task.start_requested',
    'task.completed',
  ]);
});
