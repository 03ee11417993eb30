import { type DataSource } from 'typeorm';
import { FakeClock } from 'nestjs-tasker/testing';
import { connectDatabase } from '../../src/persistence/connect.js';
import { type DeliveryOutcome, EventDeliveryStore } from '../../src/persistence/event-delivery-store.js';
import { START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();
const LEASE_MS = 60_000;
const clock = new FakeClock(START);

let owned: DataSource;
let store: EventDeliveryStore;
beforeAll(async () => {
  const { owned: dataSource, database } = await connectDatabase({ url: test.database.url, poolSize: 4 }, undefined);
  owned = dataSource!;
  store = new EventDeliveryStore(database, clock);
});
afterAll(() => owned.destroy());
beforeEach(async () => {
  await test.engine.rows('delete from tasker_event_subscribers');
  await test.engine.rows('delete from tasker_events');
  await test.engine.rows(
    `insert into tasker_event_subscribers (name, position, announced, epoch) values ('billing', 0, 0, 7)`,
  );
});

const outcome = (id: number, task: number | null, end: Partial<DeliveryOutcome> = {}): DeliveryOutcome => ({
  id,
  part: 0,
  name: 'order.placed',
  task,
  event: { id: `event ${id}` },
  parked: false,
  tried: false,
  outcome: 'waits',
  attempts: 0,
  ...end,
});
const failed = (
  id: number,
  task: number | null,
  delayMs: number,
  more: Partial<DeliveryOutcome> = {},
): DeliveryOutcome =>
  outcome(id, task, { outcome: 'failed', attempts: 1, delay_ms: delayMs, error: `error ${id}`, tried: true, ...more });
const settle = (outcomes: readonly DeliveryOutcome[], epoch = 7) =>
  store.settle('billing', epoch, { position: 100, announced: 120, delivered: 3, outcomes }, LEASE_MS);
const due = async (except: number[] = []) =>
  (await store.takeDue('billing', 7, { lines: 10, perLine: 2, except })).map(({ id }) => id);
const stored = () =>
  test.engine.rows<{ id: number; at: number | null; dead: boolean; attempts: number; tried: boolean }>(
    `select stream_id as id, extract(epoch from next_attempt_at - $1::timestamptz)::integer as at,
       dead_at is not null as dead, attempts, tried
     from tasker_event_deliveries order by stream_id`,
    [clock.now()],
  );

describe('what is booked', () => {
  it('moves the cursor and renews the lease, never back', async () => {
    expect(await settle([])).toBe(true);
    await store.settle('billing', 7, { position: 50, announced: 60, delivered: 1, outcomes: [] }, LEASE_MS);
    const rows = await test.engine.rows(
      'select position, announced, delivered, lease_expires_at > now() as held from tasker_event_subscribers',
    );
    expect(rows).toEqual([{ position: 100, announced: 120, delivered: 4, held: true }]);
  });

  it('changes nothing when another holds the subscriber', async () => {
    expect(await settle([failed(1, 5, 1_000)], 6)).toBe(false);
    expect(await stored()).toEqual([]);
    expect(await test.engine.rows('select position from tasker_event_subscribers')).toEqual([{ position: 0 }]);
  });

  it('may be booked twice, when nobody knows whether it was', async () => {
    const outcomes = [failed(1, 5, 1_000), outcome(2, 5), outcome(3, 6, { outcome: 'dead', attempts: 1, error: 'x' })];
    await settle(outcomes);
    const once = await stored();
    await settle(outcomes);
    expect(await stored()).toEqual(once);
    expect(await test.engine.rows('select from tasker_events')).toHaveLength(1);
  });

  it('lets the first of each line be due, and nothing that stands behind it', async () => {
    await settle([failed(1, 5, 3_000), outcome(2, 5), outcome(3, null), outcome(4, null), outcome(5, 6)]);
    expect((await stored()).map(({ id, at }) => [id, at])).toEqual([
      [1, 3],
      [2, null],
      [3, 0],
      [4, null],
      [5, 0],
    ]);
    await settle([outcome(3, null, { parked: true, outcome: 'taken' })]);
    expect((await stored()).map(({ id, at }) => [id, at])).toContainEqual([4, 0]);
  });

  it('puts what comes from further back in front', async () => {
    await settle([failed(10, 5, 3_000)]);
    await settle([outcome(4, 5, { tried: true })]);
    expect((await stored()).map(({ id, at }) => [id, at])).toEqual([
      [4, 0],
      [10, 3],
    ]);
    clock.advance(10_000);
    expect(await due()).toEqual([4, 10]);
  });

  it('leaves alone what an operator has discarded meanwhile', async () => {
    await settle([failed(1, 5, 0)]);
    await test.engine.rows('delete from tasker_event_deliveries');
    await settle([failed(1, 5, 0, { parked: true, event: undefined, attempts: 2 })]);
    await settle([outcome(1, 5, { parked: true, event: undefined, outcome: 'dead', attempts: 3 })]);
    expect(await stored()).toEqual([]);
    expect(await test.engine.rows('select from tasker_events')).toEqual([]);
  });

  it('takes up again what was dead and is read once more', async () => {
    await settle([outcome(1, 5, { outcome: 'dead', attempts: 1, error: 'x' })]);
    await settle([outcome(1, 5)]);
    expect(await stored()).toEqual([{ id: 1, at: 0, dead: false, attempts: 0, tried: true }]);
  });
});

describe('what is due', () => {
  it('is told by subscriber, and taken line by line', async () => {
    await settle([failed(1, 5, 1_000), outcome(2, 5), outcome(3, 5), failed(4, 6, 2_000), failed(7, null, 1_500)]);
    expect(await store.due(['billing', 'other'])).toEqual([]);
    expect(await due()).toEqual([]);
    clock.advance(1_000);
    expect(await store.due(['billing', 'other'])).toEqual(['billing']);
    expect(await due([5])).toEqual([]);
    expect(await due()).toEqual([1, 2]);
    clock.advance(1_000);
    expect(await due([5])).toEqual([4, 7]);
    expect(await due([5, 0])).toEqual([4]);
  });

  it('counts as tried from then on, and only for its holder', async () => {
    await settle([outcome(1, 5)]);
    expect(await store.takeDue('billing', 6, { lines: 1, perLine: 1, except: [] })).toEqual([]);
    const limits = { lines: 1, perLine: 1, except: [] };
    expect(await store.takeDue('billing', 7, limits)).toMatchObject([{ id: 1, tried: false, taskId: 5, attempts: 0 }]);
    expect(await store.takeDue('billing', 7, limits)).toMatchObject([{ id: 1, tried: true }]);
  });

  it('does not include dead ones; what stands behind them does not wait', async () => {
    await settle([outcome(1, 5, { outcome: 'dead', attempts: 1, error: 'x' }), outcome(2, 5)]);
    expect(await due()).toEqual([2]);
    expect(await store.parkedLines('billing', [4, 5], 10)).toEqual({ lines: new Set([5]), parked: 1 });
    await settle([outcome(2, 5, { parked: true, outcome: 'taken' })]);
    expect(await store.parkedLines('billing', [5], 10)).toEqual({ lines: new Set(), parked: 0 });
  });
});
