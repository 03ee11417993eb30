import { type TaskerEvent } from '../core/events/event-map.js';

/** How events are brought to a durable subscriber. */
export interface DurableOptions {
  /** Attempts to deliver one event, the first included, before it is set aside as dead. @default 10 */
  readonly maxAttempts?: number;
  /** Tasks whose events are delivered at the same time; events of one task always one after the other. @default 10 */
  readonly concurrency?: number;
  /** A delivery that takes longer has failed. @default 30 */
  readonly timeoutSeconds?: number;
  /** Where a subscriber that has never run begins. @default 'now' */
  readonly from?: 'now' | 'beginning' | Date;
}

/**
 * Somebody who gets every event at least once, in order per task, across restarts and machines. The name is that of its
 * cursor in the database: one process of the fleet delivers to a name at a time.
 */
export interface DurableSubscriber {
  readonly name: string;
  /** Names and patterns. */
  readonly patterns: readonly string[];
  readonly options: DurableOptions;
  /** Takes an event, or rejects: then it gets it again after a while. */
  deliver(event: TaskerEvent, signal: AbortSignal): Promise<void>;
}
