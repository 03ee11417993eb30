import { RESERVED_ROOTS, SYSTEM_EVENTS } from '../../../core/events/catalogue.js';
import { matchesPattern } from '../../../core/events/patterns.js';
import { type FieldError, ValidationError } from '../../../core/errors.js';
import { isPublicAddress } from '../../../core/network-address.js';
import { secretProblem } from '../../../core/webhook-signature.js';
import { isIP } from 'node:net';
import { isTrustedHost, type WebhookOptions } from './webhook-settings.js';

/** A webhook as somebody asks for it. */
export interface WebhookRequest {
  /** What it is called from then on: letters, digits, `_`, `.` and `-`, at most 100. */
  readonly name: string;
  /** Where events are sent; https unless the options allow otherwise. */
  readonly url: string;
  /** Names and patterns of events: `task.completed`, `step.*`, `order.**`. */
  readonly events: readonly string[];
  /** Only events of tasks in these namespaces. @default null: all events */
  readonly namespaces?: readonly string[] | null;
  /** Further headers of its requests. */
  readonly headers?: Readonly<Record<string, string>>;
  /** So many attempts in a row may fail. @default the option `webhooks.maxFailures` */
  readonly maxFailures?: number;
  /** What its requests are signed with. @default one is made */
  readonly secret?: string;
}

/** What may be changed of one. */
export type WebhookUpdate = Partial<Omit<WebhookRequest, 'name' | 'secret'>>;

const FIELDS = ['name', 'url', 'events', 'namespaces', 'headers', 'maxFailures', 'secret'];
const SEGMENT = /^(\*\*?|[a-z0-9_]+)$/;
/** Ours, and those that say how a request is carried. */
const OWN_HEADERS =
  /^(webhook-.*|content-(length|type|encoding)|transfer-encoding|host|connection|upgrade|expect|te|trailer|keep-alive|user-agent|proxy-.*)$/i;

/**
 * Refuses what could never be delivered, or not safely.
 * @param isUpdate only what is there is held to the rules, and the name may not be
 * @throws ValidationError naming every field
 */
export function checkWebhook(request: Partial<WebhookRequest>, options: WebhookOptions, isUpdate = false): void {
  const errors: FieldError[] = [];
  const wrong = (path: string, message: string | undefined): void => {
    if (message !== undefined) errors.push({ path, code: message === REQUIRED ? 'required' : 'invalid', message });
  };
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new ValidationError('A webhook was asked for without a request object.', [
      { path: '', code: 'type', message: 'must be an object' },
    ]);
  }
  const { name, url, events, namespaces, headers, maxFailures, secret } = request;
  const isMissing = (value: unknown): boolean => isUpdate && value === undefined;
  if (isUpdate && name !== undefined) wrong('name', 'cannot be changed');
  if (!isUpdate) wrong('name', nameProblem(name));
  if (!isMissing(url)) wrong('url', urlProblem(url, options));
  if (!isMissing(events)) for (const [at, what] of eventProblems(events)) wrong(at, what);
  if (namespaces !== undefined && namespaces !== null) {
    const fits = Array.isArray(namespaces) && namespaces.length > 0 && namespaces.every((one) => isText(one, 64));
    wrong('namespaces', fits ? undefined : 'must be null or a list of one or more namespaces');
  }
  if (headers !== undefined) for (const [at, what] of headerProblems(headers)) wrong(at, what);
  if (maxFailures !== undefined && !(Number.isInteger(maxFailures) && maxFailures >= 1 && maxFailures <= 1_000_000)) {
    wrong('maxFailures', 'must be a whole number from 1 to 1000000');
  }
  if (secret !== undefined) wrong('secret', isUpdate ? 'is changed by rotateSecret' : secretProblem(secret));
  for (const key of Object.keys(request)) if (!FIELDS.includes(key)) wrong(key, 'is not a field of a webhook');
  if (errors.length === 0) return;
  const listed = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ValidationError(`The webhook is not valid: ${listed}.`, errors);
}

const REQUIRED = 'is required';

function nameProblem(name: unknown): string | undefined {
  if (name === undefined) return REQUIRED;
  const fits = typeof name === 'string' && /^[a-z0-9][a-z0-9_.-]{0,99}$/i.test(name);
  return fits ? undefined : 'must be 1 to 100 letters, digits, _, . or -, beginning with a letter or digit';
}

function urlProblem(url: unknown, options: WebhookOptions): string | undefined {
  if (url === undefined) return REQUIRED;
  if (!isText(url, 2_048) || !URL.canParse(url)) return 'must be an address of at most 2048 characters';
  const { protocol, hostname, username, password, hash } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (username !== '' || password !== '') return 'must not hold a password; use headers';
  if (hash !== '') return 'must not have a part behind #';
  const isTrusted = isTrustedHost(hostname.replace(/^\[|\]$/g, ''), options);
  if (protocol === 'http:' && !isTrusted) return 'must begin with https://, unless the options allow its host';
  const address = hostname.replace(/^\[|\]$/g, '');
  const isInner = (isIP(address) !== 0 && !isPublicAddress(address)) || /(^|\.)localhost\.?$/i.test(hostname);
  return isInner && !isTrusted ? 'leads into the private network, which the options do not allow' : undefined;
}

function eventProblems(events: unknown): [string, string][] {
  if (events === undefined) return [['events', REQUIRED]];
  if (!Array.isArray(events) || events.length === 0 || events.length > 100) {
    return [['events', 'must be a list of 1 to 100 names and patterns']];
  }
  return events.flatMap((pattern: unknown, index): [string, string][] => {
    const what = patternProblem(pattern);
    return what === undefined ? [] : [[`events[${index}]`, what]];
  });
}

/** Which events of its own an application has is not known everywhere; which of ours there are is. */
function patternProblem(pattern: unknown): string | undefined {
  if (!isText(pattern, 128) || !pattern.split('.').every((segment) => SEGMENT.test(segment))) {
    return 'must be a name or pattern such as task.completed, step.* or order.**';
  }
  if (pattern === '*') return 'fits no event; ** is every event';
  if (!RESERVED_ROOTS.includes(pattern.split('.', 1)[0]!)) return undefined;
  const fitting = SYSTEM_EVENTS.filter(({ name }) => matchesPattern(pattern, name));
  if (fitting.length === 0) return 'fits no event there is';
  return fitting.some(({ durable }) => durable) ? undefined : 'is told in the process where it happens only';
}

function headerProblems(headers: unknown): [string, string][] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    return [['headers', 'must be an object of names and texts']];
  }
  if (Object.keys(headers).length > 50) return [['headers', 'must be 50 at the most']];
  return Object.entries(headers).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    if (!/^[!#$%&'*+.^_`|~\w-]{1,100}$/.test(name)) return [[`headers.${name}`, 'is no name of a header']];
    if (OWN_HEADERS.test(name)) return [[`headers.${name}`, 'is set by the library']];
    const fits = isText(value, 4_096) && /^[\x20-\x7e]*$/.test(value);
    return fits ? [] : [[`headers.${name}`, 'must be ASCII text of at most 4096 characters']];
  });
}

function isText(value: unknown, max: number): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= max && value.isWellFormed() && !value.includes('\0')
  );
}
