import { type BackoffPolicy } from '../core/backoff.js';
import { type EventDeclaration } from '../core/events/event-declaration.js';
import { type MissedPolicy } from '../core/schedule.js';

/** JSON schema, draft 2020-12 or 7, as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A step of a workflow as every way of writing it ends up: complete, nothing optional. */
export interface StepTemplate {
  readonly name: string;
  readonly description: string;
  /** Token of the `@StepHandler` class that runs it. */
  readonly handler: string;
  /** The outside system it talks to; `unknown` when none was named. */
  readonly dependentSystem: string;
  readonly dependsOn: readonly string[];
  /** False: one attempt, whatever the limit. */
  readonly retryable: boolean;
  /** Attempts in all, 1 or more. */
  readonly retryLimit: number;
  /** After this the attempt is aborted and counts as a retryable failure; null means the module's default. */
  readonly timeoutSeconds: number | null;
  /** What differs from the module's backoff; null means nothing. */
  readonly backoff: Partial<BackoffPolicy> | null;
  readonly skippable: boolean;
  /** Handed to the handler as `step.config`, `${VAR}` replaced when the step runs (never stored replaced). */
  readonly config: Readonly<Record<string, unknown>>;
  /** Events of the application's own that it publishes; left out when there are none. */
  readonly customEvents?: readonly EventDeclaration[];
  /** Places in its results that never leave the process; left out when there are none, as {@link TaskTemplate.sensitive}. */
  readonly sensitive?: readonly string[];
}

/** When tasks of a workflow are created by themselves. */
export interface ScheduleTemplate {
  /** Five fields, six with seconds first, or a nickname such as `@daily`. */
  readonly cron: string;
  /** Name of the IANA database. */
  readonly timeZone: string;
  /** What each of these tasks is created with. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly missed: MissedPolicy;
  /** False: known, but never due. */
  readonly enabled: boolean;
}

/**
 * A workflow. This is the snapshot that is stored with its content hash: a task runs with the one it was created with,
 * whatever happens to the file or class it came from.
 */
export interface TaskTemplate {
  readonly namespace: string;
  readonly name: string;
  /** Full semantic version. */
  readonly version: string;
  readonly description: string;
  /** What the context must fit; null means anything. */
  readonly schema: JsonSchema | null;
  /** What happens to context properties that the schema does not declare. */
  readonly strictContext: 'reject' | 'strip' | 'allow';
  /** Null: tasks are created only when somebody asks. */
  readonly schedule: ScheduleTemplate | null;
  /** Events of the application's own that its steps publish; left out when there are none. */
  readonly customEvents?: readonly EventDeclaration[];
  /**
   * Places in the context that never leave the process: logs, events and interfaces show a mask instead. Left out when
   * there are none, so that the hash of a workflow that has none is the one it had before there were any.
   */
  readonly sensitive?: readonly string[];
  readonly steps: readonly StepTemplate[];
}

/** `namespace.name@version`, the name of a definition in messages and interfaces. */
export function fullName(key: { readonly namespace: string; readonly name: string; readonly version: string }): string {
  return `${key.namespace}.${key.name}@${key.version}`;
}

export const DEFAULT_NAMESPACE = 'default';
export const DEFAULT_VERSION = '0.1.0';
export const DEFAULT_RETRY_LIMIT = 3;
export const UNKNOWN_SYSTEM = 'unknown';
export const DEFAULT_TIME_ZONE = 'UTC';
