import { jest } from '@jest/globals';
import { EventEmitter2 } from 'eventemitter2';
import { Logger } from '@nestjs/common';
import { exampleEvent } from '../../src/core/events/example-events.js';
import { EventHub, type Listener } from '../../src/events/event-hub.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { waitFor } from '../support/wait-for.js';

const COMPLETED = exampleEvent('task.completed');
const FAILED = exampleEvent('task.failed');

let hub: EventHub;
let logger: RecordingLogger;
let heard: string[];
beforeEach(() => {
  hub = new EventHub();
  logger = new RecordingLogger();
  heard = [];
  Logger.overrideLogger(logger);
});
afterAll(() => void Logger.overrideLogger(false));

function listen(name: string, patterns: readonly string[], more: Partial<Listener> = {}): () => void {
  const call = (event: { name: string }): void => void heard.push(`${name} ${event.name}`);
  return hub.add({ name, patterns, call, ...more });
}
const statusOf = (name: string) => hub.statuses.find((status) => status.name === name)!;
const errors = () => logger.find('error', '');

it('tells each listener what fits one of its patterns, once, in the order they came', () => {
  listen('all', ['**', 'task.*', 'task.completed']);
  listen('failures', ['*.failed']);
  hub.publish(COMPLETED);
  hub.publish(FAILED);
  expect(heard).toEqual(['all task.completed', 'all task.failed', 'failures task.failed']);
});

it('tells only what a filter lets through', () => {
  listen('vip', ['task.*'], { filter: (event) => 'taskId' in event && event.taskId === 7 });
  hub.publish(COMPLETED);
  expect(heard).toEqual([]);
  expect(statusOf('vip')).toMatchObject({ delivered: 0, failed: 0 });
});

it('knows whether anybody wants something, also after a listener has gone', () => {
  expect(hub.isListening).toBe(false);
  const leave = listen('one', ['task.*']);
  expect([hub.isListening, hub.wants('task.failed'), hub.wants('step.failed')]).toEqual([true, true, false]);
  leave();
  expect([hub.isListening, hub.wants('task.failed')]).toEqual([false, false]);
  hub.publish(FAILED);
  expect(heard).toEqual([]);
});

const strange = Object.defineProperty(new Error('x'), 'stack', {
  get: () => {
    throw new Error('even this');
  },
});

it.each<[string, Partial<Listener>]>([
  ['throws', { call: () => fail(new Error('thrown')) }],
  ['rejects', { call: () => Promise.reject(new Error('rejected')) }],
  ['throws nothing at all', { call: () => fail(undefined) }],
  ['throws what cannot be read', { call: () => fail(strange) }],
  ['throws from its filter', { filter: () => fail(new Error('filter')) }],
  ['returns a promise that throws when it is asked', { call: () => ({ then: () => fail(new Error('then')) }) }],
])('goes on to the others when a listener %s, counts it and logs it', async (_what, how) => {
  listen('bad', ['**'], how);
  listen('good', ['**']);
  hub.publish(COMPLETED);
  expect(heard).toEqual(['good task.completed']);
  await waitFor(() => statusOf('bad').failed === 1);
  expect(statusOf('bad').pending).toBe(0);
  expect(statusOf('bad').lastError).not.toBeNull();
  expect(errors()).toHaveLength(1);
  expect(errors()[0]).toContain(`bad failed on ${COMPLETED.id} task.completed`);
});

it('goes on when the logger itself throws', () => {
  Logger.overrideLogger({ ...logger, error: () => fail(new Error('the disk is full')) });
  listen('bad', ['**'], { call: () => fail(new Error('thrown')) });
  listen('good', ['**']);
  expect(() => hub.publish(COMPLETED)).not.toThrow();
  expect(heard).toEqual(['good task.completed']);
});

it('logs one that fails every time once a second, and says how often it was', () => {
  const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
  try {
    listen('bad', ['**'], { call: () => fail(new Error('thrown')) });
    for (let i = 0; i < 500; i++) hub.publish(COMPLETED);
    expect(errors()).toHaveLength(1);
    now.mockReturnValue(1_001_000);
    hub.publish(COMPLETED);
    expect(errors()[1]).toContain('499 times more');
    expect(statusOf('bad').failed).toBe(501);
  } finally {
    now.mockRestore();
  }
});

it('gives no more to one that hangs, once it has a thousand unfinished calls, and again when some have ended', async () => {
  const ends: (() => void)[] = [];
  listen('hangs', ['**'], { call: () => new Promise<void>((resolve) => ends.push(resolve)) });
  listen('good', ['**']);
  for (let i = 0; i < 1_005; i++) hub.publish(COMPLETED);
  expect(statusOf('hangs')).toMatchObject({ delivered: 1_000, pending: 1_000, dropped: 5, failed: 0 });
  expect(heard).toHaveLength(1_005);
  expect(errors()[0]).toContain('1000 unfinished calls');
  ends.forEach((end) => end());
  await waitFor(() => statusOf('hangs').pending === 0);
  hub.publish(COMPLETED);
  expect(statusOf('hangs')).toMatchObject({ delivered: 1_001, dropped: 5 });
});

describe.each([{ wildcard: true }, { wildcard: false }])('an event emitter with %j', (options) => {
  let emitter: EventEmitter2;
  beforeEach(() => {
    emitter = new EventEmitter2(options);
    hub.attach(emitter);
  });

  it('hears of everything under tasker.', () => {
    const got: unknown[] = [];
    emitter.on('tasker.task.completed', (event) => got.push(event));
    hub.publish(COMPLETED);
    hub.publish(FAILED);
    expect(got).toEqual([COMPLETED]);
    expect([hub.wants('task.completed'), hub.wants('task.failed')]).toEqual([true, false]);
  });

  it('hears with onAny as well', () => {
    const got: unknown[] = [];
    emitter.onAny((name) => got.push(name));
    hub.publish(COMPLETED);
    expect(got).toEqual(['tasker.task.completed']);
  });

  it('may have listeners that throw or reject: that is logged, and nobody else is disturbed', async () => {
    listen('good', ['**']);
    const after: string[] = [];
    emitter.on('tasker.task.completed', () => fail(new Error('raw and rude')));
    emitter.once('tasker.task.completed', () => after.push('once'));
    emitter.on('tasker.task.completed', () => after.push('on'));
    if (options.wildcard) emitter.on('tasker.**', () => after.push('wildcard'));
    const late = (): Promise<never> => Promise.reject(new Error('late and rude'));
    emitter.on('tasker.task.failed', late as () => void);
    hub.publish(COMPLETED);
    hub.publish(FAILED);
    hub.publish(COMPLETED);
    expect(heard).toEqual(['good task.completed', 'good task.failed', 'good task.completed']);
    const behind = ['once', 'on', 'on', ...(options.wildcard ? ['wildcard', 'wildcard', 'wildcard'] : [])];
    expect(after.sort()).toEqual(behind.sort());
    await waitFor(() => errors().length === 3);
    expect(errors()).toEqual([
      'A listener of tasker.task.completed on the event emitter failed: raw and rude',
      'A listener of tasker.task.completed on the event emitter failed: raw and rude',
      'A listener of tasker.task.failed on the event emitter failed: late and rude',
    ]);
  });
});

it('takes an emitter that can do no more than emit', () => {
  const got: [string, unknown][] = [];
  hub.attach({ emit: (name: string, event: unknown) => Boolean(got.push([name, event])) });
  hub.publish(COMPLETED);
  expect(got).toEqual([['tasker.task.completed', COMPLETED]]);
});

function fail(error: unknown): never {
  throw error;
}
