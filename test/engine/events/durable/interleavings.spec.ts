import fc from 'fast-check';
import type pg from 'pg';
import { waitFor } from '../../../support/wait-for.js';
import { numberOf, Recorder } from './recorder.js';
import { PUBLISH, useDelivery } from './support.js';

const test = useDelivery();
const WRITERS = 4;
const TASKS = 3;

/** What a writer does next. Each holds the lock of every task that it has written about, as the engine does. */
const step = fc.record({
  writer: fc.nat(WRITERS - 1),
  act: fc.constantFrom('write', 'write', 'write', 'commit', 'rollback', 'look'),
  task: fc.nat(TASKS - 1),
  count: fc.integer({ min: 1, max: 3 }),
});

interface Writer {
  readonly client: pg.Client;
  readonly holds: Set<number>;
  written: [task: number, n: number][];
  isOpen: boolean;
}

async function play(
  steps: readonly { writer: number; act: string; task: number; count: number }[],
  seed: { name: string; failures: ReadonlySet<number> },
  clients: readonly pg.Client[],
): Promise<void> {
  const tasks = await test.tasks(TASKS);
  const subscriber = new Recorder(seed.name, { concurrency: 2, maxAttempts: 50 });
  const failed = new Set<number>();
  subscriber.act = async (event) => {
    const n = numberOf(event);
    if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (!seed.failures.has(n % 20) || failed.has(n)) return;
    failed.add(n);
    throw new Error('once');
  };
  const delivery = await test.deliver([subscriber]);
  const writers = clients.map((client): Writer => ({ client, holds: new Set(), written: [], isOpen: false }));
  const committed = new Map(tasks.map((task) => [task, [] as number[]]));
  let number = 0;
  const end = async (writer: Writer, how: string): Promise<void> => {
    if (!writer.isOpen) return;
    await writer.client.query(how);
    if (how === 'commit') for (const [task, n] of writer.written) committed.get(task)!.push(n);
    writer.written = [];
    writer.holds.clear();
    writer.isOpen = false;
  };
  for (const { writer: which, act, task: index, count } of steps) {
    const writer = writers[which]!;
    const task = tasks[index]!;
    if (act === 'look') await test.looked(1);
    else if (act !== 'write') await end(writer, act);
    else if (!writers.some((other) => other !== writer && other.holds.has(task))) {
      if (!writer.isOpen) await writer.client.query('begin');
      writer.isOpen = true;
      await writer.client.query('select from tasker_tasks where task_id = $1 for no key update', [task]);
      writer.holds.add(task);
      const numbers = Array.from({ length: count }, () => ++number);
      await writer.client.query(PUBLISH, [task, numbers]);
      writer.written.push(...numbers.map((n): [number, number] => [task, n]));
    }
  }
  for (const writer of writers) await end(writer, 'commit');
  await test.caughtUp(seed.name);
  await waitFor(() => subscriber.taken.length >= [...committed.values()].flat().length);
  await delivery.stop();
  for (const [task, numbers] of committed) expect(subscriber.numbers(task)).toEqual(numbers);
  const again = subscriber.tries.filter((event) => event.redelivered).map(numberOf);
  expect(again.toSorted((a, b) => a - b)).toEqual([...failed].toSorted((a, b) => a - b));
  expect(subscriber.together).toBeLessThanOrEqual(1);
  await test.engine.rows('delete from tasker_event_subscribers');
}

it('whatever commits when, nothing is missed, nothing comes twice, and the order of each task is kept', async () => {
  let run = 0;
  const clients = await Promise.all(Array.from({ length: WRITERS }, () => test.connect()));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.uniqueArray(fc.nat(19), { maxLength: 3 }),
      async (steps, failures) => play(steps, { name: `run ${++run}`, failures: new Set(failures) }, clients),
    ),
    { numRuns: 50, endOnFailure: true },
  );
}, 120_000);
