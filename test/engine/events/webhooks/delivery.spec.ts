import { verifyWebhook } from '../../../../src/events/verify-webhook.js';
import { waitFor } from '../../../support/wait-for.js';
import { useDelivery } from '../durable/support.js';
import { Receiver } from './receiver.js';
import { hook, webhookProcess, type WebhookProcess } from './support.js';

const test = useDelivery();
const processes: WebhookProcess[] = [];
let receiver: Receiver;

beforeEach(async () => {
  await test.engine.rows('delete from tasker_webhooks');
  receiver = await Receiver.start();
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.stop()));
  await receiver.stop();
});

async function run(change?: Parameters<typeof webhookProcess>[1]): Promise<WebhookProcess> {
  const made = webhookProcess(test.db, change);
  processes.push(made);
  await made.start();
  return made;
}

const disabledEvents = () =>
  test.engine.rows<{ payload: Record<string, unknown> }>(
    `select payload from tasker_events where name = 'webhook.disabled'`,
  );

describe('a webhook', () => {
  it('gets what is committed after it was made, signed, those of a task in order', async () => {
    const { webhooks } = await run();
    const [a, b] = (await test.tasks(2)) as [number, number];
    await test.publish(a, 1);
    const { secret } = await webhooks.create(hook(receiver.url));
    await test.publish(a, 2, 3);
    await test.publish(b, 4);
    await test.caughtUp('webhook:shop');
    expect([receiver.numbers(a), receiver.numbers(b)]).toEqual([[2, 3], [4]]);
    const [{ headers, body }] = receiver.taken as [(typeof receiver.taken)[0]];
    const { id, event } = verifyWebhook({ headers, body, secrets: secret });
    expect(event).toMatchObject({
      id,
      name: 'order.placed',
      namespace: 'default',
      correlation_id: expect.any(String) as string,
    });
    expect(event).not.toHaveProperty('redelivered');
    expect(await webhooks.get('shop')).toMatchObject({ state: 'enabled', failures: 0, lastStatus: 204 });
  });

  it('gets again what its receiver refused, in order, and nothing is lost', async () => {
    const { webhooks } = await run({ maxFailures: 50 });
    const [a, b] = (await test.tasks(2)) as [number, number];
    await webhooks.create(hook(receiver.url));
    let refusals = 4;
    receiver.answer = ({ event }) => (event['task_id'] === a && refusals-- > 0 ? 500 : 200);
    await test.publish(a, 1, 2, 3);
    await test.publish(b, 4, 5);
    await test.caughtUp('webhook:shop');
    expect([receiver.numbers(a), receiver.numbers(b)]).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    const [first] = receiver.all.filter(({ event }) => event['task_id'] === a);
    const again = receiver.taken.find(({ event }) => event.payload?.n === 1)!;
    expect(again.event).toMatchObject({ id: first!.event['id'], redelivered: true });
    expect(again.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  });

  it('gets only events of its patterns and its namespaces', async () => {
    const { webhooks } = await run();
    const [a] = (await test.tasks(1)) as [number];
    const other = await Receiver.start();
    await webhooks.create(hook(receiver.url, { events: ['**'], namespaces: ['elsewhere'] }));
    await webhooks.create(hook(other.url, { name: 'ours', events: ['order.*'], namespaces: ['default'] }));
    await test.publish(a, 1);
    await test.publish(null, 2);
    await test.engine.rows(`insert into tasker_events (name, task_id) values ('refund.made', $1)`, [a]);
    for (const name of ['webhook:shop', 'webhook:ours']) await test.caughtUp(name);
    expect(receiver.all).toEqual([]);
    expect(other.numbers()).toEqual([1]);
    await other.stop();
  });

  it('brings no secrets, and no payload that is too large', async () => {
    const { webhooks } = await run();
    const [a] = (await test.tasks(1)) as [number];
    await webhooks.create(hook(receiver.url));
    const publish = (payload: object) =>
      test.engine.rows(`insert into tasker_events (name, task_id, payload) values ('order.paid', $1, $2)`, [
        a,
        payload,
      ]);
    await publish({ orderId: 1, cardToken: 't', password: 'p' });
    await publish({ text: 'x'.repeat(300_000) });
    await test.caughtUp('webhook:shop');
    const [first, second] = receiver.taken.map(({ event }) => event);
    expect(first!.payload).toEqual({ orderId: 1, cardToken: '[FILTERED]', password: '[FILTERED]' });
    expect(second).toMatchObject({ payload: null, payload_omitted: { reason: 'too_large', bytes: 300_011 } });
  });

  it('is signed with both secrets while they change', async () => {
    const { webhooks } = await run();
    const [a] = (await test.tasks(1)) as [number];
    const { secret: first } = await webhooks.create(hook(receiver.url));
    const { secret: second } = await webhooks.rotateSecret('shop');
    await waitFor(async () => {
      await test.publish(a, 1);
      return receiver.taken.some(({ headers }) => String(headers['webhook-signature']).includes(' '));
    });
    const last = receiver.taken.at(-1)!;
    for (const secrets of [first, second]) expect(verifyWebhook({ ...last, secrets }).event).toEqual(last.event);
    const { secret: third } = await webhooks.rotateSecret('shop', { keepOldForSeconds: 0 });
    await waitFor(async () => {
      await test.publish(a, 1);
      return !String(receiver.taken.at(-1)!.headers['webhook-signature']).includes(' ');
    });
    const { headers, body } = receiver.taken.at(-1)!;
    expect(verifyWebhook({ headers, body, secrets: third }).id).toBeTruthy();
    expect(() => verifyWebhook({ headers, body, secrets: second })).toThrow('no signature');
  });
});

describe('a webhook that fails', () => {
  it('is disabled after so many failures in a row, with one event, and goes on where it stopped', async () => {
    const [one, two] = [await run(), await run()];
    const [a, b] = (await test.tasks(2)) as [number, number];
    await one.webhooks.create(hook(`${receiver.url}?key=secret`));
    receiver.answer = () => 503;
    await test.publish(a, 1, 2);
    await test.publish(b, 3);
    await waitFor(async () => (await two.webhooks.get('shop')).state === 'disabled');
    const { lastError, failures } = await two.webhooks.get('shop');
    expect({ lastError, failures }).toEqual({ lastError: 'The receiver answered 503: not now', failures: 3 });
    await waitFor(() => one.subscribers.current.length + two.subscribers.current.length === 0);
    const asked = receiver.all.length;
    await test.publish(a, 4);
    receiver.answer = () => 200;
    expect(await disabledEvents()).toEqual([
      { payload: { webhook: 'shop', url: receiver.url, failures: 3, error: 'The receiver answered 503: not now' } },
    ]);
    expect(receiver.all).toHaveLength(asked);
    await one.webhooks.enable('shop', {}, { by: 'ann' });
    await test.caughtUp('webhook:shop');
    expect([receiver.numbers(a), receiver.numbers(b)]).toEqual([[1, 2, 4], [3]]);
    expect(await disabledEvents()).toHaveLength(1);
  });

  it('is not disabled by failures with successes between them, nor before its time', async () => {
    const { webhooks } = await run({ disableAfterSeconds: 3_600 });
    const [a] = (await test.tasks(1)) as [number];
    await webhooks.create(hook(receiver.url));
    let refusals = 4;
    receiver.answer = () => (refusals-- > 0 ? 500 : 200);
    await test.publish(a, 1);
    await waitFor(async () => (await webhooks.get('shop')).failures === 4);
    await test.caughtUp('webhook:shop');
    expect(await webhooks.get('shop')).toMatchObject({ state: 'enabled', failures: 0, failingSince: null });
    expect(await disabledEvents()).toEqual([]);
  });

  it('is disabled at once by a receiver that says it is gone, and may leave out what waits', async () => {
    const { webhooks } = await run();
    const [a] = (await test.tasks(1)) as [number];
    await webhooks.create(hook(receiver.url));
    receiver.answer = () => 410;
    await test.publish(a, 1, 2);
    await waitFor(async () => (await webhooks.get('shop')).state === 'disabled');
    expect(receiver.all).toHaveLength(1);
    receiver.answer = () => 200;
    await webhooks.enable('shop', { skip: true });
    await test.publish(a, 3);
    await test.caughtUp('webhook:shop');
    expect(receiver.numbers()).toEqual([3]);
  });

  it('does not reach private addresses, and says why', async () => {
    const { webhooks } = await run();
    const [a] = (await test.tasks(1)) as [number];
    await webhooks.create(hook(`https://localhost:${receiver.port}/`));
    const strict = await run({ allowPrivateNetworks: false });
    await processes.shift()!.stop();
    await test.publish(a, 1);
    await waitFor(async () => (await strict.webhooks.get('shop')).state === 'disabled');
    expect((await strict.webhooks.get('shop')).disabledReason).toMatch(/^"localhost" leads to .* not public/);
    expect(receiver.connections).toBe(0);
  });
});

describe('several processes', () => {
  it('deliver everything once, and another takes over from one that stops', async () => {
    const [one, two] = [await run(), await run()];
    const tasks = await test.tasks(5);
    await one.webhooks.create(hook(receiver.url));
    for (const n of [1, 2, 3]) for (const task of tasks) await test.publish(task, n);
    await test.caughtUp('webhook:shop');
    await one.stop();
    for (const task of tasks) await test.publish(task, 4);
    await test.caughtUp('webhook:shop');
    for (const task of tasks) expect(receiver.numbers(task)).toEqual([1, 2, 3, 4]);
    expect(receiver.all).toHaveLength(20);
    await two.stop();
    processes.length = 0;
  });

  it('mark what may have been delivered by one that vanished', async () => {
    const { webhooks } = await run();
    const [a] = (await test.tasks(1)) as [number];
    await webhooks.create(hook(receiver.url));
    receiver.answer = () => () => undefined;
    await test.publish(a, 1);
    await waitFor(() => receiver.all.length === 1);
    receiver.answer = () => 200;
    // As far as the database knows it is gone.
    await test.engine.rows(
      `update tasker_event_subscribers set epoch = epoch + 1, lease_expires_at = null, owner = null`,
    );
    await run();
    await test.caughtUp('webhook:shop');
    expect(receiver.taken[0]!.event).toMatchObject({ redelivered: true, payload: { n: 1 } });
  });

  it('all forget a webhook that was removed, and its place', async () => {
    const [one, two] = [await run(), await run()];
    await one.webhooks.create(hook(receiver.url));
    await waitFor(() => two.subscribers.current.length === 1);
    await one.webhooks.remove('shop', { by: 'ann', reason: 'moved' });
    await waitFor(() => one.subscribers.current.length + two.subscribers.current.length === 0);
    await waitFor(async () => (await test.engine.rows('select from tasker_event_subscribers')).length === 0);
    const [audit] = await test.engine.rows(
      `select subject, metadata from tasker_audit where action = 'webhook.remove'`,
    );
    expect(audit).toEqual({ subject: 'webhook shop', metadata: { by: 'ann', reason: 'moved' } });
  });
});
