/** What the driver tells the processes it starts, in one variable of their environment. */
import { type TaskerOptions, type WorkflowDefinition } from 'nestjs-tasker';

export interface Setup {
  readonly url: string;
  readonly seed: number;
  /** Where the workers wake each other, and what every key of the run begins with; null: by PostgreSQL. */
  readonly redis: { readonly url: string; readonly name: string } | null;
  /** Instead of those that the seed gives. */
  readonly definitions?: readonly WorkflowDefinition[];
  /** What differs from the worker of a chaos run. */
  readonly worker?: Exclude<TaskerOptions['worker'], false>;
}

/** Short, so that a run of seconds sees many of them end. */
export const LEASE_MS = 2_000;
export const GRACE_MS = 3_000;
export const POISON_LIMIT = 3;

/** The durable subscriber that all worker processes have. */
export const SUBSCRIBER = 'chaos';

const VARIABLE = 'CHAOS_SETUP';

export function toEnvironment(setup: Setup): Record<string, string> {
  return { [VARIABLE]: JSON.stringify(setup), NO_COLOR: '1' };
}

export function readSetup(): Setup {
  return JSON.parse(process.env[VARIABLE] ?? '') as Setup;
}
