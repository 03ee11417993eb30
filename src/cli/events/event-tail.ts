import { setTimeout as delay } from 'node:timers/promises';
import { type TaskerEvent } from '../../core/events/event-map.js';
import { EventReader } from '../../engine/events/durable/event-reader.js';
import { SettledBound } from '../../engine/events/durable/settled-bound.js';
import { startingPoint } from '../../engine/events/durable/starting-point.js';
import { type TaskFactsReader } from '../../engine/events/task-facts.js';
import { type EventStreamStore } from '../../persistence/event-stream-store.js';

export interface EventTailOptions {
  readonly patterns: readonly string[];
  readonly since: Date | 'now';
  /** When it rejects, it gets the same events again. */
  readonly onEvents: (events: readonly TaskerEvent[]) => Promise<void>;
  /** Nothing will be missed that is committed from now on. */
  readonly onReady: () => void;
  /** The database did not answer; it is asked again. Called once until it does. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery: () => void;
}

const IDLE_MS = 200;
/** While an open transaction may still write below what is there already. */
const WAITING_MS = 25;
const RETRY_MS = [100, 250, 500, 1_000, 2_000];
/** How long transactions that were open at the start are waited for. */
const PATIENCE_MS = 2_000;

/**
 * Follows the committed history, whoever writes it: everything after the start, once, in the order of the commits of a
 * task. Ids are drawn in order but committed in any, so it reads only up to where nothing can come any more in between. A
 * lost connection costs time, no event.
 */
export class EventTail {
  private readonly reader: EventReader;
  private bound = new SettledBound();
  private position: number | undefined;
  private failures = 0;

  constructor(
    private readonly stream: EventStreamStore,
    facts: TaskFactsReader,
    private readonly options: EventTailOptions,
  ) {
    this.reader = new EventReader(options.patterns, stream, facts);
  }

  /** Resolves when the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.round();
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async round(): Promise<number> {
    try {
      const waitMs = await this.read();
      if (this.failures > 0) this.options.onRecovery();
      this.failures = 0;
      return waitMs;
    } catch (error) {
      // Who knows what server answers next.
      this.bound = new SettledBound();
      if (this.failures === 0) this.options.onTrouble(error);
      return RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]!;
    }
  }

  private async read(): Promise<number> {
    if (this.position === undefined) {
      this.position = await startingPoint(this.stream, this.options.since, PATIENCE_MS);
      this.options.onReady();
    }
    this.bound.observe(await this.stream.horizon());
    while (this.position < this.bound.upTo) {
      const { events, upTo } = await this.reader.read(this.position, this.bound.upTo);
      if (events.length > 0) await this.options.onEvents(events.map(({ event }) => event));
      this.position = upTo;
    }
    return this.bound.isWaiting ? WAITING_MS : IDLE_MS;
  }
}
