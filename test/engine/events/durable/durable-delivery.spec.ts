import { waitFor } from '../../../support/wait-for.js';
import { numberOf, Recorder } from './recorder.js';
import { PUBLISH, useDelivery } from './support.js';

const test = useDelivery();

describe('a durable subscriber', () => {
  it('gets every event that fits, once, those of a task in order', async () => {
    const billing = new Recorder('billing');
    await test.deliver([billing]);
    const [a, b] = (await test.tasks(2)) as [number, number];
    await test.publish(a, 1, 2, 3);
    await test.publish(b, 4, 5);
    await test.engine.rows(`insert into tasker_events (name, task_id) values ('refund.made', $1)`, [a]);
    await test.publish(a, 6);
    await test.caughtUp('billing');
    expect(billing.numbers(a)).toEqual([1, 2, 3, 6]);
    expect(billing.numbers(b)).toEqual([4, 5]);
    expect(billing.tries).toHaveLength(6);
    expect(billing.taken[0]).toMatchObject({
      name: 'order.placed',
      taskId: a,
      namespace: 'default',
      payload: { n: 1 },
    });
    expect(billing.tries.some((event) => event.redelivered)).toBe(false);
    expect(await test.operator().subscriber('billing')).toMatchObject({ delivered: 6, behind: 0, lagSeconds: 0 });
  });

  it('misses nothing when a lower id is committed after a higher one', async () => {
    const billing = new Recorder('billing');
    await test.deliver([billing]);
    const [a, b, c] = (await test.tasks(3)) as [number, number, number];
    const [slow, other] = [await test.connect(), await test.connect()];
    await slow.query('begin');
    await slow.query(PUBLISH, [a, [1]]);
    await other.query('begin');
    await other.query(PUBLISH, [b, [2]]);
    await other.query('commit');
    await test.publish(c, 3);
    // The later ids are committed, and the reader has looked several times: it does not pass by the first.
    await test.looked(5);
    expect(billing.tries).toEqual([]);
    await slow.query('commit');
    await test.caughtUp('billing');
    expect(billing.numbers().sort()).toEqual([1, 2, 3]);
  });

  it('does not wait for a transaction that is rolled back, nor for one that writes elsewhere', async () => {
    const billing = new Recorder('billing');
    await test.deliver([billing]);
    const [a] = (await test.tasks(1)) as [number];
    const [reader, writer] = [await test.connect(), await test.connect()];
    await reader.query('begin isolation level repeatable read');
    await reader.query('select count(*) from tasker_events');
    await reader.query(`insert into tasker_audit (action, subject) values ('x', 'y')`);
    await writer.query('begin');
    await writer.query(PUBLISH, [a, [1]]);
    await test.publish(a, 2);
    await writer.query('rollback');
    await test.caughtUp('billing');
    expect(billing.numbers()).toEqual([2]);
  });

  it('gets events of no task too, one after the other', async () => {
    const watcher = new Recorder('watcher', { concurrency: 8 }, ['**']);
    watcher.act = () => new Promise((resolve) => setImmediate(resolve));
    await test.deliver([watcher]);
    await test.publish(null, 1, 2, 3, 4);
    await waitFor(() => watcher.taken.length === 4);
    expect(watcher.together).toBe(1);
  });

  it('works on many tasks at once, and on each task alone', async () => {
    const billing = new Recorder('billing', { concurrency: 4 });
    let most = 0;
    let now = 0;
    let release = (): void => undefined;
    const open = new Promise<void>((resolve) => (release = resolve));
    billing.act = async () => {
      most = Math.max(most, ++now);
      await open;
      now--;
    };
    await test.deliver([billing]);
    const tasks = await test.tasks(10);
    for (const n of [1, 2, 3]) for (const task of tasks) await test.publish(task, n);
    await waitFor(() => now === 4);
    release();
    await test.caughtUp('billing');
    expect(most).toBe(4);
    expect(billing.together).toBe(1);
    for (const task of tasks) expect(billing.numbers(task)).toEqual([1, 2, 3]);
  });

  it('keeps its place when the process stops, and is told nothing twice', async () => {
    const [a] = (await test.tasks(1)) as [number];
    const first = new Recorder('billing');
    const delivery = await test.deliver([first]);
    await test.publish(a, 1, 2);
    await waitFor(() => first.taken.length === 2);
    await delivery.stop();
    await test.publish(a, 3);
    const second = new Recorder('billing');
    await test.deliver([second]);
    await test.caughtUp('billing');
    expect(second.tries.map(numberOf)).toEqual([3]);
    expect(second.tries[0]!.redelivered).toBeUndefined();
  });
});

describe('a subscriber that is new', () => {
  it('begins now, at the beginning or at a date', async () => {
    const [a] = (await test.tasks(1)) as [number];
    await test.publish(a, 1, 2);
    for (const table of ['tasker_events', 'tasker_task_transitions', 'tasker_workflow_step_transitions']) {
      await test.engine.rows(`update ${table} set created_at = created_at - interval '2 days'`);
    }
    await test.publish(a, 3);
    await test.engine.rows(
      `update tasker_events set created_at = created_at - interval '1 day' where payload = '{"n": 3}'`,
    );
    const now = new Recorder('now');
    const beginning = new Recorder('beginning', { from: 'beginning' });
    const yesterday = new Recorder('yesterday', { from: new Date(Date.now() - 1.5 * 86_400_000) });
    const tomorrow = new Recorder('tomorrow', { from: new Date(Date.now() + 86_400_000) });
    await test.deliver([now, beginning, yesterday, tomorrow]);
    await test.publish(a, 4);
    for (const { name } of [now, beginning, yesterday, tomorrow]) await test.caughtUp(name);
    expect(now.numbers()).toEqual([4]);
    expect(beginning.numbers()).toEqual([1, 2, 3, 4]);
    expect(yesterday.numbers()).toEqual([3, 4]);
    expect(tomorrow.numbers()).toEqual([4]);
  });

  it('misses nothing that is committed after it was started, also of a transaction begun before', async () => {
    const [a] = (await test.tasks(1)) as [number];
    const before = await test.connect();
    await before.query('begin');
    await before.query(PUBLISH, [a, [1]]);
    const billing = new Recorder('billing');
    const started = test.delivery({ settleMs: 60_000 }).start([billing]);
    await test.looked(3);
    expect(await test.engine.rows('select from tasker_event_subscribers')).toEqual([]);
    await before.query('commit');
    await started;
    await test.publish(a, 2);
    await test.caughtUp('billing');
    expect(billing.numbers()).toEqual([2]);
  });

  it('is refused when it cannot be', async () => {
    const start = (subscriber: Recorder): Promise<void> => test.delivery().start([subscriber]);
    await expect(start(new Recorder('', {}))).rejects.toMatchObject({ code: 'INVALID_SUBSCRIBER' });
    await expect(start(new Recorder('x', { maxAttempts: 0 }))).rejects.toThrow('maxAttempts');
    await expect(start(new Recorder('x', { concurrency: 1.5 }))).rejects.toThrow('concurrency');
    await expect(start(new Recorder('x', { timeoutSeconds: 0 }))).rejects.toThrow('timeoutSeconds');
    await expect(start(new Recorder('x', { from: new Date(NaN) }))).rejects.toThrow('from');
    await expect(start(new Recorder('x', {}, []))).rejects.toThrow('names no event');
    await expect(start(new Recorder('x', {}, ['step.before_handle']))).rejects.toThrow('cannot be had durably');
    await expect(test.delivery().start([new Recorder('x'), new Recorder('x')])).rejects.toThrow('two of this name');
  });
});

it('says nothing to the database when there is no subscriber', async () => {
  const delivery = test.delivery();
  await delivery.start([]);
  await delivery.stop();
  expect(await test.engine.rows('select from tasker_event_subscribers')).toEqual([]);
});
