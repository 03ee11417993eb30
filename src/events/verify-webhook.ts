import { TaskerError } from '../core/errors.js';
import { isSignedBy, WEBHOOK_HEADERS } from '../core/webhook-signature.js';

/** A request as a receiver has it. */
export interface WebhookRequest {
  /** Of Node, Express, Fastify (names in lower case) or of `fetch`. */
  readonly headers:
    Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };
  /** As it came over the wire, not parsed and printed again: the signature is over its bytes. */
  readonly body: string | Uint8Array;
  /** The secret of the webhook; two while it is being changed. */
  readonly secrets: string | readonly string[];
  /** How far the sender's clock may be from ours, and how old a request may be. @default 300 */
  readonly toleranceSeconds?: number;
  /** Instead of the present, for tests. */
  readonly now?: Date;
}

/** A webhook that is genuine. */
export interface WebhookMessage {
  /** The same with every attempt to deliver this event: keep it to drop what comes twice. */
  readonly id: string;
  readonly sentAt: Date;
  /** The body, parsed. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** A request that is not to be trusted; `code` and message say why. Answer it with 400 or 401. */
export class WebhookVerificationError extends TaskerError {}

/**
 * Tells whether a request comes from a webhook of ours and is fresh. Give it the raw body.
 *
 * @throws WebhookVerificationError `WEBHOOK_HEADER_MISSING`, `WEBHOOK_TIMESTAMP_INVALID`, `WEBHOOK_TIMESTAMP_TOO_OLD`,
 *   `WEBHOOK_TIMESTAMP_TOO_NEW`, `WEBHOOK_SIGNATURE_INVALID`, `WEBHOOK_BODY_INVALID`
 * @example const { id, event } = verifyWebhook({ headers: request.headers, body: request.rawBody, secrets });
 */
export function verifyWebhook(request: WebhookRequest): WebhookMessage {
  const { body, toleranceSeconds = 300, now = new Date() } = request;
  const secrets = typeof request.secrets === 'string' ? [request.secrets] : request.secrets;
  const [id, time, signature] = [WEBHOOK_HEADERS.id, WEBHOOK_HEADERS.timestamp, WEBHOOK_HEADERS.signature].map((name) =>
    headerOf(request.headers, name),
  ) as [string, string, string];
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw refused('WEBHOOK_BODY_INVALID', 'its body was parsed before; the text or bytes as they came are needed');
  }
  if (!/^\d{1,12}$/.test(time))
    throw refused('WEBHOOK_TIMESTAMP_INVALID', `its ${WEBHOOK_HEADERS.timestamp} is no time`);
  const timestamp = Number(time);
  const age = now.getTime() / 1000 - timestamp;
  // First whether it is genuine: to strangers nothing is said of clocks.
  if (!isSignedBy(signature, id, timestamp, body, secrets)) {
    throw refused(
      'WEBHOOK_SIGNATURE_INVALID',
      'no signature of it was made with the secret over this id, time and body',
    );
  }
  if (age > toleranceSeconds) throw refused('WEBHOOK_TIMESTAMP_TOO_OLD', `it was signed ${Math.round(age)} s ago`);
  if (age < -toleranceSeconds) {
    throw refused('WEBHOOK_TIMESTAMP_TOO_NEW', `it was signed ${Math.round(-age)} s in the future`);
  }
  return { id, sentAt: new Date(timestamp * 1000), event: parse(body) };
}

function headerOf(headers: WebhookRequest['headers'], name: string): string {
  const value =
    typeof headers['get'] === 'function'
      ? (headers as { get(name: string): string | null }).get(name)
      : (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  const first = typeof value === 'object' && value !== null ? value[0] : value;
  if (typeof first === 'string' && first !== '') return first;
  throw refused('WEBHOOK_HEADER_MISSING', `it has no header ${name}`);
}

function parse(body: string | Uint8Array): WebhookMessage['event'] {
  let event: unknown;
  try {
    event = JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
  } catch {
    event = undefined;
  }
  if (typeof event === 'object' && event !== null && !Array.isArray(event)) return event as WebhookMessage['event'];
  throw refused('WEBHOOK_BODY_INVALID', 'its body is no JSON object');
}

function refused(code: string, why: string): WebhookVerificationError {
  return new WebhookVerificationError(code, `The webhook request was refused: ${why}.`);
}
