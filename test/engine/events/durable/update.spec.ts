import { waitFor } from '../../../support/wait-for.js';
import { Recorder } from './recorder.js';
import { useDelivery } from './support.js';

const test = useDelivery();

it('begins with nobody, and takes up who comes later', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const delivery = await test.deliver([]);
  const billing = new Recorder('billing');
  await delivery.update([billing]);
  await test.publish(a, 1);
  await test.caughtUp('billing');
  expect(billing.numbers()).toEqual([1]);
});

it('ends who is gone in good order, keeps its place, and leaves the others alone', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const [billing, audit] = [new Recorder('billing'), new Recorder('audit')];
  let finish = (): void => undefined;
  billing.act = () => new Promise<void>((resolve) => (finish = resolve));
  const delivery = await test.deliver([billing, audit], { leaseMs: 60_000 });
  await test.publish(a, 1, 2);
  await waitFor(() => billing.tries.length === 1);
  await delivery.update([audit]);
  // What is under way is finished and booked; nothing else is begun.
  finish();
  await waitFor(async () => (await test.operator().subscriber('billing')).owner === null);
  await test.publish(a, 3);
  await test.caughtUp('audit');
  expect([billing.numbers(), audit.numbers()]).toEqual([[1], [1, 2, 3]]);
  billing.act = () => undefined;
  await delivery.update([audit, billing]);
  await test.caughtUp('billing');
  expect(billing.numbers()).toEqual([1, 2, 3]);
  expect(billing.tries.some((event) => event.redelivered)).toBe(false);
});

it('gives somebody who asks for other events a new beginning at the same place', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const delivery = await test.deliver([new Recorder('billing')]);
  await test.publish(a, 1);
  await test.caughtUp('billing');
  const wider = new Recorder('billing', {}, ['order.*', 'refund.*']);
  await delivery.update([wider]);
  await test.engine.rows(`insert into tasker_events (name, task_id, payload) values ('refund.made', $1, '{"n": 2}')`, [
    a,
  ]);
  await waitFor(() => wider.taken.length === 1);
  expect(wider.numbers()).toEqual([2]);
  expect((await test.operator().subscriber('billing')).patterns).toEqual(['order.*', 'refund.*']);
});

it('follows the last of many changes, whatever is still being ended', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const billing = new Recorder('billing');
  let finish = (): void => undefined;
  billing.act = () => new Promise<void>((resolve) => (finish = resolve));
  const delivery = await test.deliver([billing]);
  await test.publish(a, 1, 2);
  await waitFor(() => billing.tries.length === 1);
  for (let change = 0; change < 5; change++) {
    await delivery.update([]);
    await delivery.update([billing]);
  }
  billing.act = () => undefined;
  finish();
  await test.caughtUp('billing');
  expect(billing.numbers()).toEqual([1, 2]);
  await delivery.update([]);
  await waitFor(async () => (await test.operator().subscriber('billing')).owner === null);
});

it('refuses what cannot be, and goes on as before', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const billing = new Recorder('billing');
  const delivery = await test.deliver([billing]);
  await expect(delivery.update([new Recorder('', {})])).rejects.toMatchObject({ code: 'INVALID_SUBSCRIBER' });
  await test.publish(a, 1);
  await test.caughtUp('billing');
  expect(billing.numbers()).toEqual([1]);
});

it('says nothing before it is started and after it is stopped', async () => {
  const [a] = (await test.tasks(1)) as [number];
  const billing = new Recorder('billing', { from: 'beginning' });
  const delivery = test.delivery();
  await delivery.update([billing]);
  await test.publish(a, 1);
  expect(await test.operator().subscribers()).toEqual([]);
  await delivery.start([billing]);
  await test.caughtUp('billing');
  await delivery.stop();
  await delivery.update([]);
  await test.publish(a, 2);
  await delivery.start([billing]);
  await test.caughtUp('billing');
  expect(billing.numbers()).toEqual([1, 2]);
});
