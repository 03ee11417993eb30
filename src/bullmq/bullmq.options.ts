import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import { ConfigurationError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { type OptionRule, text, whole } from '../options-check.js';
import { DEFAULT_KEY_PREFIX, DEFAULT_QUEUE_PREFIX, withHashTag } from './queue-names.js';

/**
 * Where the queues are: options, a client of your own (it stays yours and is never closed), an address such as
 * `redis://user:password@host:6379/0`, or what the classes in use take otherwise.
 */
export type BullMqConnection = ConnectionOptions | string;

/** BullMQ's own, or what `withBackend(createPostgresBackend)` gives, or those of BullMQ Pro. */
export interface BullMqClasses {
  // Each backend has options and processors of its own.
  /* eslint-disable @typescript-eslint/no-explicit-any */
  readonly Queue: new (name: string, options: any) => object;
  readonly Worker: new (name: string, processor: any, options: any) => object;
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

/** What a host may set; all of it has a default, but for the connection when there is no `BullModule.forRoot()`. */
export interface TaskerBullMqOptions {
  /** @default that of the application's `BullModule.forRoot()` */
  readonly connection?: BullMqConnection;
  /** Begins every Redis key. Braces are put around it if it has none, for Redis Cluster. @default '{tasker}' */
  readonly prefix?: string;
  /** Begins the name of every queue. Applications with databases of their own need one each. @default 'tasker' */
  readonly queuePrefix?: string;
  /** Wake-ups that were delivered and are kept for you to see, per namespace. @default 100 */
  readonly removeOnComplete?: number;
  /** Wake-ups that could not be delivered and are kept for you to see, per namespace. @default 100 */
  readonly removeOnFail?: number;
  /** @default those of the package bullmq */
  readonly classes?: BullMqClasses;
}

/** All of it, complete. */
export interface ResolvedBullMqOptions {
  readonly connection: object | string;
  /** The connection is a client of the host: used, never closed. */
  readonly isShared: boolean;
  readonly prefix: string;
  readonly queuePrefix: string;
  readonly removeOnComplete: number;
  readonly removeOnFail: number;
  readonly classes: BullMqClasses;
}

const RULES: Readonly<Record<keyof TaskerBullMqOptions, OptionRule>> = {
  connection: { what: 'an object or an address', fits: (v) => text.fits(v) || (typeof v === 'object' && v !== null) },
  prefix: text,
  queuePrefix: text,
  removeOnComplete: whole(0, 100_000),
  removeOnFail: whole(0, 100_000),
  classes: {
    what: 'an object with the classes Queue and Worker',
    fits: (v) => isClass((v as Partial<BullMqClasses> | null)?.Queue) && isClass((v as BullMqClasses).Worker),
  },
};

/**
 * Fills in the defaults and refuses what is unknown, of a wrong type or out of bounds.
 * @param shared the application's own BullMQ configuration, when it has one
 * @throws ConfigurationError with one message that names the key
 */
export function resolveBullMqOptions(
  input: TaskerBullMqOptions = {},
  shared?: { readonly connection?: ConnectionOptions },
): ResolvedBullMqOptions {
  check(input);
  const connection = input.connection ?? shared?.connection;
  if (connection === undefined) {
    throw refused('TaskerBullMqModule has no connection.', 'connection', {
      hint: "Give it one, TaskerBullMqModule.forRoot({ connection: { host: 'redis' } }), or import BullModule.forRoot().",
    });
  }
  const isShared = isClient(connection);
  if (isShared) refuseImpatient(connection);
  return {
    connection: isShared ? connection : ownConnection(connection),
    isShared,
    prefix: withHashTag(input.prefix ?? DEFAULT_KEY_PREFIX),
    queuePrefix: input.queuePrefix ?? DEFAULT_QUEUE_PREFIX,
    removeOnComplete: input.removeOnComplete ?? 100,
    removeOnFail: input.removeOnFail ?? 100,
    classes: input.classes ?? { Queue, Worker },
  };
}

function check(input: TaskerBullMqOptions): void {
  for (const [key, value] of Object.entries(input)) {
    const rule = Object.hasOwn(RULES, key) ? RULES[key as keyof TaskerBullMqOptions] : undefined;
    if (!rule) {
      const guess = didYouMean(key, Object.keys(RULES));
      throw refused(`TaskerBullMqModule does not know the option "${key}".${guess}`, key);
    }
    if (value !== undefined && !rule.fits(value)) {
      throw refused(`TaskerBullMqModule's option "${key}" must be ${rule.what}.`, key);
    }
  }
}

/**
 * For connections that BullMQ makes from options: commands wait for a connection that is lost rather than fail, and it is
 * tried again every two seconds at the latest. This driver has its own limits for what waits.
 */
const PATIENT = {
  retryStrategy: (times: number) => Math.min(times * 100, 2_000),
  maxRetriesPerRequest: null,
  // One that is closed while it is lost does not keep the process for long.
  disconnectTimeout: 250,
};

function ownConnection(connection: object | string): object | string {
  if (typeof connection !== 'string') return { ...PATIENT, ...connection };
  return /^rediss?:/.test(connection) ? { ...PATIENT, url: connection } : connection;
}

/** An ioredis, node-redis or Bun client, or a pg.Pool: they connect themselves. */
function isClient(connection: object | string): connection is object {
  return typeof connection === 'object' && typeof (connection as { connect?: unknown }).connect === 'function';
}

/** BullMQ refuses such a client, but only later, and for the workers alone. */
function refuseImpatient(client: object): void {
  if (!(client as { options?: { maxRetriesPerRequest?: unknown } }).options?.maxRetriesPerRequest) return;
  throw refused('TaskerBullMqModule got a client that gives up commands which wait.', 'connection', {
    hint: 'Waiting for wake-ups is such a command: new Redis({ …, maxRetriesPerRequest: null }).',
  });
}

function isClass(value: unknown): boolean {
  return typeof value === 'function';
}

function refused(message: string, option: string, { hint }: { hint?: string } = {}): ConfigurationError {
  return new ConfigurationError(message, { code: 'INVALID_OPTION', details: { option }, ...(hint && { hint }) });
}
