import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * How webhooks are signed, sender and receiver alike: `v1,` and the base64 of an HMAC-SHA256 over `id.timestamp.body`, as
 * Standard Webhooks has it. Whoever knows the secret knows that body and time are the sender's.
 */
export const WEBHOOK_HEADERS = {
  /** Of the event, the same with every attempt: a receiver that has had it drops it. */
  id: 'webhook-id',
  /** When this attempt was signed, in seconds since 1970. */
  timestamp: 'webhook-timestamp',
  /** One signature per secret that is good just now, with spaces between. */
  signature: 'webhook-signature',
} as const;

/** Secrets of ours begin so; what follows is the key in base64. Others are taken as they stand. */
export const SECRET_PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;

/** The value of the signature header. */
export function signWebhook(
  id: string,
  timestamp: number,
  body: string | Uint8Array,
  secrets: readonly string[],
): string {
  return secrets.map((secret) => `v1,${digest(id, timestamp, body, secret).toString('base64')}`).join(' ');
}

/** Whether one of the signatures in a header was made with one of these secrets; takes as long whichever it is. */
export function isSignedBy(
  header: string,
  id: string,
  timestamp: number,
  body: string | Uint8Array,
  secrets: readonly string[],
): boolean {
  const given = header
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'));
  let isSigned = false;
  for (const secret of secrets) {
    const wanted = digest(id, timestamp, body, secret);
    for (const one of given) {
      if (one.length === wanted.length && timingSafeEqual(one, wanted)) isSigned = true;
    }
  }
  return isSigned;
}

/** Why a text cannot be a secret; undefined when it can. */
export function secretProblem(secret: unknown): string | undefined {
  if (typeof secret !== 'string') return 'must be text';
  if (secret.length > 256 || !/^[\x21-\x7e]+$/.test(secret)) {
    return 'must be at most 256 visible ASCII characters, without spaces';
  }
  if (secret.startsWith(SECRET_PREFIX) && !/^[A-Za-z0-9+/]+={0,2}$/.test(secret.slice(SECRET_PREFIX.length))) {
    return `must have base64 behind ${SECRET_PREFIX}`;
  }
  return keyOf(secret).length < MIN_KEY_BYTES ? `must hold a key of at least ${MIN_KEY_BYTES} bytes` : undefined;
}

function digest(id: string, timestamp: number, body: string | Uint8Array, secret: string): Buffer {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret);
}
