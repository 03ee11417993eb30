import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { signWebhook, WEBHOOK_HEADERS } from '../../../core/webhook-signature.js';
import { LIBRARY_VERSION } from '../../../core/version.js';
import { guardedLookup, refuseInnerAddress } from './guarded-lookup.js';
import { isTrustedHost, type WebhookOptions } from './webhook-settings.js';

/** Bytes of an answer that are read for the message of a failure. */
const MAX_ANSWER = 2_048;
/** Bytes of a good answer that are let pass so that the connection can be used again. */
const MAX_DRAIN = 65_536;

/** What is sent, to whom. */
export interface WebhookMail {
  readonly url: string;
  readonly id: string;
  readonly body: string;
  readonly secrets: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** How an attempt ended. */
export interface WebhookAnswer {
  /** Null: there was no answer. */
  readonly status: number | null;
  readonly isAccepted: boolean;
  /** Why it was not accepted; null when it was. */
  readonly error: string | null;
  readonly latencyMs: number;
}

/**
 * Sends one signed request and says how that ended; it never rejects. Only a 2xx is good: redirects are not followed, they
 * would lead past everything that was checked.
 *
 * This is `node:https` and not `fetch`: the address that is connected to must be the one that was checked, and only here a
 * connection takes a lookup of ours without a package more.
 */
export class WebhookSender {
  private readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
  private readonly isTrusted: (host: string) => boolean;

  constructor(
    private readonly options: WebhookOptions,
    /** What is trusted beside the authorities that Node knows. */
    tls: Pick<https.AgentOptions, 'ca'> = {},
  ) {
    this.isTrusted = (host) => isTrustedHost(host, options);
    const shared = { keepAlive: true, maxFreeSockets: 4, timeout: 60_000, lookup: guardedLookup(this.isTrusted) };
    this.agents = { http: new http.Agent(shared), https: new https.Agent({ ...shared, ...tls }) };
  }

  async send(mail: WebhookMail, signal?: AbortSignal): Promise<WebhookAnswer> {
    const began = performance.now();
    const latencyMs = (): number => Math.round(performance.now() - began);
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    try {
      const { status, text, location } = await this.request(
        mail,
        AbortSignal.any(signal ? [signal, timeout] : [timeout]),
      );
      const isAccepted = status >= 200 && status < 300;
      return { status, isAccepted, error: isAccepted ? null : refusal(status, text, location), latencyMs: latencyMs() };
    } catch (error) {
      const late = `There was no answer within ${this.options.timeoutMs / 1000} s.`;
      const text = timeout.aborted ? late : describe(error);
      return { status: null, isAccepted: false, error: text, latencyMs: latencyMs() };
    }
  }

  /** Closes connections that wait for further use. */
  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private async request(
    mail: WebhookMail,
    signal: AbortSignal,
  ): Promise<{ status: number; text: string; location: string }> {
    const url = new URL(mail.url);
    const isPlain = url.protocol === 'http:';
    if (isPlain && !this.isTrusted(url.hostname)) throw new Error('Webhooks to this host must go over https.');
    refuseInnerAddress(url.hostname, this.isTrusted);
    const options: RequestOptions = {
      method: 'POST',
      agent: isPlain ? this.agents.http : this.agents.https,
      headers: headersOf(mail),
      signal,
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isPlain ? http : https).request(url, options, resolve);
      request.on('error', reject);
      request.end(mail.body);
    });
    const status = response.statusCode ?? 0;
    return { status, text: await readSome(response), location: response.headers.location ?? '' };
  }
}

function headersOf({ id, body, secrets, headers }: WebhookMail): Record<string, string | number> {
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': `nestjs-tasker/${LIBRARY_VERSION}`,
    [WEBHOOK_HEADERS.id]: id,
    [WEBHOOK_HEADERS.timestamp]: String(timestamp),
    [WEBHOOK_HEADERS.signature]: signWebhook(id, timestamp, body, secrets),
  };
}

/** The beginning of an answer. One without end is cut off, with its connection. */
async function readSome(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let kept = 0;
  let passed = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    passed += part.length;
    if (kept < MAX_ANSWER) {
      parts.push(part.subarray(0, MAX_ANSWER - kept));
      kept += parts.at(-1)!.length;
    }
    // Leaving the loop destroys the connection.
    if (passed > MAX_DRAIN) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

function refusal(status: number, text: string, location: string): string {
  if (status >= 300 && status < 400) {
    return `The receiver answered ${status}${location && ` and points to ${location.split('?', 1)[0]!.slice(0, 200)}`}; redirects are not followed.`;
  }
  const said = text.replace(/\s+/g, ' ').trim();
  return `The receiver answered ${status}${said && `: ${said}`}`;
}

function describe(error: unknown): string {
  // Several addresses, several errors, and no message of its own.
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}
