import { setTimeout as sleep } from 'node:timers/promises';
import { FakeClock } from 'nestjs-tasker/testing';
import { waitFor } from '../../../support/wait-for.js';
import { numberOf, Recorder } from './recorder.js';
import { useDelivery } from './support.js';

const test = useDelivery();

/** Fails with the events of these numbers. */
function failing(name: string, numbers: Set<number>, options = {}): Recorder {
  const recorder = new Recorder(name, options);
  recorder.act = (event) => {
    if (event.name === 'order.placed' && numbers.has(numberOf(event))) throw new Error(`no ${numberOf(event)}`);
  };
  return recorder;
}

const parked = () =>
  test.engine.rows<{ n: number; attempts: number; is_first: boolean; dead: boolean; last_error: string | null }>(
    `select (event->'payload'->>'n')::integer as n, attempts, next_attempt_at is not null as is_first,
       dead_at is not null as dead, last_error
     from tasker_event_deliveries order by stream_id`,
  );

describe('an event that cannot be taken', () => {
  it('is set aside with those of its task behind it, while other tasks go on', async () => {
    const bad = new Set([1]);
    const billing = failing('billing', bad, { maxAttempts: 1_000 });
    const clock = new FakeClock(new Date());
    const delivery = test.delivery({}, clock);
    await delivery.start([billing]);
    const [a, b] = (await test.tasks(2)) as [number, number];
    await test.publish(a, 1, 2);
    await test.publish(b, 3, 4);
    await test.publish(a, 5);
    await waitFor(async () => (await parked()).length === 3 && billing.taken.length === 2);
    expect(billing.numbers()).toEqual([3, 4]);
    expect(await parked()).toEqual([
      { n: 1, attempts: 1, is_first: true, dead: false, last_error: 'Error: no 1' },
      { n: 2, attempts: 0, is_first: false, dead: false, last_error: null },
      { n: 5, attempts: 0, is_first: false, dead: false, last_error: null },
    ]);
    expect(await test.operator().subscriber('billing')).toMatchObject({ parked: 3, dead: 0, lastError: 'Error: no 1' });
    bad.clear();
    clock.advance(1_000);
    await waitFor(() => billing.taken.length === 5);
    await test.caughtUp('billing');
    expect(billing.numbers(a)).toEqual([1, 2, 5]);
    expect(billing.tries.filter((event) => event.redelivered).map(numberOf)).toEqual([1]);
    expect(await parked()).toEqual([]);
  });

  it('is given up after its last attempt; those behind it go on, and it is told', async () => {
    const watcher = new Recorder('watcher', {}, ['subscriber.*']);
    const billing = failing('billing', new Set([1, 3]), { maxAttempts: 3 });
    await test.deliver([billing, watcher]);
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2, 3, 4);
    await waitFor(() => watcher.taken.length === 2);
    await test.caughtUp('billing');
    expect(billing.tries.map(numberOf)).toEqual([1, 1, 1, 2, 3, 3, 3, 4]);
    const letters = await test.operator().deadLetters({ subscriber: 'billing' });
    expect(
      letters.map(({ event, attempts, lastError, taskId }) => [event.payload, attempts, lastError, taskId]),
    ).toEqual([
      [{ n: 1 }, 3, 'Error: no 1', a],
      [{ n: 3 }, 3, 'Error: no 3', a],
    ]);
    expect(watcher.taken[0]).toMatchObject({
      name: 'subscriber.dead_lettered',
      subscriber: 'billing',
      eventName: 'order.placed',
      eventId: letters[0]!.event.id,
      attempts: 3,
      error: 'Error: no 1',
      correlationId: null,
    });
  });

  it('is given up at once when there is one attempt', async () => {
    const watcher = new Recorder('watcher', {}, ['subscriber.*']);
    const billing = failing('billing', new Set([1]), { maxAttempts: 1 });
    await test.deliver([billing, watcher]);
    await test.publish((await test.tasks(1))[0]!, 1, 2);
    await waitFor(() => watcher.taken.length === 1);
    await test.caughtUp('billing');
    expect(billing.tries.map(numberOf)).toEqual([1, 2]);
    expect(await parked()).toMatchObject([{ n: 1, attempts: 1, dead: true }]);
  });

  it('makes no news of a failure to take such news', async () => {
    const all = new Recorder('all', { maxAttempts: 1 }, ['**']);
    all.act = (event) => {
      if (event.name === 'order.placed' || event.name.startsWith('subscriber.')) throw new Error('never');
    };
    await test.deliver([all]);
    await test.publish((await test.tasks(1))[0]!, 1);
    await waitFor(async () => (await parked()).length === 2);
    await test.looked(5);
    expect((await parked()).length).toBe(2);
    expect(await test.engine.rows(`select from tasker_events where name = 'subscriber.dead_lettered'`)).toHaveLength(1);
  });

  it('may fail with whatever text', async () => {
    const billing = new Recorder('billing', { maxAttempts: 1 });
    billing.act = () => {
      throw new Error('nul \0, half \ud800, long ' + 'x'.repeat(10_000));
    };
    await test.deliver([billing]);
    await test.publish((await test.tasks(1))[0]!, 1);
    await waitFor(async () => (await parked()).length === 1);
    const [row] = await parked();
    expect(row!.last_error).toMatch(/^Error: nul , half \ufffd, long x+$/);
    expect(row!.last_error!.length).toBeLessThanOrEqual(2_000);
  });

  it('outlives its task', async () => {
    const bad = new Set([1]);
    const billing = failing('billing', bad, { maxAttempts: 1_000 });
    await test.deliver([billing]);
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2);
    await waitFor(async () => (await parked()).length === 2);
    await test.engine.rows('delete from tasker_tasks');
    bad.clear();
    await test.caughtUp('billing');
    expect(billing.numbers(a)).toEqual([1, 2]);
  });

  it('of many behind it loses none, and keeps their order', async () => {
    const bad = new Set([1]);
    const billing = failing('billing', bad, { maxAttempts: 1_000 });
    await test.deliver([billing]);
    const [a] = (await test.tasks(1)) as [number];
    const numbers = Array.from({ length: 400 }, (_, index) => index + 1);
    for (let at = 0; at < 400; at += 40) await test.publish(a, ...numbers.slice(at, at + 40));
    await waitFor(async () => (await parked()).length === 400);
    bad.clear();
    await test.caughtUp('billing');
    expect(billing.numbers(a)).toEqual(numbers);
  });
});

describe('a delivery that hangs', () => {
  it('has failed after its time, whether or not it minds its signal, and keeps no other task', async () => {
    const billing = new Recorder('billing', { timeoutSeconds: 0.15, maxAttempts: 2, concurrency: 2 });
    const aborted: number[] = [];
    billing.act = (event, signal) => {
      if (numberOf(event) !== 1) return;
      signal.addEventListener('abort', () => aborted.push(1));
      return new Promise(() => undefined);
    };
    await test.deliver([billing]);
    const [a, b] = (await test.tasks(2)) as [number, number];
    await test.publish(a, 1, 2);
    await test.publish(b, ...Array.from({ length: 20 }, (_, index) => 10 + index));
    await waitFor(() => billing.numbers(b).length === 20);
    await test.caughtUp('billing');
    expect(billing.numbers(a)).toEqual([2]);
    expect(aborted).toHaveLength(2);
    const [letter] = await test.operator().deadLetters();
    expect(letter!.lastError).toBe('Error: The delivery took longer than 0.15 s.');
  });

  it('keeps no shutdown; it is given again, and marked', async () => {
    const billing = new Recorder('billing', { timeoutSeconds: 3_600 });
    billing.act = () => new Promise(() => undefined);
    const delivery = await test.deliver([billing], { graceMs: 50 });
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2);
    await waitFor(() => billing.tries.length === 1);
    await delivery.stop();
    const next = new Recorder('billing');
    await test.deliver([next]);
    await test.caughtUp('billing');
    expect(next.taken.map((event) => [numberOf(event), event.redelivered])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(await parked()).toEqual([]);
  });

  it('is waited for within the grace of a shutdown', async () => {
    const billing = new Recorder('billing');
    let finish = (): void => undefined;
    billing.act = () => new Promise<void>((resolve) => (finish = resolve));
    const delivery = await test.deliver([billing], { graceMs: 5_000 });
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2);
    await waitFor(() => billing.tries.length === 1);
    const stopped = delivery.stop();
    await sleep(0);
    finish();
    await stopped;
    expect(billing.numbers()).toEqual([1]);
    const next = new Recorder('billing');
    await test.deliver([next]);
    await test.caughtUp('billing');
    expect(next.tries.map((event) => [numberOf(event), event.redelivered])).toEqual([[2, undefined]]);
  });
});
