import { Injectable } from '@nestjs/common';
import { type TaskerEvent } from '../core/events/event-map.js';
import { matchesPattern } from '../core/events/patterns.js';
import { type Emitter, EmitterBridge } from './emitter-bridge.js';
import { inNameOf } from '../handlers/in-name-of.js';
import { TaskerLogger } from '../logging/tasker-logger.js';

/** Somebody in this process who is told of events. */
export interface Listener {
  /** As in messages: `Class.method`. */
  readonly name: string;
  /** Names and patterns. */
  readonly patterns: readonly string[];
  readonly filter?: (event: TaskerEvent) => boolean;
  readonly call: (event: TaskerEvent) => unknown;
}

/** How a listener fares. */
export interface ListenerStatus {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly delivered: number;
  readonly failed: number;
  /** Not delivered because it had too many unfinished calls. */
  readonly dropped: number;
  /** Calls that have not ended. */
  readonly pending: number;
  readonly lastError: string | null;
}

/** Unfinished calls of one listener, after which it is given no more until some have ended. */
const MAX_PENDING = 1_000;
/** Between two lines about the same listener. */
const COMPLAIN_EVERY_MS = 1_000;

/** What a listener is to be called with, and its counts. */
interface Entry {
  readonly listener: Listener;
  delivered: number;
  failed: number;
  dropped: number;
  pending: number;
  lastError: string | null;
  quietUntil: number;
  unsaid: number;
}

/**
 * Tells events in this process: to the methods marked with `@OnTaskerEvent`, and on the host's event emitter. Each
 * listener for itself: one that throws, rejects, hangs or has no end of work is counted and logged, and disturbs neither
 * the others nor any workflow.
 */
@Injectable()
export class EventHub {
  private readonly logger = new TaskerLogger('TaskerEvents');
  private readonly entries = new Set<Entry>();
  private readonly byName = new Map<string, readonly Entry[]>();
  private emitter: EmitterBridge | undefined;

  /** @returns takes the listener away again */
  add(listener: Listener): () => void {
    const counts = { delivered: 0, failed: 0, dropped: 0, pending: 0, lastError: null, quietUntil: 0, unsaid: 0 };
    const entry: Entry = { listener, ...counts };
    this.entries.add(entry);
    this.byName.clear();
    return () => {
      this.entries.delete(entry);
      this.byName.clear();
    };
  }

  /** Everything is told on this emitter too, as `tasker.` and the name. */
  attach(emitter: Emitter): void {
    this.emitter = new EmitterBridge(emitter, (name, error) =>
      this.log(`A listener of ${name} on the event emitter failed: ${text(error)}`),
    );
  }

  /** False: nobody here wants to hear anything. */
  get isListening(): boolean {
    return this.entries.size > 0 || this.emitter !== undefined;
  }

  /** True when somebody here wants events of this name. */
  wants(name: string): boolean {
    return this.listenersOf(name).length > 0 || (this.emitter?.wants(name) ?? false);
  }

  publish(event: TaskerEvent): void {
    inNameOf(event, () => this.tellAll(event));
  }

  private tellAll(event: TaskerEvent): void {
    for (const entry of this.listenersOf(event.name)) this.tell(entry, event);
    if (this.emitter?.wants(event.name)) this.emitter.publish(event);
  }

  get statuses(): readonly ListenerStatus[] {
    return [...this.entries].map(({ listener, delivered, failed, dropped, pending, lastError }) => ({
      name: listener.name,
      patterns: listener.patterns,
      delivered,
      failed,
      dropped,
      pending,
      lastError,
    }));
  }

  private listenersOf(name: string): readonly Entry[] {
    let found = this.byName.get(name);
    if (!found) {
      found = [...this.entries].filter(({ listener }) => listener.patterns.some((one) => matchesPattern(one, name)));
      this.byName.set(name, found);
    }
    return found;
  }

  private tell(entry: Entry, event: TaskerEvent): void {
    const { listener } = entry;
    try {
      if (listener.filter && !listener.filter(event)) return;
      if (entry.pending >= MAX_PENDING) {
        entry.dropped++;
        this.complain(
          entry,
          () => `has ${MAX_PENDING} unfinished calls; events are dropped, the last was ${event.id} ${event.name}`,
        );
        return;
      }
      entry.delivered++;
      const result = listener.call(event);
      if (isThenable(result)) this.follow(entry, event, result);
    } catch (error) {
      this.failed(entry, event, error);
    }
  }

  private follow(entry: Entry, event: TaskerEvent, result: PromiseLike<unknown>): void {
    entry.pending++;
    Promise.resolve(result).then(
      () => entry.pending--,
      (error: unknown) => {
        entry.pending--;
        this.failed(entry, event, error);
      },
    );
  }

  private failed(entry: Entry, event: TaskerEvent, error: unknown): void {
    entry.failed++;
    entry.lastError = text(error);
    // The stack is put together when it is read, which takes longer than all the rest.
    this.complain(entry, () => `failed on ${event.id} ${event.name}: ${text(error, 'stack')}`);
  }

  /** Once a second about each: one that fails on every event must not fill the log. */
  private complain(entry: Entry, what: () => string): void {
    const now = Date.now();
    if (now < entry.quietUntil) {
      entry.unsaid++;
      return;
    }
    const more = entry.unsaid > 0 ? ` (and ${entry.unsaid} times more since the last line)` : '';
    entry.quietUntil = now + COMPLAIN_EVERY_MS;
    entry.unsaid = 0;
    this.log(`${entry.listener.name} ${what()}${more}`);
  }

  /** The host's logger may throw as well. */
  private log(line: string): void {
    try {
      this.logger.error(line);
    } catch {
      // There is nowhere left to say it; the counts still do.
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function text(error: unknown, part: 'message' | 'stack' = 'message'): string {
  try {
    return String(error instanceof Error ? (error[part] ?? error.message) : error);
  } catch {
    return 'something that cannot be read';
  }
}
