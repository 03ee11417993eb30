import { isTrustedHost, DEFAULT_WEBHOOKS } from '../../../../src/engine/events/webhooks/webhook-settings.js';
import { WebhookSender, type WebhookAnswer } from '../../../../src/engine/events/webhooks/webhook-sender.js';
import { verifyWebhook } from '../../../../src/events/verify-webhook.js';
import { LOCALHOST_CERTIFICATE, Receiver } from './receiver.js';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const open = { ...DEFAULT_WEBHOOKS, allowPrivateNetworks: true, timeoutMs: 5_000 };
const senders: WebhookSender[] = [];
let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(async () => {
  for (const sender of senders.splice(0)) sender.close();
  await receiver.stop();
});

function send(url: string, options = open, headers = {}, tls = {}): Promise<WebhookAnswer> {
  const sender = new WebhookSender(options, tls);
  senders.push(sender);
  return sender.send({ url, id: 'e1', body: '{"id":"e1","name":"x"}', secrets: [SECRET], headers });
}

it('sends one signed request, with the headers that were asked for', async () => {
  expect(await send(receiver.url, open, { 'X-Team': 'blue' })).toMatchObject({
    ...{ status: 204, isAccepted: true, error: null },
    latencyMs: expect.any(Number) as number,
  });
  const [{ headers, body }] = receiver.all as [(typeof receiver.all)[0]];
  expect(headers).toMatchObject({ 'x-team': 'blue', 'content-type': 'application/json', 'webhook-id': 'e1' });
  expect(verifyWebhook({ headers, body, secrets: SECRET })).toMatchObject({ id: 'e1', event: { name: 'x' } });
});

it('uses a connection again', async () => {
  const sender = new WebhookSender(open);
  senders.push(sender);
  const mail = { url: receiver.url, id: 'e', body: '{}', secrets: [SECRET], headers: {} };
  for (let time = 0; time < 3; time++) await sender.send(mail);
  expect(receiver.connections).toBe(1);
});

it('speaks TLS to those whose certificate can be trusted, and to no others', async () => {
  const secure = await Receiver.start(true);
  try {
    expect(await send(secure.url, open, {}, { ca: LOCALHOST_CERTIFICATE })).toMatchObject({ isAccepted: true });
    expect(await send(secure.url)).toMatchObject({
      status: null,
      error: expect.stringMatching(/self.signed/) as string,
    });
  } finally {
    await secure.stop();
  }
});

it('says what the receiver answered, and no more than the beginning of it', async () => {
  receiver.answer = () => (_received, response) => response.writeHead(500).end(`out of order ${'x'.repeat(10_000)}`);
  const { error, ...answer } = await send(receiver.url);
  expect(answer).toMatchObject({ status: 500, isAccepted: false });
  expect(error).toMatch(/^The receiver answered 500: out of order x+$/);
  expect(error!.length).toBeLessThan(2_100);
});

it('ends an answer that never ends', async () => {
  receiver.answer = () => (_received, response) => {
    response.writeHead(200);
    const more = (): void => void (response.destroyed || (response.write('x'.repeat(16_384)), setImmediate(more)));
    more();
  };
  expect(await send(receiver.url)).toMatchObject({ status: 200, isAccepted: true });
});

it('follows no redirect', async () => {
  receiver.answer = () => (_received, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest?token=1' }).end();
  expect(await send(receiver.url)).toMatchObject({
    ...{ status: 302, isAccepted: false },
    error: 'The receiver answered 302 and points to http://169.254.169.254/latest; redirects are not followed.',
  });
  expect(receiver.all).toHaveLength(1);
});

it('waits no longer than it may, for the answer and for its end', async () => {
  receiver.answer = () => () => undefined;
  const quick = { ...open, timeoutMs: 50 };
  expect(await send(receiver.url, quick)).toMatchObject({ status: null, error: 'There was no answer within 0.05 s.' });
  receiver.answer = () => (_received, response) => void response.writeHead(200).write('and');
  expect(await send(receiver.url, quick)).toMatchObject({ status: null, error: 'There was no answer within 0.05 s.' });
});

it('says that nobody is there', async () => {
  await receiver.stop();
  expect(await send(receiver.url)).toMatchObject({
    status: null,
    error: expect.stringContaining('ECONNREFUSED') as string,
  });
  receiver = await Receiver.start();
});

describe('a private address', () => {
  const trustingPort = { ...DEFAULT_WEBHOOKS, timeoutMs: 5_000 };

  it.each(['https://127.0.0.1', 'https://[::1]', 'https://[::ffff:127.0.0.1]', 'https://2130706433', 'https://0x7f.1'])(
    'is refused as %s',
    async (host) => {
      const { status, error } = await send(`${host}:${receiver.port}/`, trustingPort);
      expect({ status, error }).toEqual({ status: null, error: expect.stringContaining('is not public') as string });
    },
  );

  it('is refused behind a name, at the moment of the connection', async () => {
    const { status, error } = await send(`https://localhost:${receiver.port}/`, trustingPort);
    expect({ status, error }).toEqual({
      status: null,
      error: expect.stringMatching(/^"localhost" leads to (127\.0\.0\.1|::1), which is not public/) as string,
    });
    expect(receiver.connections).toBe(0);
  });

  it('is allowed for the hosts that are listed, also without encryption', async () => {
    const listed = { ...trustingPort, allowedHosts: ['127.0.0.1'] };
    expect(await send(receiver.url, listed)).toMatchObject({ isAccepted: true });
    expect(await send(receiver.url.replace('127.0.0.1', 'localhost'), listed)).toMatchObject({
      error: 'Webhooks to this host must go over https.',
    });
  });
});

it.each([
  ['hooks.internal', true],
  ['HOOKS.internal.', true],
  ['a.corp', true],
  ['a.b.corp', true],
  ['corp', false],
  ['xcorp', false],
  ['hooks.internal.evil.com', false],
])('trusts %s: %s', (host, isTrusted) => {
  expect(isTrustedHost(host, { ...DEFAULT_WEBHOOKS, allowedHosts: ['hooks.internal', '*.corp'] })).toBe(isTrusted);
});
