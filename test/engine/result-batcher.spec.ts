import fc from 'fast-check';
import { ResultBatcher } from '../../src/engine/result-batcher.js';
import { waitFor } from '../support/wait-for.js';

/** A destination whose flushes end when the test says so. */
class Destination {
  readonly batches: (readonly number[])[] = [];
  private readonly open: (() => void)[] = [];
  most = 0;

  readonly flush = async (batch: readonly number[]): Promise<void> => {
    this.batches.push(batch);
    await new Promise<void>((resolve) => {
      this.open.push(resolve);
      this.most = Math.max(this.most, this.open.length);
    });
  };

  get inFlight(): number {
    return this.open.length;
  }

  /** Ends the oldest flush. */
  finish(): void {
    this.open.shift()?.();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function batcherTo(destination: Destination, limits: Partial<ResultBatcherLimits> = {}) {
  return new ResultBatcher<number>(destination.flush, (item) => item, {
    maxItems: 100,
    maxBytes: 1_000,
    maxInFlight: 1,
    ...limits,
  });
}
type ResultBatcherLimits = ConstructorParameters<typeof ResultBatcher>[2];

it('sends a single item at once, alone', async () => {
  const destination = new Destination();
  const batcher = batcherTo(destination);
  batcher.add(1);
  await turn();
  expect(destination.batches).toEqual([[1]]);
  expect(batcher.size).toBe(0);
  expect(batcher.flushesInFlight).toBe(1);
});

it('sends what one turn of the event loop brings as one batch', async () => {
  const destination = new Destination();
  const batcher = batcherTo(destination);
  for (const item of [1, 2, 3]) batcher.add(item);
  await turn();
  expect(destination.batches).toEqual([[1, 2, 3]]);
});

it('collects what comes while a flush is under way, and sends it together when that is done', async () => {
  const destination = new Destination();
  const batcher = batcherTo(destination);
  batcher.add(1);
  await turn();
  for (const item of [2, 3, 4]) {
    batcher.add(item);
    await turn();
  }
  expect(destination.batches).toEqual([[1]]);
  expect(batcher.pending).toEqual([2, 3, 4]);
  destination.finish();
  await waitFor(() => destination.batches.length === 2);
  expect(destination.batches[1]).toEqual([2, 3, 4]);
});

it('cuts a batch at its limit of items', async () => {
  const destination = new Destination();
  const batcher = batcherTo(destination, { maxItems: 2, maxInFlight: 9 });
  for (const item of [1, 2, 3, 4, 5]) batcher.add(item);
  await turn();
  expect(destination.batches).toEqual([[1, 2], [3, 4], [5]]);
});

it('cuts a batch before it is too heavy, unless one item alone is', async () => {
  const destination = new Destination();
  const batcher = batcherTo(destination, { maxBytes: 100, maxInFlight: 9 });
  for (const item of [60, 40, 1, 500, 99, 2]) batcher.add(item);
  await turn();
  expect(destination.batches).toEqual([[60, 40], [1], [500], [99], [2]]);
});

it('drains: waits for what is under way, and for what comes meanwhile', async () => {
  const destination = new Destination();
  const batcher = batcherTo(destination);
  await batcher.drain();
  batcher.add(1);
  let drained = false;
  const draining = batcher.drain().then(() => (drained = true));
  await turn();
  batcher.add(2);
  destination.finish();
  await waitFor(() => destination.inFlight === 1);
  expect(drained).toBe(false);
  destination.finish();
  await draining;
  expect(destination.batches).toEqual([[1], [2]]);
});

it('delivers everything once, in order, within its limits, whatever comes when', async () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant('turn'), fc.constant('finish')), {
    maxLength: 60,
  });
  const limits = fc.record({
    maxItems: fc.integer({ min: 1, max: 5 }),
    maxBytes: fc.integer({ min: 10, max: 60 }),
    maxInFlight: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(steps, limits, async (happenings, given) => {
      const destination = new Destination();
      const batcher = batcherTo(destination, given);
      for (const happening of happenings) {
        if (happening === 'turn') await turn();
        else if (happening === 'finish') destination.finish();
        else batcher.add(happening);
      }
      const drained = batcher.drain().then(() => true);
      while (!(await Promise.race([drained, turn().then(() => false)]))) destination.finish();
      const items = happenings.filter((happening) => typeof happening === 'number');
      expect(destination.batches.flat()).toEqual(items);
      expect(destination.most).toBeLessThanOrEqual(given.maxInFlight);
      for (const batch of destination.batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(given.maxItems);
        const bytes = batch.reduce((sum, item) => sum + item, 0);
        expect(batch.length === 1 || bytes <= given.maxBytes).toBe(true);
      }
      expect(batcher.size + batcher.flushesInFlight).toBe(0);
    }),
    { numRuns: 200 },
  );
});
