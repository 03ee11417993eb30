import { resolveAuth } from './auth-options.js';
import { type AuthOptions } from './auth/auth.options.js';
import { DEFAULT_BACKOFF, type BackoffPolicy } from './core/backoff.js';
import { type EventDeclaration } from './core/events/event-declaration.js';
import { ConfigurationError } from './core/errors.js';
import { FINAL_TASK_STATES } from './core/states.js';
import { HashIdentity, type IdentityStrategy, UniqueIdentity } from './core/identity.js';
import { type WorkflowDefinition } from './definitions/task-handler.decorator.js';
import {
  type EngineOptions,
  type ExecutionOptions,
  type LimitsOptions,
  type RetentionOptions,
  type WorkerOptions,
} from './engine/engine.options.js';
import { type LoggingOptions } from './logging/log-settings.js';
import { checkSection, flag, invalid, listOf, number, oneOf, type OptionRule, text, whole } from './options-check.js';
import { type RedactionSettings, resolveLogging, resolveRedaction } from './redaction-options.js';
import { resolveWebhooks, type WebhookSettings } from './webhook-options.js';

/** What a host may set; everything has a default. Checked at boot, see {@link resolveOptions}. */
export interface TaskerOptions {
  readonly database?: DatabaseOptions;
  /** Definition files (paths or globs of YAML and JSON) and inline definitions, besides `@TaskHandler` classes. */
  readonly definitions?: readonly (string | WorkflowDefinition)[];
  /** Events of the application's own that belong to no workflow or step in particular. */
  readonly customEvents?: readonly EventDeclaration[];
  /** Which `environments` section of the definition files applies. @default NODE_ENV, else 'development' */
  readonly environment?: string;
  /** What happens to context properties that a schema does not declare. @default 'reject' */
  readonly strictContext?: 'reject' | 'strip' | 'allow';
  /** `unique`: every request is its own; `hash`: equal requests within a minute are one. @default 'unique' */
  readonly identity?: 'unique' | 'hash' | IdentityStrategy;
  /** How long until the next attempt. */
  readonly backoff?: Partial<BackoffPolicy>;
  readonly execution?: Partial<ExecutionOptions>;
  /**
   * How many steps of a namespace or of a dependent system run at once and start per second, in all processes together,
   * and when a system counts as down. A section that is given replaces what was stored of it.
   */
  readonly limits?: Partial<LimitsOptions>;
  /** How long finished tasks are kept. Workers delete them in small batches. @default for ever */
  readonly retention?: false | (Partial<Omit<RetentionOptions, 'afterDays'>> & { readonly afterDays?: number });
  /** How log lines are written, by all applications of this process. @default { format: 'text', level: 'debug' } */
  readonly logging?: Partial<LoggingOptions>;
  /** What never leaves the process in logs, events and answers of the REST interface. */
  readonly redaction?: RedactionSettings;
  /**
   * `delivery`: whether this process brings events to the durable subscribers that it has.
   * @default true where a worker runs
   */
  readonly events?: { readonly delivery?: boolean };
  /** Who is told of events over HTTP, and how. */
  readonly webhooks?: WebhookSettings;
  /**
   * Who may use the interfaces; see docs/auth.md. False: something else guards them. @default everybody, with a warning in
   * production
   */
  readonly auth?: false | AuthOptions;
  /** False: this process runs no steps, it only creates and looks. */
  readonly worker?: false | (Partial<Omit<WorkerOptions, 'namespaces'>> & { readonly namespaces?: readonly string[] });
}

export interface DatabaseOptions {
  /** The name of the host's TypeORM DataSource. @default the default one */
  readonly dataSource?: string;
  /** A connection of our own instead, `postgres://user:password@host/database`. */
  readonly url?: string;
  /** Schema of the tables, with `url`; with the host's DataSource its own `schema` option decides. @default the search path's first */
  readonly schema?: string;
  /** Connections of our own DataSource at the most, with `url`. @default 10 */
  readonly poolSize?: number;
  /** Apply our missing migrations at boot. @default false */
  readonly migrationsRun?: boolean;
}

/** The HTTP interface. Given beside `useFactory` in `forRootAsync`: routes are known before any provider exists. */
export interface RestOptions {
  /** The first segments of every path, under the application's own global prefix. @default 'tasker' */
  readonly path?: string;
}

/** All of it, complete. */
export interface ResolvedOptions extends EngineOptions {
  readonly database: Required<Pick<DatabaseOptions, 'poolSize' | 'migrationsRun'>> & DatabaseOptions;
  readonly definitions: readonly (string | WorkflowDefinition)[];
  readonly customEvents: readonly EventDeclaration[];
  readonly events: { readonly delivery: boolean };
  /** Null: off. */
  readonly auth: AuthOptions | null;
  readonly environment: string;
  readonly strictContext: 'reject' | 'strip' | 'allow';
}

export const DEFAULT_EXECUTION: ExecutionOptions = {
  stepTimeoutSeconds: 900,
  maxResultBytes: 1024 * 1024,
  maxContextBytes: 1024 * 1024,
  taskMemoryBytes: 64 * 1024 * 1024,
};

export const DEFAULT_WORKER: WorkerOptions = {
  concurrency: 50,
  namespaces: null,
  leaseMs: 30_000,
  pollIntervalMs: 1_000,
  shutdownGraceMs: 10_000,
  flushSize: 500,
  poisonLimit: 3,
  autoStart: true,
};

export const DEFAULT_RETENTION: RetentionOptions = {
  afterDays: null,
  // A task in error waits for an operator.
  states: ['complete', 'cancelled', 'resolved_manually'],
  namespaces: {},
  batchSize: 500,
  auditDays: 365,
};

const section: OptionRule = { what: 'an object', fits: (v) => typeof v === 'object' && v !== null };
const falseOrSection: OptionRule = { what: 'false or an object', fits: (v) => v === false || section.fits(v) };
const strategy: OptionRule = {
  what: "'unique', 'hash' or an object with identityOf()",
  fits: (v) =>
    v === 'unique' || v === 'hash' || typeof (v as Partial<IdentityStrategy> | null)?.identityOf === 'function',
};

/**
 * Fills in the defaults and refuses what is unknown, of a wrong type or out of bounds.
 * @throws ConfigurationError with one message that names the key
 */
export function resolveOptions(input: TaskerOptions = {}): ResolvedOptions {
  refuseLateRest(input);
  const options = checkSection<TaskerOptions>('', input, {
    database: section,
    definitions: listOf({ what: 'file patterns and definitions', fits: (v) => text.fits(v) || section.fits(v) }),
    customEvents: listOf({ what: 'events { name, description, schema }', fits: section.fits }),
    environment: text,
    strictContext: oneOf('reject', 'strip', 'allow'),
    identity: strategy,
    backoff: section,
    execution: section,
    limits: section,
    retention: falseOrSection,
    events: section,
    logging: section,
    redaction: section,
    webhooks: section,
    auth: falseOrSection,
    worker: falseOrSection,
  });
  const database = checkSection<DatabaseOptions>('database', options.database, {
    dataSource: text,
    url: { what: 'a postgres:// address', fits: (v) => typeof v === 'string' && /^postgres(ql)?:\/\//.test(v) },
    schema: text,
    poolSize: whole(2, 1000),
    migrationsRun: flag,
  });
  if (database.url !== undefined && database.dataSource !== undefined) {
    throw invalid('database.dataSource', database.dataSource, 'left out when "database.url" is given');
  }
  if (database.schema !== undefined && database.url === undefined) {
    const instead = 'left out without "database.url": set `schema` on the TypeORM DataSource instead';
    throw invalid('database.schema', database.schema, instead);
  }
  return {
    database: { poolSize: 10, migrationsRun: false, ...defined(database) },
    definitions: options.definitions ?? [],
    customEvents: options.customEvents ?? [],
    events: resolveEvents(options),
    environment: options.environment ?? process.env.NODE_ENV ?? 'development',
    strictContext: options.strictContext ?? 'reject',
    identity: resolveIdentity(options.identity),
    backoff: resolveBackoff(options.backoff),
    execution: resolveExecution(options.execution),
    limits: resolveLimits(options.limits),
    retention: resolveRetention(options.retention),
    logging: resolveLogging(options.logging),
    redaction: resolveRedaction(options.redaction),
    webhooks: resolveWebhooks(options.webhooks),
    auth: resolveAuth(options.auth),
    worker: resolveWorker(options.worker),
  };
}

/**
 * The `rest` option, complete, or null when nothing is mounted.
 * @throws ConfigurationError with one message that names the key
 */
export function resolveRest(input: unknown): Required<RestOptions> | null {
  if (input === false) return null;
  if (input !== undefined && !section.fits(input)) throw invalid('rest', input, 'false or an object');
  const { path = 'tasker' } = checkSection<RestOptions>('rest', input, {
    path: { what: "a path such as 'tasker' or 'internal/tasker'", fits: isPath },
  });
  return { path };
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/?[\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*\/?$/.test(value);
}

function refuseLateRest(input: unknown): void {
  if (typeof input !== 'object' || input === null || !('rest' in input)) return;
  throw new ConfigurationError('TaskerModule got the option "rest" from a factory, when routes are known already.', {
    code: 'INVALID_OPTION',
    hint: 'Give it beside useFactory: TaskerModule.forRootAsync({ rest, useFactory }).',
    details: { option: 'rest' },
  });
}

function resolveEvents({ events, worker }: TaskerOptions): ResolvedOptions['events'] {
  const given = checkSection<{ readonly delivery?: boolean }>('events', events, { delivery: flag });
  return { delivery: given.delivery ?? worker !== false };
}

function resolveIdentity(identity: TaskerOptions['identity']): IdentityStrategy {
  if (identity === undefined || identity === 'unique') return new UniqueIdentity();
  return identity === 'hash' ? new HashIdentity() : identity;
}

function resolveBackoff(input: unknown): BackoffPolicy {
  const given = checkSection<BackoffPolicy>('backoff', input, {
    delaysSeconds: listOf(number(0, 86_400)),
    multiplier: number(1, 10),
    maxSeconds: number(0.001, 86_400),
    jitter: number(0, 1),
  });
  return { ...DEFAULT_BACKOFF, ...defined(given) };
}

function resolveExecution(input: unknown): ExecutionOptions {
  const given = checkSection<ExecutionOptions>('execution', input, {
    stepTimeoutSeconds: number(0.001, 2_000_000),
    maxResultBytes: whole(1, 64 * 1024 * 1024),
    maxContextBytes: whole(2, 64 * 1024 * 1024),
    taskMemoryBytes: whole(0, Number.MAX_SAFE_INTEGER),
  });
  return { ...DEFAULT_EXECUTION, ...defined(given) };
}

function resolveLimits(input: unknown): Partial<LimitsOptions> {
  const given = checkSection<LimitsOptions>('limits', input, { namespaces: section, systems: section });
  const limit = { concurrency: whole(1, 1_000_000), perSecond: number(0.001, 1_000_000) };
  for (const [name, value] of Object.entries(given.namespaces ?? {})) {
    checkSection(`limits.namespaces.${name}`, value, limit);
  }
  for (const [name, value] of Object.entries(given.systems ?? {})) {
    const system = checkSection<typeof value>(`limits.systems.${name}`, value, { ...limit, breaker: section });
    if (system.breaker === undefined) continue;
    checkSection(`limits.systems.${name}.breaker`, system.breaker, {
      failureRate: number(0.01, 1),
      minCalls: whole(1, 1_000_000),
      windowSeconds: number(0.001, 86_400),
      openSeconds: number(0.001, 86_400),
    });
    if (system.breaker.failureRate === undefined) {
      throw invalid(`limits.systems.${name}.breaker.failureRate`, undefined, 'given');
    }
  }
  return given;
}

function resolveRetention(input: unknown): RetentionOptions | null {
  if (input === undefined || input === false) return null;
  const days = number(0.001, 36_500);
  const given = checkSection<RetentionOptions>('retention', input, {
    afterDays: days,
    states: listOf(oneOf(...FINAL_TASK_STATES)),
    namespaces: section,
    batchSize: whole(1, 10_000),
    auditDays: days,
  });
  for (const [name, value] of Object.entries(given.namespaces ?? {})) {
    if (!days.fits(value)) throw invalid(`retention.namespaces.${name}`, value, days.what);
  }
  if (given.afterDays === undefined && given.namespaces === undefined) {
    throw invalid('retention.afterDays', undefined, 'given, or "retention.namespaces"');
  }
  return { ...DEFAULT_RETENTION, ...defined(given) };
}

function resolveWorker(input: unknown): WorkerOptions | null {
  if (input === false) return null;
  const given = checkSection<WorkerOptions>('worker', input, {
    concurrency: whole(1, 10_000),
    namespaces: listOf(text),
    leaseMs: whole(100, 86_400_000),
    pollIntervalMs: whole(10, 3_600_000),
    shutdownGraceMs: whole(0, 3_600_000),
    flushSize: whole(1, 5_000),
    poisonLimit: whole(1, 1_000),
    autoStart: flag,
  });
  return { ...DEFAULT_WORKER, ...defined(given) };
}

/** Without the keys that were given as undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
