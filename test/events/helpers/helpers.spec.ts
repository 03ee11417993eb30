import {
  buildMetricName,
  type CustomEvent,
  extractCoreAttributes,
  extractErrorMetrics,
  extractMetricTags,
  extractNumericMetric,
  extractStepAttributes,
  extractTimingMetrics,
} from 'nestjs-tasker';
import { SYSTEM_EVENTS } from '../../../src/core/events/catalogue.js';
import { type SystemEventName } from '../../../src/core/events/event-map.js';
import { exampleEvent } from '../../../src/core/events/example-events.js';

const SHIPPED: CustomEvent = {
  ...exampleEvent('step.before_handle'),
  name: 'order.shipped',
  payload: { amount: '12.50', priority: 'high', none: null, empty: '', word: 'many', list: [1], deep: { n: 3 } },
};

it.each(SYSTEM_EVENTS.map(({ name }) => name))('take %s without a value that is undefined', (name) => {
  const event = exampleEvent(name as SystemEventName);
  const error = { ...extractErrorMetrics(event), finalFailure: null };
  const all = { ...extractStepAttributes(event), ...extractTimingMetrics(event), ...error };
  expect(Object.entries(all).filter(([, value]) => value === undefined || Number.isNaN(value))).toEqual([]);
  expect(extractMetricTags(event).every((tag) => /^[a-z]+:.+/.test(tag) && !tag.includes('unknown'))).toBe(true);
});

describe('core and step attributes', () => {
  it('are ids, name, time and correlation', () => {
    const event = exampleEvent('step.completed');
    expect(extractCoreAttributes(event)).toEqual({
      eventId: 's126.30',
      eventName: 'step.completed',
      eventTimestamp: '2026-01-05T09:30:02.500Z',
      taskId: 42,
      stepId: 126,
      correlationId: 'order-1042',
    });
    expect(extractStepAttributes(event)).toEqual({ ...extractCoreAttributes(event), stepName: 'process_payment' });
  });

  it('say unknown of what there must be, and leave out the rest', () => {
    const event = exampleEvent('webhook.disabled');
    expect(extractCoreAttributes(event)).toEqual({
      eventId: event.id,
      eventName: 'webhook.disabled',
      eventTimestamp: event.occurredAt,
      taskId: 'unknown',
    });
    expect(extractStepAttributes(event).stepName).toBe('unknown_step');
  });
});

describe('timing metrics', () => {
  it('are those of the attempt or of the task', () => {
    expect(extractTimingMetrics(exampleEvent('task.completed'))).toEqual({
      durationMs: 2500,
      executionDuration: 2.5,
      startedAt: '2026-01-05T09:30:00.000Z',
      completedAt: '2026-01-05T09:30:02.500Z',
      stepCount: 3,
      completedSteps: 3,
      failedSteps: 0,
    });
    expect(extractTimingMetrics(exampleEvent('step.completed'))).toMatchObject({ durationMs: 812.4, stepCount: 0 });
    expect(extractTimingMetrics(exampleEvent('task.failed'))).toMatchObject({ failedSteps: 1 });
  });

  it('are zero where an event says nothing', () => {
    expect(extractTimingMetrics(exampleEvent('task.start_requested'))).toMatchObject({
      executionDuration: 0,
      startedAt: null,
      completedAt: null,
      stepCount: 3,
    });
  });
});

describe('error metrics', () => {
  it('say what failed, and whether for good', () => {
    expect(extractErrorMetrics(exampleEvent('step.failed'))).toEqual({
      errorMessage: 'the card was declined',
      errorClass: 'RetryableError',
      errorCode: 'CARD_DECLINED',
      errorType: 'runtime',
      attemptNumber: 1,
      isRetryable: true,
      finalFailure: false,
    });
    expect(extractErrorMetrics(exampleEvent('observability.step.max_retries_reached'))).toMatchObject({
      attemptNumber: 3,
      isRetryable: false,
      finalFailure: true,
    });
    expect(extractErrorMetrics(exampleEvent('task.failed'))).toMatchObject({ finalFailure: true });
    expect(extractErrorMetrics(exampleEvent('subscriber.dead_lettered'))).toMatchObject({
      errorMessage: 'the ledger is closed',
      attemptNumber: 10,
      errorType: 'unknown',
    });
  });

  it('do not take what is not said for a final failure', () => {
    expect(extractErrorMetrics(exampleEvent('task.completed'))).toEqual({
      errorMessage: 'unknown_error',
      errorClass: 'UnknownError',
      errorCode: null,
      errorType: 'unknown',
      attemptNumber: 1,
      isRetryable: false,
      finalFailure: undefined,
    });
  });
});

describe('metric tags', () => {
  const environment = 'staging';

  it('come in one order', () => {
    expect(extractMetricTags(exampleEvent('step.failed'), { environment })).toEqual([
      'task:process_order',
      'step:process_payment',
      'environment:staging',
      'retryable:true',
      'attempt:1',
    ]);
    expect(extractMetricTags(exampleEvent('task.initialize_requested'), { environment })).toEqual([
      'task:process_order',
      'environment:staging',
      'source:shop',
    ]);
    expect(extractMetricTags(SHIPPED, { environment }).at(-1)).toBe('priority:high');
  });

  it('leave out placeholders and what is not there', () => {
    expect(extractMetricTags(exampleEvent('webhook.disabled'), { environment })).toEqual(['environment:staging']);
    const odd = { ...exampleEvent('step.completed'), taskName: 'unknown', stepName: 'unknown_step', attempt: 2 };
    expect(extractMetricTags(odd, { environment })).toEqual(['environment:staging', 'attempt:2']);
  });

  it('know the environment by themselves', () => {
    expect(extractMetricTags(exampleEvent('webhook.disabled'))).toEqual(['environment:test']);
  });
});

it.each([
  ['tasker', 'completed', 'tasker.completed'],
  ['tasker.', 'completed', 'tasker.completed'],
  ['tasker..tasks', '.completed', 'tasker.tasks.completed'],
])('joins %s and %s to a metric name', (base, type, name) => expect(buildMetricName(base, type)).toBe(name));

it.each([
  ['attempt', 7, 1],
  ['payload.amount', 7, 12.5],
  ['payload.empty', 7, 0],
  ['payload.word', 7, 7],
  ['payload.none', 7, 7],
  ['payload.list', 7, 7],
  ['payload.missing', 7, 7],
  ['payload.deep.n', 7, 3],
  ['payload.deep.n.x', 7, 7],
  ['toString', 7, 7],
  ['payload.missing', undefined, 0],
])('reads the number %s, else %p: %p', (key, byDefault, value) => {
  expect(extractNumericMetric(SHIPPED, key, byDefault)).toBe(value);
});
