/** The example subscribers, on real workflows and real HTTP. */
import { type Provider } from '@nestjs/common';
import { type TestApp } from '../../../test/support/test-app.js';
import { useTestApps } from '../../../test/support/use-test-apps.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { ErrorGroupingSubscriber } from '../error-grouping/error-grouping.subscriber.js';
import { ErrorTracker, InMemoryErrorTracker } from '../error-grouping/error-tracker.js';
import { InMemoryMetrics, MetricsSink } from '../metrics/metrics-sink.js';
import { MetricsSubscriber } from '../metrics/metrics.subscriber.js';
import { PAGER_OPTIONS, type PagerOptions } from '../pager/pager.options.js';
import { PagerSubscriber } from '../pager/pager.subscriber.js';
import { SLACK_OPTIONS, type SlackOptions } from '../slack/slack.options.js';
import { SlackSubscriber } from '../slack/slack.subscriber.js';
import { LocalServer } from './local-server.js';
import { Charge, PAYMENT, Thank } from './workflows.js';

const test = useTestApps();
const server = new LocalServer();
let url: string;
beforeAll(async () => {
  url = await server.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.bodies.length = 0;
});

const start = (...providers: Provider[]): Promise<TestApp> =>
  test.start({
    definitions: [PAYMENT],
    providers: [Charge, Thank, ...providers],
    options: { backoff: { delaysSeconds: [0.01], jitter: 0 } },
  });

async function pay(
  { tasker }: TestApp,
  context: Record<string, unknown>,
  tags: readonly string[] = [],
): Promise<number> {
  const { taskId } = await tasker.createTask({ name: 'payment', namespace: 'shop', context, tags: [...tags] });
  await tasker.waitForTask(taskId);
  return taskId;
}

it('metrics: counts what ended and what failed, by tags without ids', async () => {
  const app = await start(MetricsSubscriber, { provide: MetricsSink, useClass: InMemoryMetrics });
  const metrics = app.get(MetricsSink) as InMemoryMetrics;
  await pay(app, {});
  await pay(app, { failures: 1 });
  await pay(app, { declined: true });
  await waitFor(() => metrics.total('tasker.task.completed') === 2 && metrics.total('tasker.task.failed') === 1);

  expect(metrics.total('tasker.step.completed', 'task:payment', 'step:charge_card')).toBe(2);
  expect(metrics.total('tasker.errors', 'error_type:network', 'retryable:true')).toBe(1);
  expect(metrics.total('tasker.errors', 'step:charge_card')).toBe(2);
  expect(metrics.total('tasker.final_failures')).toBe(1);
  expect(metrics.total('tasker.retries')).toBe(1);
  expect(metrics.total('tasker.exhausted')).toBe(0);
  const values = (name: string) => metrics.measurements.filter((one) => one.name === name).map(({ value }) => value);
  expect(values('tasker.task.duration')).toHaveLength(3);
  expect(values('tasker.task.duration').every((seconds) => seconds > 0 && seconds < 60)).toBe(true);
  expect(values('tasker.workflow.step_count')).toEqual([2, 2]);
  expect(values('tasker.workflow.success_rate')).toEqual([50]);
  const tags = new Set(metrics.measurements.flatMap((one) => one.tags.map((tag) => tag.split(':')[0])));
  expect([...tags].sort()).toEqual(['environment', 'error_type', 'retryable', 'step', 'task']);
});

it('slack: writes to the channel of the environment how a task ended', async () => {
  const options: SlackOptions = { url, environment: 'staging', channels: { staging: '#staging-orders' } };
  const app = await start(SlackSubscriber, { provide: SLACK_OPTIONS, useValue: options });
  const done = await pay(app, {});
  const failed = await pay(app, { declined: true });
  await waitFor(() => server.bodies.length === 2);
  expect(server.bodies).toEqual([
    {
      channel: '#staging-orders',
      text: `:white_check_mark: shop.payment (task ${done}) completed 2 steps in 0s`,
    },
    {
      channel: '#staging-orders',
      text: `:x: shop.payment (task ${failed}) failed after 0s at charge_card: the card was declined`,
    },
  ]);
});

it('slack: being down changes no workflow, and is said in the log', async () => {
  const options: SlackOptions = { url: 'http://127.0.0.1:1/', environment: 'test', channels: { test: '#test' } };
  const app = await start(SlackSubscriber, { provide: SLACK_OPTIONS, useValue: options });
  await pay(app, {});
  await waitFor(() => app.logger.find('error', 'SlackSubscriber.tell failed').length === 1);
});

it('error grouping: makes one issue of one cause, however many tasks it hits', async () => {
  const app = await start(ErrorGroupingSubscriber, { provide: ErrorTracker, useClass: InMemoryErrorTracker });
  const { issues } = app.get(ErrorTracker) as InMemoryErrorTracker;
  for (const context of [{ declined: true }, { declined: true }, { failures: 1 }]) await pay(app, context);
  const counted = () => [...issues].map(([key, errors]) => `${key} ${errors.length} ${errors[0]!.level}`).sort();
  await waitFor(() => [...issues.values()].flat().length === 5);
  expect(counted()).toEqual([
    'tasker/step_failed/shop.payment/charge_card/CARD_DECLINED 2 error',
    'tasker/step_failed/shop.payment/charge_card/ECONNRESET 1 warning',
    'tasker/task_failed/shop.payment/charge_card/CARD_DECLINED 2 error',
  ]);
});

it('pager: wakes somebody by its rules, again until the pager takes it, and takes it back when the task recovers', async () => {
  const options: PagerOptions = {
    url,
    routingKey: 'key',
    rules: [
      { tag: 'test', severity: 'none' },
      { workflow: 'shop.*', severity: 'critical' },
    ],
  };
  const app = await start(PagerSubscriber, { provide: PAGER_OPTIONS, useValue: options });
  server.answers.push(503);
  await pay(app, {});
  await pay(app, { declined: true }, ['test']);
  const taskId = await pay(app, { declined: true });
  const dedup = `tasker-task-${taskId}`;
  const alert = {
    routing_key: 'key',
    event_action: 'trigger',
    dedup_key: dedup,
    payload: {
      severity: 'critical',
      summary: 'shop.payment failed: the card was declined',
      source: 'shop',
      custom_details: { task_id: taskId, steps: ['charge_card'] },
    },
  };
  await waitFor(() => server.bodies.length === 2, { timeoutMs: 30_000, message: () => server.bodies });
  expect(server.bodies).toMatchObject([alert, alert]);
  await app.tasker.resolveTask(taskId, { by: 'ann', reason: 'paid in cash' });
  await waitFor(() => server.bodies.length === 3, { timeoutMs: 30_000 });
  expect(server.bodies[2]).toEqual({ routing_key: 'key', event_action: 'resolve', dedup_key: dedup });
});
