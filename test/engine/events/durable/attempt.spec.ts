import { type TaskerEvent } from '../../../../src/core/events/event-map.js';
import { attemptDelivery } from '../../../../src/engine/events/durable/attempt.js';
import { Recorder } from './recorder.js';

const EVENT = { id: 't1.1', name: 'task.completed', taskId: 1 } as TaskerEvent;
const NEVER = new AbortController().signal;

/** One attempt with this deliver(), and how it ended. */
function attempt(act: Recorder['act'], outer: AbortSignal = NEVER, timeoutMs = 60_000) {
  const subscriber = new Recorder('billing');
  subscriber.act = act;
  return attemptDelivery(subscriber, EVENT, timeoutMs, outer);
}

it('says nothing of an event that was taken', async () => {
  expect(await attempt(() => undefined)).toBeUndefined();
  expect(await attempt(async () => Promise.resolve())).toBeUndefined();
});

it.each<[what: string, thrown: unknown, told: string]>([
  ['an error', new TypeError('no bank'), 'TypeError: no bank'],
  ['a text', 'no bank', 'no bank'],
  ['nothing', undefined, 'undefined'],
  ['something that cannot be read', Object.create(null) as unknown, 'something that cannot be read was thrown'],
  ['characters that cannot be stored', new Error('a\0b\ud800c'), 'Error: ab\ufffdc'],
])('tells why when it throws or rejects with %s', async (_what, thrown, told) => {
  const atOnce = attempt(() => {
    throw thrown;
  });
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a subscriber may do
  const later = attempt(() => Promise.reject(thrown));
  expect([await atOnce, await later]).toEqual([{ error: told }, { error: told }]);
});

it('ends in time when deliver() never does, and tells it so', async () => {
  let reason: unknown;
  const end = await attempt(
    (_event, signal) => {
      signal.addEventListener('abort', () => (reason = signal.reason as unknown));
      return new Promise(() => undefined);
    },
    NEVER,
    20,
  );
  expect(end).toEqual({ error: 'Error: The delivery took longer than 0.02 s.' });
  expect(reason).toBeInstanceOf(Error);
});

it('ends at once when the outer signal is aborted, before or meanwhile', async () => {
  let calls = 0;
  const hang = (): Promise<void> => (calls++, new Promise(() => undefined));
  expect(await attempt(hang, AbortSignal.abort(new Error('stop')))).toEqual({ error: 'Error: stop' });
  expect(calls).toBe(0);
  const outer = new AbortController();
  const end = attempt(hang, outer.signal);
  outer.abort(new Error('stop'));
  expect(await end).toEqual({ error: 'Error: stop' });
});
