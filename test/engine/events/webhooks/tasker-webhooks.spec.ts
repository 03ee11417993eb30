import { DEFAULT_WEBHOOKS } from '../../../../src/engine/events/webhooks/webhook-settings.js';
import { checkWebhook } from '../../../../src/engine/events/webhooks/webhook-request.js';
import { useDelivery } from '../durable/support.js';
import { Receiver } from './receiver.js';
import { hook, webhookProcess, type WebhookProcess } from './support.js';

const test = useDelivery();
let one: WebhookProcess;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await Receiver.start();
  one = webhookProcess(test.db);
});
afterAll(async () => {
  await one.stop();
  await receiver.stop();
});
beforeEach(async () => {
  await test.engine.rows('delete from tasker_webhooks');
  await test.engine.rows('delete from tasker_audit');
});

it('tells a secret when it is made, and never again', async () => {
  const { webhook, secret } = await one.webhooks.create(
    hook(`${receiver.url}?token=t`, { headers: { 'X-Key': 'k1' } }),
  );
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(webhook).toMatchObject({ name: 'shop', url: `${receiver.url}?…`, headers: ['X-Key'], maxFailures: 3 });
  const shown = JSON.stringify([await one.webhooks.list(), await one.webhooks.deliveries('shop')]);
  for (const text of [secret, 'token=t', 'k1']) expect(shown).not.toContain(text);
  const audit = JSON.stringify(await test.engine.rows('select * from tasker_audit'));
  expect(audit).not.toContain(secret);
});

it('takes a name once', async () => {
  await one.webhooks.create(hook(receiver.url));
  await expect(one.webhooks.create(hook(receiver.url))).rejects.toMatchObject({ code: 'DUPLICATE_WEBHOOK' });
});

it('keeps who did what, and why', async () => {
  const by = { by: 'ann', reason: 'because' };
  await one.webhooks.create(hook(receiver.url), by);
  await one.webhooks.update('shop', { events: ['task.*'], namespaces: ['a'] }, by);
  await one.webhooks.rotateSecret('shop', {}, by);
  await one.webhooks.disable('shop', by);
  await one.webhooks.enable('shop', { skip: true }, by);
  await one.webhooks.test('shop', by);
  await one.webhooks.remove('shop', by);
  const rows = await test.engine.rows<{ action: string; metadata: object }>(
    'select action, metadata from tasker_audit order by audit_id',
  );
  expect(rows).toEqual([
    { action: 'webhook.create', metadata: by },
    { action: 'webhook.update', metadata: { ...by, fields: ['events', 'namespaces'] } },
    { action: 'webhook.rotate', metadata: { ...by, keepOldForSeconds: 86_400 } },
    { action: 'webhook.disable', metadata: by },
    { action: 'webhook.enable', metadata: { ...by, skip: true } },
    { action: 'webhook.test', metadata: { ...by, status: 204 } },
    { action: 'webhook.remove', metadata: by },
  ]);
});

it('sends a test also when it is disabled, which changes nothing', async () => {
  await one.webhooks.create(hook(receiver.url));
  await one.webhooks.disable('shop', { reason: 'inventory' });
  receiver.answer = () => 500;
  expect(await one.webhooks.test('shop')).toMatchObject({ status: 500, isAccepted: false });
  receiver.answer = () => 200;
  expect(await one.webhooks.test('shop')).toMatchObject({ status: 200, isAccepted: true });
  expect(receiver.all.at(-1)!.event).toMatchObject({ name: 'webhook.test', webhook: 'shop', correlation_id: null });
  expect(await one.webhooks.get('shop')).toMatchObject({ state: 'disabled', disabledReason: 'inventory', failures: 0 });
});

it('says how far it is', async () => {
  await one.webhooks.create(hook(receiver.url));
  await test.publish(null, 1);
  expect(await one.webhooks.deliveries('shop')).toMatchObject({
    webhook: { name: 'shop' },
    subscriber: { name: 'webhook:shop', behind: 1 },
    deadLetters: [],
  });
});

it.each(['get', 'enable', 'disable', 'remove', 'test', 'deliveries', 'rotateSecret'] as const)(
  '%s() says that there is none',
  async (act) => {
    await expect(one.webhooks[act]('nothing')).rejects.toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
  },
);

describe('a request', () => {
  const fine = { name: 'shop', url: 'https://shop.example/hooks', events: ['task.*'] };
  const errorsOf = (change: object, options = {}, isUpdate = false): string[] => {
    try {
      checkWebhook({ ...(isUpdate ? {} : fine), ...change }, { ...DEFAULT_WEBHOOKS, ...options }, isUpdate);
      return [];
    } catch (error) {
      return (error as { errors: { path: string; message: string }[] }).errors.map((e) => `${e.path} ${e.message}`);
    }
  };

  it('is told all that is wrong with it at once', () => {
    const wrong = {
      name: '-',
      url: 'ftp://x',
      events: [],
      namespaces: [],
      headers: { Host: 'x' },
      maxFailures: 0,
      color: 1,
    };
    expect(errorsOf({ ...wrong, secret: 'short' }).map((error) => error.split(' ', 1)[0])).toEqual([
      'name',
      'url',
      'events',
      'namespaces',
      'headers.Host',
      'maxFailures',
      'secret',
      'color',
    ]);
  });

  it.each([
    [{ url: 'http://shop.example' }, 'url must begin with https://, unless the options allow its host'],
    [{ url: 'https://10.0.0.1/' }, 'url leads into the private network, which the options do not allow'],
    [{ url: 'https://[::1]/' }, 'url leads into the private network, which the options do not allow'],
    [{ url: 'https://a.localhost/' }, 'url leads into the private network, which the options do not allow'],
    [{ url: 'https://user:pass@shop.example' }, 'url must not hold a password; use headers'],
    [{ url: 'shop.example' }, 'url must be an address of at most 2048 characters'],
    [{ events: ['task.completed', 'task.complete'] }, 'events[1] fits no event there is'],
    [{ events: ['step.before_handle'] }, 'events[0] is told in the process where it happens only'],
    [{ events: ['*'] }, 'events[0] fits no event; ** is every event'],
    [{ events: ['Order.Shipped'] }, 'events[0] must be a name or pattern such as task.completed, step.* or order.**'],
    [{ headers: { 'Webhook-Id': 'x' } }, 'headers.Webhook-Id is set by the library'],
    [{ headers: { a: 'x\r\ny: z' } }, 'headers.a must be ASCII text of at most 4096 characters'],
    [{ secret: 'whsec_AAAA' }, 'secret must hold a key of at least 24 bytes'],
  ])('%j is refused', (change, message) => expect(errorsOf(change)).toEqual([message]));

  it('may lead inside where the options allow it', () => {
    expect(errorsOf({ url: 'http://10.0.0.1/' }, { allowPrivateNetworks: true })).toEqual([]);
    expect(errorsOf({ url: 'http://hooks.internal/' }, { allowedHosts: ['*.internal'] })).toEqual([]);
  });

  it('of a change needs nothing, and leaves name and secret alone', () => {
    expect(errorsOf({}, {}, true)).toEqual([]);
    expect(errorsOf({ name: 'x', secret: 'y' }, {}, true)).toEqual([
      'name cannot be changed',
      'secret is changed by rotateSecret',
    ]);
  });
});
