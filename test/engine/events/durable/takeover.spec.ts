import { type RunningProcess, startProcess } from '../../../support/processes.js';
import { waitFor } from '../../../support/wait-for.js';
import { makeDelivery } from './make-delivery.js';
import { numberOf, Recorder } from './recorder.js';
import { useDelivery } from './support.js';

const test = useDelivery();

interface Received {
  readonly consumer: number;
  readonly task_id: number;
  readonly n: number;
  readonly redelivered: boolean;
  readonly is_ended: boolean;
}

describe('processes that deliver to the same subscriber', () => {
  const processes: RunningProcess[] = [];
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((one) => one.kill()));
    await test.engine.rows('drop table if exists received');
  });
  const join = async (): Promise<void> => {
    const one = startProcess('test/engine/events/durable/consumer-process.ts', { args: [test.database.url] });
    processes.push(one);
    await one.waitForLine('ready');
  };
  const owner = async (): Promise<RunningProcess | undefined> => {
    const [status] = await test.operator().subscribers();
    return processes.find(({ child }) => status?.owner?.endsWith(`:${child.pid}`));
  };

  it('take turns and nothing else: killed ones are followed, nothing is missing, repeats are marked, order is kept', async () => {
    await test.engine.rows(`create table received (id bigint generated always as identity primary key,
      consumer integer, task_id bigint, n integer, redelivered boolean, ended_at timestamptz)`);
    await Promise.all([join(), join()]);
    const tasks = await test.tasks(20);
    const taken = async (): Promise<number> => {
      const [row] = await test.engine.rows<{ n: number }>(
        'select count(*)::integer as n from received where ended_at is not null',
      );
      return row!.n;
    };
    let published = 0;
    let isDone = false;
    const publisher = (async () => {
      while (!isDone) {
        published++;
        for (const task of tasks) await test.publish(task, published);
        // Always something to deliver, and never more than can be waited for.
        await waitFor(async () => isDone || published * tasks.length < (await taken()) + 500, { timeoutMs: 30_000 });
      }
    })();
    for (let kill = 0; kill < 3; kill++) {
      const before = await taken();
      await waitFor(async () => (await taken()) > before + 100, { timeoutMs: 30_000, message: 'deliveries to go on' });
      const victim = await waitFor(owner);
      await victim.kill();
      processes.splice(processes.indexOf(victim), 1);
      await join();
    }
    const before = await taken();
    await waitFor(async () => (await taken()) > before + 100, { timeoutMs: 30_000 });
    isDone = true;
    await publisher;
    await test.caughtUp('billing');

    const rows = await test.engine.rows<Received>(
      'select consumer, task_id, n, redelivered, ended_at is not null as is_ended from received order by id',
    );
    const blocks = rows.filter((row, index) => row.consumer !== rows[index - 1]?.consumer).map((row) => row.consumer);
    expect(blocks).toHaveLength(4);
    expect(new Set(blocks).size).toBe(4);
    for (const task of tasks)
      expectInOrder(
        rows.filter((row) => row.task_id === task),
        published,
      );
    expect(rows.some((row) => row.redelivered)).toBe(true);
    for (const { child } of processes) child.send('stop');
    await Promise.all(processes.map(({ exited }) => exited));
    expect((await test.operator().subscriber('billing')).owner).toBeNull();
  }, 120_000);
});

/** Each number was begun only after the one before had been taken, and was marked if it had been begun before. */
function expectInOrder(rows: readonly Received[], last: number): void {
  const begun = new Set<number>();
  let taken = 0;
  for (const { n, redelivered, is_ended: isEnded } of rows) {
    expect(n).toBeLessThanOrEqual(taken + 1);
    if (begun.has(n)) expect(redelivered).toBe(true);
    begun.add(n);
    if (isEnded) taken = Math.max(taken, n);
  }
  expect(taken).toBe(last);
}

it('marks what a process that vanished may have delivered, and nothing that it cannot have', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const first = new Recorder('billing');
  let hang = false;
  first.act = () => (hang ? new Promise<void>(() => undefined) : undefined);
  const gone = await test.deliver([first]);
  await test.publish(a, 1, 2);
  await test.caughtUp('billing');
  hang = true;
  await test.publish(a, 3, 4);
  await waitFor(() => first.tries.length === 3);
  // It loses its database, and with that all it could still say.
  await test.engine.rows(
    `update tasker_event_subscribers set epoch = epoch + 1, lease_expires_at = null, owner = null`,
  );
  const second = new Recorder('billing');
  await test.deliver([second]);
  await test.publish(a, 5);
  await waitFor(() => second.taken.length === 3);
  expect(second.taken.map((event) => [numberOf(event), event.redelivered])).toEqual([
    [3, true],
    [4, true],
    [5, undefined],
  ]);
  await gone.stop();
});

it('books nothing for a holder whose lease has gone to another', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const first = new Recorder('billing');
  let finish = (): void => undefined;
  first.act = () => new Promise<void>((resolve) => (finish = resolve));
  // Renewed rarely: it does not know that it lost the lease.
  const slow = await test.deliver([first], { leaseMs: 60_000 });
  await test.publish(a, 1);
  await waitFor(() => first.tries.length === 1);
  await test.engine.rows(`update tasker_event_subscribers set lease_expires_at = clock_timestamp()`);
  const second = new Recorder('billing');
  second.act = () => {
    throw new Error('not now');
  };
  await test.deliver([second], { backoff: { delaysSeconds: [3_600], multiplier: 1, maxSeconds: 3_600, jitter: 0 } });
  await waitFor(async () => (await test.engine.rows('select from tasker_event_deliveries')).length === 1);
  finish();
  await waitFor(() => first.taken.length === 1);
  await slow.stop();
  // The one that holds it decides: it was not taken.
  expect(await test.operator().subscriber('billing')).toMatchObject({ parked: 1, delivered: 0 });
});

it('hands its subscribers to another at once when it stops', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const first = new Recorder('billing');
  const second = new Recorder('billing');
  const leaving = await test.deliver([first], { leaseMs: 3_600_000 });
  await waitFor(async () => (await test.operator().subscriber('billing')).owner !== null);
  const waiting = makeDelivery(test.db);
  await waiting.start([second]);
  await test.publish(a, 1);
  await test.caughtUp('billing');
  await leaving.stop();
  await test.publish(a, 2);
  await test.caughtUp('billing');
  await waiting.stop();
  expect([first.numbers(), second.numbers()]).toEqual([[1], [2]]);
});

it('says once that the database is away, and goes on when it is back', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const billing = new Recorder('billing');
  await test.deliver([billing]);
  await test.publish(a, 1);
  await test.caughtUp('billing');
  await test.engine.rows('alter table tasker_event_subscribers rename to away');
  await test.engine.rows('alter sequence tasker_history_id rename to away_id');
  await waitFor(() => test.logger.find('warn', 'is interrupted').length === 2);
  await test.engine.rows('alter sequence away_id rename to tasker_history_id');
  await test.engine.rows('alter table away rename to tasker_event_subscribers');
  await test.publish(a, 2);
  await test.caughtUp('billing');
  expect(billing.numbers()).toEqual([1, 2]);
  expect(test.logger.find('warn', 'is interrupted')).toHaveLength(2);
});

it('keeps its subscriber as long as a delivery takes, however short the lease', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const first = new Recorder('billing');
  let finish = (): void => undefined;
  first.act = () => new Promise<void>((resolve) => (finish = resolve));
  await test.deliver([first], { leaseMs: 200 });
  await test.publish(a, 1, 2);
  await waitFor(() => first.tries.length === 1);
  const second = new Recorder('billing');
  await test.deliver([second], { leaseMs: 200 });
  const until = async (): Promise<number> => {
    const [row] = await test.engine.rows<{ at: Date }>('select lease_expires_at as at from tasker_event_subscribers');
    return row!.at.getTime();
  };
  const begun = await until();
  await waitFor(async () => (await until()) > begun + 1_000);
  first.act = () => undefined;
  finish();
  await test.caughtUp('billing');
  expect([first.numbers(), second.tries]).toEqual([[1, 2], []]);
});

it('cuts off what is under way when it cannot renew its lease', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const billing = new Recorder('billing');
  let isCut = false;
  billing.act = (_event, signal) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        isCut = true;
        reject(signal.reason as Error);
      });
    });
  await test.deliver([billing], { leaseMs: 300 });
  await test.publish(a, 1);
  await waitFor(() => billing.tries.length === 1);
  await test.engine.rows('alter table tasker_event_subscribers rename to away');
  await waitFor(() => isCut);
  billing.act = () => undefined;
  await test.engine.rows('alter table away rename to tasker_event_subscribers');
  await test.caughtUp('billing');
  // That was no failure of the subscriber.
  expect(billing.taken.map((event) => [numberOf(event), event.redelivered])).toEqual([[1, true]]);
  expect(await test.operator().subscriber('billing')).toMatchObject({ parked: 0, lastError: null });
});
