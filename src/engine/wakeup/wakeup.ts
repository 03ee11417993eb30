import { type Notifications } from '../../persistence/notifications.js';

/** Steps of a task are due, now or after a while, and this process does not take them itself. */
export interface WakeHint {
  readonly namespace: string;
  readonly taskId: number;
  /** From now; 0 is at once. */
  readonly delayMs: number;
}

/** What a driver wakes. */
export interface Sleeper {
  /** Look for due steps. Cheap: may be called as often as one likes. */
  look(): void;
  /** False while it can take nothing: a hint that reaches it then should go to another. */
  hasRoom(): boolean;
  /** The namespaces whose steps this process can run; may grow while it runs. */
  namespaces(): readonly string[];
}

/**
 * What wakes a worker. A driver only says "look": the claim decides who gets what, so a hint that is lost, late, doubled
 * or wrong costs latency or a query, never work; the worker's own poll finds what no hint named. Two drivers: `postgres`
 * beside this file, and BullMQ in its own entry. Both pass one conformance suite.
 */
export abstract class Wakeup {
  /** Begins to wake `sleeper`. May be called twice, and again after {@link stop}. */
  abstract start(sleeper: Sleeper): Promise<void>;

  /** Stops waking; returns when all is at rest. May be called without start, and twice. */
  abstract stop(): Promise<void>;

  /** Passes hints on to the other processes. Never throws and never waits; hints may be held back and joined. */
  abstract announce(hints: readonly WakeHint[]): void;

  /**
   * The sleeper took all it had room for, so there may be more for others. A driver whose hints reach everybody at once
   * has nothing to add; one that wakes one process per hint wakes the next. Never throws and never waits.
   */
  passOn(): void {}

  /** False while hints do not get through; the poll carries on. */
  abstract get isHealthy(): boolean;
}

/** Makes a driver. The notifications are there in any case: what a transaction tells at its commit comes that way. */
export type WakeupDriver = (notifications: Notifications) => Wakeup;

/** A global module that provides a {@link WakeupDriver} under this token puts it in the place of the postgres one. */
export const WAKEUP_DRIVER = Symbol('TASKER_WAKEUP_DRIVER');
