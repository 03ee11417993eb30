import { createHmac } from 'node:crypto';
import { signWebhook } from '../../src/core/webhook-signature.js';
import { verifyWebhook, type WebhookRequest } from '../../src/events/verify-webhook.js';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NOW = new Date('2030-01-01T00:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const BODY = '{"id":"e1","name":"task.completed"}';

function request(change: Partial<WebhookRequest> = {}, timestamp = SECONDS, secrets = [SECRET]): WebhookRequest {
  const headers = {
    'webhook-id': 'e1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook('e1', timestamp, BODY, secrets),
  };
  return { headers, body: BODY, secrets: SECRET, now: NOW, ...change };
}

const codeOf = (change: Partial<WebhookRequest>, timestamp?: number): unknown => {
  try {
    verifyWebhook(request(change, timestamp));
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it('takes what was signed with the secret, as anybody can compute it', () => {
  const signature = createHmac('sha256', KEY).update(`e1.${SECONDS}.${BODY}`).digest('base64');
  expect(request().headers).toMatchObject({ 'webhook-signature': `v1,${signature}` });
  expect(verifyWebhook(request())).toEqual({ id: 'e1', sentAt: NOW, event: { id: 'e1', name: 'task.completed' } });
});

it('takes bytes as well as text, and the headers of fetch', () => {
  const headers = new Headers(request().headers as Record<string, string>);
  expect(verifyWebhook(request({ body: Buffer.from(BODY), headers })).id).toBe('e1');
});

it('takes a secret that is no base64 of ours as it stands', () => {
  const plain = 'a secret of the receiver';
  const headers = { ...request().headers, 'webhook-signature': signWebhook('e1', SECONDS, BODY, [plain]) };
  expect(verifyWebhook(request({ headers: headers as never, secrets: plain })).id).toBe('e1');
});

it('takes either secret while one is being changed, on both sides', () => {
  expect(verifyWebhook({ ...request({}, SECONDS, [OTHER, SECRET]) }).id).toBe('e1');
  expect(verifyWebhook(request({ secrets: [OTHER, SECRET] })).id).toBe('e1');
  expect(codeOf({ secrets: [OTHER] })).toBe('WEBHOOK_SIGNATURE_INVALID');
});

it.each([
  ['another body', { body: BODY.replace('e1', 'e2') }],
  ['another id', { headers: { ...request().headers, 'webhook-id': 'e2' } }],
  ['another time', { headers: { ...request().headers, 'webhook-timestamp': String(SECONDS + 1) } }],
  ['another version of signatures', { headers: { ...request().headers, 'webhook-signature': 'v2,aaaa' } }],
  ['an empty signature', { headers: { ...request().headers, 'webhook-signature': 'v1,' } }],
  ['no secret', { secrets: [] }],
])('refuses %s', (_what, change) => expect(codeOf(change as never)).toBe('WEBHOOK_SIGNATURE_INVALID'));

it('refuses what is old or of the future, and what was sent again later', () => {
  expect(codeOf({}, SECONDS - 300)).toBe('accepted');
  expect(codeOf({}, SECONDS - 301)).toBe('WEBHOOK_TIMESTAMP_TOO_OLD');
  expect(codeOf({}, SECONDS + 300)).toBe('accepted');
  expect(codeOf({}, SECONDS + 301)).toBe('WEBHOOK_TIMESTAMP_TOO_NEW');
  expect(codeOf({ toleranceSeconds: 10 }, SECONDS - 11)).toBe('WEBHOOK_TIMESTAMP_TOO_OLD');
});

it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('says that %s is missing', (name) => {
  const refused = () => verifyWebhook(request({ headers: { ...request().headers, [name]: undefined } as never }));
  expect(refused).toThrow(`The webhook request was refused: it has no header ${name}.`);
});

it('says that a time is none, and that a body was parsed already or is no object', () => {
  expect(codeOf({ headers: { ...request().headers, 'webhook-timestamp': '1e9' } })).toBe('WEBHOOK_TIMESTAMP_INVALID');
  expect(codeOf({ body: { id: 'e1' } as never })).toBe('WEBHOOK_BODY_INVALID');
  const headers = { ...request().headers, 'webhook-signature': signWebhook('e1', SECONDS, '[]', [SECRET]) };
  expect(codeOf({ body: '[]', headers: headers })).toBe('WEBHOOK_BODY_INVALID');
});
