import { type BackoffPolicy, DEFAULT_BACKOFF } from '../../../core/backoff.js';
import { systemEvent } from '../../../core/events/catalogue.js';
import { ConfigurationError } from '../../../core/errors.js';
import { type DurableSubscriber } from '../../../events/durable-subscriber.js';

/** How this process delivers; what differs between subscribers stands in {@link ResolvedSubscriber}. */
export interface DeliverySettings {
  /** How long nobody else delivers to a subscriber whose process says nothing any more. Renewed three times as often. */
  readonly leaseMs: number;
  /** How often the stream is looked at while there is something to deliver. */
  readonly busyMs: number;
  /** And when nothing happens, as far as this process knows. */
  readonly idleMs: number;
  /** What was taken is booked at least so often. */
  readonly bookMs: number;
  /** How long a stop waits for deliveries that are under way. */
  readonly graceMs: number;
  /** How long a new subscriber's start waits for transactions that are under way. */
  readonly settleMs: number;
  readonly backoff: BackoffPolicy;
}

/** Token for settings other than {@link DEFAULT_DELIVERY_SETTINGS}. */
export const DELIVERY_SETTINGS = Symbol('TASKER_DELIVERY_SETTINGS');

export const DEFAULT_DELIVERY_SETTINGS: DeliverySettings = {
  leaseMs: 5_000,
  busyMs: 50,
  idleMs: 1_000,
  bookMs: 200,
  graceMs: 10_000,
  settleMs: 1_000,
  backoff: DEFAULT_BACKOFF,
};

/** A subscriber with nothing left open. */
export interface ResolvedSubscriber {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly maxAttempts: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly from: 'now' | 'beginning' | Date;
  readonly to: DurableSubscriber;
}

/** @throws ConfigurationError `INVALID_SUBSCRIBER` that names the subscriber and what is wrong with it */
export function resolveSubscribers(subscribers: readonly DurableSubscriber[]): ResolvedSubscriber[] {
  const names = new Set<string>();
  return subscribers.map((to) => {
    const { name, patterns, options } = to;
    if (typeof name !== 'string' || name === '' || name.length > 128) {
      throw invalid(name, 'its name must be a text of 1 to 128 characters');
    }
    if (names.has(name)) throw invalid(name, 'there are two of this name');
    names.add(name);
    if (patterns.length === 0) throw invalid(name, 'it names no event');
    const fleeting = patterns.find((pattern) => systemEvent(pattern)?.durable === false);
    if (fleeting !== undefined) {
      throw invalid(name, `${fleeting} is told in the process where it happens only, and cannot be had durably`);
    }
    const { maxAttempts = 10, concurrency = 10, timeoutSeconds = 30, from = 'now' } = options;
    whole(name, 'maxAttempts', maxAttempts, 1_000);
    whole(name, 'concurrency', concurrency, 1_000);
    if (!(timeoutSeconds > 0 && timeoutSeconds <= 86_400)) {
      throw invalid(name, 'timeoutSeconds must be a number above 0, and 86400 at the most');
    }
    const isDate = from instanceof Date && !Number.isNaN(from.getTime());
    if (!isDate && from !== 'now' && from !== 'beginning') {
      throw invalid(name, `from must be 'now', 'beginning' or a Date`);
    }
    return { name, patterns, maxAttempts, concurrency, timeoutMs: timeoutSeconds * 1_000, from, to };
  });
}

function whole(name: string, option: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw invalid(name, `${option} must be a whole number from 1 to ${max}`);
  }
}

function invalid(name: string, what: string): ConfigurationError {
  return new ConfigurationError(`The durable subscriber "${name}" cannot be: ${what}.`, {
    code: 'INVALID_SUBSCRIBER',
    details: { subscriber: name },
  });
}
