import { FakeClock } from 'nestjs-tasker/testing';
import { waitFor } from '../../../support/wait-for.js';
import { numberOf, Recorder } from './recorder.js';
import { useDelivery } from './support.js';

const test = useDelivery();
const DAY = 86_400_000;

/** A subscriber "billing" with three dead letters, and what to call when its events can be taken. */
async function withDeadLetters(): Promise<{ billing: Recorder; task: number; mend: () => void }> {
  const billing = new Recorder('billing', { maxAttempts: 1 });
  let isBroken = true;
  billing.act = () => {
    if (isBroken) throw new Error('out of order');
  };
  await test.deliver([billing]);
  const [task] = (await test.tasks(1)) as [number];
  await test.publish(task, 1, 2, 3);
  await waitFor(async () => (await test.operator().deadLetters()).length === 3);
  return { billing, task, mend: () => (isBroken = false) };
}

const audit = () =>
  test.engine.rows<{ action: string; subject: string; metadata: object }>(
    `select action, subject, metadata from tasker_audit where action like 'events.%' order by audit_id`,
  );

beforeEach(async () => {
  await test.engine.rows('delete from tasker_audit');
});

describe('a dead letter', () => {
  it('is tried again when an operator says so, one or all, and those of a task in order', async () => {
    const { billing, mend } = await withDeadLetters();
    const operator = test.operator();
    mend();
    const letters = await operator.deadLetters({ subscriber: 'billing', limit: 2 });
    expect(letters.map(({ event }) => event.payload)).toEqual([{ n: 1 }, { n: 2 }]);
    const [last] = await operator.deadLetters({ after: letters[1]!.deliveryId });
    expect(await operator.retry({ deliveryId: last!.deliveryId }, { by: 'ann', reason: 'mended' })).toBe(1);
    await waitFor(() => billing.taken.length === 1);
    expect(await operator.retry({ subscriber: 'billing' })).toBe(2);
    await test.caughtUp('billing');
    expect(billing.taken.map((event) => [numberOf(event), event.redelivered])).toEqual([
      [3, true],
      [1, true],
      [2, true],
    ]);
    expect(await operator.deadLetters()).toEqual([]);
    expect(await audit()).toMatchObject([
      { action: 'events.retry', subject: 'subscriber billing', metadata: { by: 'ann', reason: 'mended', events: 1 } },
      { action: 'events.retry', metadata: { events: 2 } },
    ]);
  });

  it('has all its attempts again, and is dead again after them', async () => {
    await withDeadLetters();
    const operator = test.operator();
    const [letter] = await operator.deadLetters();
    await operator.retry({ deliveryId: letter!.deliveryId });
    await waitFor(
      async () => (await test.engine.rows(`select from tasker_events where name like 'sub%'`)).length === 4,
    );
    expect(await operator.deadLetters()).toHaveLength(3);
  });

  it('is forgotten when an operator says so', async () => {
    await withDeadLetters();
    const operator = test.operator();
    const [letter] = await operator.deadLetters();
    expect(await operator.discard({ deliveryId: letter!.deliveryId })).toBe(1);
    expect(await operator.deadLetters()).toHaveLength(2);
    expect(await operator.discard({ subscriber: 'billing' })).toBe(2);
    expect(await operator.discard({ subscriber: 'billing' })).toBe(0);
    expect((await audit()).map(({ metadata }) => metadata)).toMatchObject([
      { first: [letter!.event.id] },
      { events: 2 },
    ]);
    await expect(operator.discard({ deliveryId: 999_999 })).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND' });
    await expect(operator.retry({ deliveryId: 999_999 })).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND' });
  });

  it('is kept until it is old', async () => {
    await withDeadLetters();
    await test.engine.rows(`update tasker_event_deliveries set dead_at = dead_at - interval '10 days'
                            where (event->'payload'->>'n')::integer < 3`);
    await test.engine.rows(`update tasker_events set created_at = created_at - interval '10 days'
                            where task_id is null and payload->>'eventName' = 'order.placed'`);
    expect(await test.operatorStore().prune(11, 100)).toBe(0);
    expect(await test.operatorStore().prune(9, 1)).toBe(1);
    expect(await test.operatorStore().prune(9, 100)).toBe(2);
    expect(await test.operatorStore().prune(9, 100)).toBe(0);
    expect(await test.operator().deadLetters()).toHaveLength(1);
    expect(await test.engine.rows('select from tasker_events where task_id is not null')).toHaveLength(3);
  });
});

describe('a replay', () => {
  it('gives everything again from an instant on, marked, while nothing else is lost', async () => {
    const billing = new Recorder('billing', { from: 'beginning' });
    await test.deliver([billing]);
    const [a, b] = (await test.tasks(2)) as [number, number];
    await test.publish(a, 1, 2);
    for (const table of ['tasker_events', 'tasker_task_transitions', 'tasker_workflow_step_transitions']) {
      await test.engine.rows(`update ${table} set created_at = created_at - interval '2 days'`);
    }
    await test.publish(a, 3);
    await test.publish(b, 4);
    await test.caughtUp('billing');
    await test.operator().replay('billing', new Date(Date.now() - DAY), { by: 'ann' });
    await waitFor(() => billing.taken.length === 6);
    await test.publish(a, 5);
    await waitFor(() => billing.taken.length === 7);
    expect(billing.taken.slice(4).map((event) => [numberOf(event), event.redelivered])).toEqual([
      [3, true],
      [4, true],
      [5, undefined],
    ]);
    expect(await audit()).toMatchObject([{ action: 'events.replay', metadata: { by: 'ann' } }]);
    const { seekTo } = await test.operator().subscriber('billing');
    expect(seekTo).toBeNull();
  });

  it('gives everything from the beginning, or after an id, and is not delivered beside what is under way', async () => {
    const billing = new Recorder('billing');
    await test.deliver([billing]);
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2, 3);
    await test.caughtUp('billing');
    let finish = (): void => undefined;
    billing.act = () => new Promise<void>((resolve) => (finish = resolve));
    await test.publish(a, 4);
    await waitFor(() => billing.tries.length === 4);
    await test.operator().replay('billing', 'beginning');
    billing.act = () => undefined;
    finish();
    await waitFor(() => billing.taken.length === 8);
    expect(billing.taken.slice(4).map(numberOf)).toEqual([1, 2, 3, 4]);
    expect(billing.taken.slice(4).every((event) => event.redelivered)).toBe(true);
    expect(billing.together).toBe(1);
    const [third] = await test.engine.rows<{ id: number }>(`select id from tasker_events where payload = '{"n": 3}'`);
    await test.operator().replay('billing', { after: third!.id });
    await waitFor(() => billing.taken.length === 9);
    expect(numberOf(billing.taken[8]!)).toBe(4);
  });

  it('leaves dead letters to the operator', async () => {
    const { billing, mend } = await withDeadLetters();
    mend();
    await test.operator().replay('billing', 'beginning');
    await waitFor(() => billing.taken.length === 3);
    await test.caughtUp('billing');
    expect(billing.numbers()).toEqual([1, 2, 3]);
    expect(await test.operator().deadLetters()).toHaveLength(3);
  });

  it('of a subscriber that nobody has is done by who comes', async () => {
    const first = new Recorder('billing');
    const delivery = await test.deliver([first]);
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2);
    await test.caughtUp('billing');
    await delivery.stop();
    expect(await test.operator().replay('billing', 'beginning')).toMatchObject({ seekTo: 0, owner: null });
    const second = new Recorder('billing');
    await test.deliver([second]);
    await waitFor(() => second.taken.length === 2);
    expect(second.taken.every((event) => event.redelivered)).toBe(true);
  });
});

describe('a subscriber', () => {
  it('gets nothing while it is paused, and everything when it goes on', async () => {
    const billing = new Recorder('billing');
    const delivery = await test.deliver([billing]);
    const [a] = (await test.tasks(1)) as [number];
    const paused = await test.operator().pause('billing', { by: 'ann' });
    expect(paused.pausedAt).toBeInstanceOf(Date);
    // A renewal has told it.
    const [{ at }] = (await test.engine.rows('select clock_timestamp() as at')) as [{ at: Date }];
    await waitFor(async () => {
      const [row] = await test.engine.rows<{ until: Date }>(
        'select lease_expires_at as until from tasker_event_subscribers',
      );
      return row!.until.getTime() > at.getTime() + 1_000;
    });
    await test.publish(a, 1, 2);
    await test.looked(5);
    expect(billing.tries).toEqual([]);
    expect((await test.operator().subscriber('billing')).behind).toBeGreaterThan(0);
    await delivery.stop();
    await test.deliver([billing]);
    await test.looked(5);
    expect(billing.tries).toEqual([]);
    await test.operator().resume('billing');
    await test.caughtUp('billing');
    expect(billing.numbers()).toEqual([1, 2]);
    expect((await audit()).map(({ action }) => action)).toEqual(['events.pause', 'events.resume']);
  });

  it('shows how far it is behind, by the events that concern it', async () => {
    const clock = new FakeClock(new Date());
    const billing = new Recorder('billing');
    const delivery = await test.deliver([billing]);
    await test.caughtUp('billing');
    await delivery.stop();
    const [a] = (await test.tasks(1)) as [number];
    await test.engine.rows(`insert into tasker_events (name, task_id) values ('refund.made', $1)`, [a]);
    expect(await test.operator(clock).subscriber('billing')).toMatchObject({ lagSeconds: 0, owner: null });
    await test.publish(a, 1);
    clock.advance(60_000);
    const status = await test.operator(clock).subscriber('billing');
    expect(status.lagSeconds).toBeGreaterThan(55);
    expect(status.behind).toBeGreaterThanOrEqual(2);
    expect(status.patterns).toEqual(['order.*']);
  });

  it('that was removed is forgotten with what waits for it, and begins anew where it still is', async () => {
    const { billing, mend, task } = await withDeadLetters();
    await test.operator().remove('billing', { by: 'ann' });
    expect(await test.engine.rows('select from tasker_event_deliveries')).toEqual([]);
    mend();
    await waitFor(async () => (await test.operator().subscribers())[0]?.owner);
    await test.publish(task, 4);
    await waitFor(() => billing.taken.length === 1);
    expect(billing.numbers()).toEqual([4]);
  });

  it('that does not exist is not found', async () => {
    const operator = test.operator();
    const found = { code: 'SUBSCRIBER_NOT_FOUND' };
    await expect(operator.subscriber('nobody')).rejects.toMatchObject(found);
    await expect(operator.pause('nobody')).rejects.toMatchObject(found);
    await expect(operator.resume('nobody')).rejects.toMatchObject(found);
    await expect(operator.replay('nobody', 'beginning')).rejects.toMatchObject(found);
    await expect(operator.remove('nobody')).rejects.toMatchObject(found);
    expect(await operator.subscribers()).toEqual([]);
    expect(await audit()).toEqual([]);
  });
});
