import { type DataSource } from 'typeorm';
import { SystemClock } from '../../src/core/clock.js';
import { connectDatabase } from '../../src/persistence/connect.js';
import { EventSubscriberStore, type HeldLease } from '../../src/persistence/event-subscriber-store.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();
const LEASE_MS = 60_000;

let owned: DataSource;
let store: EventSubscriberStore;
beforeAll(async () => {
  const { owned: dataSource, database } = await connectDatabase({ url: test.database.url, poolSize: 12 }, undefined);
  owned = dataSource!;
  store = new EventSubscriberStore(database, new SystemClock());
});
afterAll(() => owned.destroy());
beforeEach(async () => {
  await test.engine.rows('delete from tasker_event_subscribers');
  await store.register('billing', ['task.*'], 10);
});

const take = async (owner: string, name = 'billing'): Promise<HeldLease | undefined> =>
  (await store.hold([{ name, epoch: null, position: 0 }], owner, LEASE_MS))[0];
const renew = async (lease: HeldLease, position = lease.position): Promise<HeldLease | undefined> =>
  (await store.hold([{ name: lease.name, epoch: lease.epoch, position }], 'a', LEASE_MS))[0];
const expire = () => test.engine.rows(`update tasker_event_subscribers set lease_expires_at = clock_timestamp()`);
const seek = (to: number) => test.engine.rows('update tasker_event_subscribers set seek_to = $1', [to]);

it('keeps the place of a subscriber that is known already, and notes what it asks for now', async () => {
  await store.register('billing', ['step.*'], 99);
  expect(await store.list()).toMatchObject([{ name: 'billing', position: 10, announced: 10, patterns: ['step.*'] }]);
  expect(await store.known(['billing', 'other'])).toEqual(new Set(['billing']));
  expect(await store.list('other')).toEqual([]);
});

describe('a lease', () => {
  it('goes to one of many who want it at once', async () => {
    const got = await Promise.all(Array.from({ length: 10 }, (_, index) => take(`process ${index}`)));
    const holders = got.filter((lease) => lease !== undefined);
    expect(holders).toHaveLength(1);
    expect(holders[0]).toEqual({
      name: 'billing',
      epoch: 1,
      position: 10,
      announced: 10,
      isPaused: false,
      isSought: false,
    });
    expect((await store.list())[0]!.owner).toMatch(/^process \d$/);
  });

  it('is renewed by its holder, who moves the cursor with it but never back', async () => {
    const lease = (await take('a'))!;
    expect(await renew(lease, 20)).toMatchObject({ epoch: 1, position: 20, announced: 20 });
    expect(await renew(lease, 15)).toMatchObject({ position: 20 });
    expect(await take('b')).toBeUndefined();
  });

  it('goes to another when its time is over, and is no longer the first one’s', async () => {
    const lease = (await take('a'))!;
    await expire();
    expect((await store.list())[0]!.owner).toBeNull();
    expect(await take('b')).toMatchObject({ epoch: 2, position: 10 });
    expect(await renew(lease, 50)).toBeUndefined();
    expect(await store.list()).toMatchObject([{ position: 10, owner: 'b' }]);
  });

  it('can be renewed late when nobody else came', async () => {
    const lease = (await take('a'))!;
    await expire();
    expect(await renew(lease)).toMatchObject({ epoch: 1 });
  });

  it('that was given back is free at once, and was the last of its epoch', async () => {
    const lease = (await take('a'))!;
    await test.engine.rows('update tasker_event_subscribers set announced = 100');
    await store.release('billing', lease.epoch, 30);
    expect(await store.list()).toMatchObject([{ owner: null, position: 10, announced: 30 }]);
    expect(await renew(lease)).toBeUndefined();
    expect(await take('b')).toMatchObject({ announced: 30 });
    await store.release('billing', lease.epoch, 10);
    expect((await store.list())[0]!.owner).toBe('b');
  });

  it('begins where an operator has asked for; the holder before goes on until it has heard of it', async () => {
    const lease = (await take('a'))!;
    await renew(lease, 40);
    await seek(5);
    expect(await renew(lease, 50)).toMatchObject({ position: 50, isSought: true });
    await store.release('billing', lease.epoch, 50);
    expect(await take('b')).toMatchObject({ position: 5, announced: 50, isSought: false });
    await expire();
    await seek(80);
    expect(await take('c')).toMatchObject({ position: 80, announced: 80 });
    expect((await store.list())[0]!.seekTo).toBeNull();
  });

  it('of several subscribers is asked for at once', async () => {
    await store.register('a', ['**'], 0);
    await store.register('b', ['**'], 0);
    await take('x', 'b');
    const claims = ['a', 'b', 'billing', 'unknown'].map((name) => ({ name, epoch: null, position: 0 }));
    const held = await store.hold(claims, 'y', LEASE_MS);
    expect(held.map(({ name }) => name).toSorted()).toEqual(['a', 'billing']);
  });
});
