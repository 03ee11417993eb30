import { type BackoffPolicy } from '../core/backoff.js';
import { type IdentityStrategy } from '../core/identity.js';
import { type TaskState } from '../core/states.js';
import { type RedactionRules } from '../core/redaction.js';
import { type BreakerOptions, type LimitOptions } from '../persistence/control-store.js';
import { type LoggingOptions } from '../logging/log-settings.js';
import { type WebhookOptions } from './events/webhooks/webhook-settings.js';

/** What the engine is told, complete and checked; `tasker.options.ts` says how a user writes it. */
export interface EngineOptions {
  readonly backoff: BackoffPolicy;
  readonly identity: IdentityStrategy;
  readonly execution: ExecutionOptions;
  /** Undefined sections are left as they are stored. */
  readonly limits: Partial<LimitsOptions>;
  /** Null: finished tasks are kept. */
  readonly retention: RetentionOptions | null;
  readonly logging: LoggingOptions;
  readonly redaction: RedactionOptions;
  readonly webhooks: WebhookOptions;
  /** Null: this process runs no steps. */
  readonly worker: WorkerOptions | null;
}

export interface RedactionOptions extends RedactionRules {
  /** False: over REST only `sensitive` paths are hidden, not what merely has the name of a secret. */
  readonly api: boolean;
}

export interface ExecutionOptions {
  /** An attempt that takes longer is aborted, unless its step says otherwise. */
  readonly stepTimeoutSeconds: number;
  /** Bytes of JSON that a step's results may have. */
  readonly maxResultBytes: number;
  /** Bytes of JSON that a task's context may have. */
  readonly maxContextBytes: number;
  /** Bytes of task contexts and results that a worker keeps in memory for the steps to come. */
  readonly taskMemoryBytes: number;
}

/** Limits by name, held across all processes; stored at boot, so that the last process to start decides. */
export interface LimitsOptions {
  readonly namespaces: Readonly<Record<string, LimitOptions>>;
  readonly systems: Readonly<Record<string, LimitOptions & { readonly breaker?: BreakerOptions }>>;
}

/** How long finished tasks are kept, by days since their end. Workers delete them, in small batches. */
export interface RetentionOptions {
  /** For namespaces that are not named below; null keeps them. */
  readonly afterDays: number | null;
  /** Final states whose tasks may be deleted. */
  readonly states: readonly TaskState[];
  /** Days for single namespaces. */
  readonly namespaces: Readonly<Record<string, number>>;
  /** Tasks deleted in one transaction at the most. */
  readonly batchSize: number;
  /** How long the audit of pauses and repairs is kept. */
  readonly auditDays: number;
}

export interface WorkerOptions {
  /** Steps that run at once in this process. */
  readonly concurrency: number;
  /** Only steps of these namespaces; null is all. */
  readonly namespaces: readonly string[] | null;
  /** How long a claim holds without being renewed. */
  readonly leaseMs: number;
  /** A step that has taken so many workers down fails for good. */
  readonly poisonLimit: number;
  /** How often an idle worker looks for due steps when nothing woke it. */
  readonly pollIntervalMs: number;
  /** How long a shutdown waits for running steps before it aborts them and hands them back. */
  readonly shutdownGraceMs: number;
  /** Results written in one commit at the most. */
  readonly flushSize: number;
  /** False: the host starts the worker itself, with `TaskerWorker.start()`. */
  readonly autoStart: boolean;
}
