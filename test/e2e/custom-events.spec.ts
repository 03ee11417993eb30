/** Events of the application's own: where they are declared, when they are stored and told, and what is refused. */
import { Injectable } from '@nestjs/common';
import { type CustomEvent, type EventFor, OnTaskerEvent, StepHandler, type StepContext } from 'nestjs-tasker';
import { ChangeFeed } from '../../src/engine/events/change-feed.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';

declare module 'nestjs-tasker' {
  interface CustomEventPayloads {
    'e2e.typed': { readonly carrier: string };
  }
}

const test = useTestApps();

/** What the handlers of the next test do. */
let plan: (context: StepContext) => unknown;

@StepHandler('publisher', { customEvents: [{ name: 'order.from_handler' }, { name: 'e2e.typed' }] })
class Publisher implements StepHandler {
  process(context: StepContext): unknown {
    return plan(context);
  }
}

@StepHandler('booker', { transactional: true, customEvents: [{ name: 'order.booked' }] })
class Booker implements StepHandler {
  process(context: StepContext): unknown {
    return plan(context);
  }
}

@Injectable()
class Listener {
  readonly heard: CustomEvent[] = [];
  readonly carriers: string[] = [];

  @OnTaskerEvent('order.*')
  hear(event: CustomEvent): void {
    this.heard.push(event);
  }

  @OnTaskerEvent('e2e.typed')
  typed(event: EventFor<'e2e.typed'>): void {
    this.carriers.push(event.payload.carrier);
  }
}

const ORDER = {
  name: 'order',
  customEvents: [{ name: 'order.from_workflow', description: 'Declared by the workflow.' }],
  steps: [
    {
      name: 'publish',
      handler: 'publisher',
      retryLimit: 3,
      customEvents: [
        {
          name: 'order.from_step',
          schema: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
        },
      ],
    },
  ],
};
const BOOKING = { name: 'booking', steps: [{ name: 'book', handler: 'booker', retryLimit: 2 }] };

const start = () =>
  test.start({
    definitions: [ORDER, BOOKING],
    providers: [Publisher, Booker, Listener],
    options: { backoff: { delaysSeconds: [0.01], jitter: 0 }, customEvents: [{ name: 'order.from_options' }] },
  });

async function play(app: TestApp, name: string, work: typeof plan) {
  plan = work;
  const { taskId } = await app.tasker.createTask({ name });
  const task = await app.tasker.waitForTask(taskId);
  await app.get(ChangeFeed).drained();
  const { heard } = app.get(Listener);
  return { taskId, task, step: task.steps[0]!, heard, told: heard.map((one) => `${one.name} #${one.attempt}`) };
}

/** Each stored event, and whether the commit that stored it is the one that completed its step. */
const stored = () =>
  test.sql<{ name: string; attempt: number; payload: unknown; withResult: boolean }>(
    `select e.name, e.attempt, e.payload, exists (
       select from tasker_workflow_step_transitions h
       where h.workflow_step_id = e.workflow_step_id and h.to_state = 'complete' and h.xmin = e.xmin) as "withResult"
     from tasker_events e order by e.id`,
  );

it('may be declared on a step, a workflow, a handler and the module, and are told with the result, once', async () => {
  const app = await start();
  const names = ['order.from_step', 'order.from_workflow', 'order.from_handler', 'order.from_options'];
  const payload = { id: 7, list: [1, { deep: 'x' }], at: new Date(0) };
  const { taskId, step, heard } = await play(app, 'order', ({ events, task }) => {
    for (const name of names) events.publish(name, payload);
    events.publish('e2e.typed', { carrier: 'dhl' });
    expect(app.get(Listener).heard.filter((event) => event.taskId === task.taskId)).toEqual([]);
  });
  expect(step.state).toBe('complete');
  expect(heard.map(({ name }) => name)).toEqual(names);
  expect(app.get(Listener).carriers).toEqual(['dhl']);
  expect(heard[0]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    name: 'order.from_step',
    occurredAt: expect.any(String) as string,
    correlationId: expect.any(String) as string,
    taskId,
    namespace: 'default',
    taskName: 'order',
    version: '0.1.0',
    tags: [],
    stepId: step.stepId,
    stepName: 'publish',
    dependentSystem: 'unknown',
    attempt: 1,
    payload: { id: 7, list: [1, { deep: 'x' }], at: '1970-01-01T00:00:00.000Z' },
  });
  expect((await stored()).map(({ name, withResult }) => [name, withResult])).toEqual(
    [...names, 'e2e.typed'].map((name) => [name, true]),
  );
});

it('are never told when the attempt fails, and once when a later one succeeds', async () => {
  const { step, told } = await play(await start(), 'order', ({ events, attempt }) => {
    events.publish('order.from_handler', { attempt });
    if (attempt < 3) throw new Error('not yet');
  });
  expect(step).toMatchObject({ state: 'complete', attempts: 3 });
  expect(told).toEqual(['order.from_handler #3']);
  expect(await stored()).toMatchObject([{ attempt: 3, payload: { attempt: 3 }, withResult: true }]);
});

it('are stored and told at once by publishNow, whatever becomes of the attempt, as they were then', async () => {
  const { heard } = await play(await start(), 'order', async ({ events, attempt }) => {
    const payload = { attempt, at: new Date(0) as Date | string };
    await events.publishNow('order.from_workflow', payload);
    payload.at = 'changed';
    expect(await stored()).toHaveLength(attempt);
    if (attempt === 1) throw new Error('not yet');
  });
  const at = '1970-01-01T00:00:00.000Z';
  expect(heard.map(({ attempt, payload }) => ({ attempt, payload }))).toEqual([
    { attempt: 1, payload: { attempt: 1, at } },
    { attempt: 2, payload: { attempt: 2, at } },
  ]);
  expect((await stored()).map(({ withResult }) => withResult)).toEqual([false, false]);
});

it.each<[string, (context: StepContext) => unknown, string, RegExp]>([
  [
    'an event that nobody declared, with the nearest name',
    ({ events }) => events.publish('order.from_handlr'),
    'UNKNOWN_EVENT',
    /Published "order\.from_handlr", which no step or workflow declares.*Did you mean "order\.from_handler"/,
  ],
  [
    "one of the library's own",
    ({ events }) => events.publish('task.completed'),
    'UNKNOWN_EVENT',
    /Published "task\.completed"/,
  ],
  [
    'a payload that does not fit its schema, with the field',
    ({ events }) => events.publish('order.from_step', { id: 'seven' }),
    'INVALID_EVENT_PAYLOAD',
    /payload\.id/,
  ],
  [
    'a payload at once that does not fit',
    ({ events }) => events.publishNow('order.from_step', {}),
    'INVALID_EVENT_PAYLOAD',
    /payload\.id/,
  ],
  [
    'a payload that is no JSON',
    ({ events }) => events.publish('order.from_handler', { n: 1n }),
    'INVALID_EVENT_PAYLOAD',
    /events of the step/,
  ],
  [
    'more events than an attempt may publish',
    ({ events }) => {
      for (let i = 0; i <= 1_000; i++) events.publish('order.from_handler', i);
    },
    'TOO_MANY_EVENTS',
    /1000 events/,
  ],
])('fail the step for good when it publishes %s', async (_what, work, errorCode, message) => {
  const { task, step, told } = await play(await start(), 'order', work);
  expect(task.state).toBe('error');
  expect(step).toMatchObject({ state: 'error', attempts: 1, error: { errorCode, permanent: true } });
  expect(step.error!.message).toMatch(message);
  expect(told).toEqual([]);
  expect(await stored()).toEqual([]);
});

it('commit with the writes of a transactional step, or not at all', async () => {
  await test.sql('create table if not exists booked (attempt integer)');
  const { step, told } = await play(await start(), 'booking', async ({ events, attempt, manager }) => {
    events.publish('order.booked', { attempt });
    await manager!.query('insert into booked values ($1)', [attempt]);
    if (attempt === 1) throw new Error('not yet');
  });
  expect(step).toMatchObject({ state: 'complete', attempts: 2 });
  expect(told).toEqual(['order.booked #2']);
  expect(await stored()).toMatchObject([{ payload: { attempt: 2 }, withResult: true }]);
  expect(await test.sql('select attempt from booked')).toEqual([{ attempt: 2 }]);
});

it('are refused after the attempt has ended', async () => {
  let kept: StepContext | undefined;
  const { told } = await play(await start(), 'order', (context) => void (kept = context));
  const over = expect.objectContaining({ code: 'ATTEMPT_OVER' }) as Error;
  expect(() => kept!.events.publish('order.from_handler')).toThrow(over);
  await expect(kept!.events.publishNow('order.from_handler')).rejects.toEqual(over);
  expect(told).toEqual([]);
  expect(await stored()).toEqual([]);
});
