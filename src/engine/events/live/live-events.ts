import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { TaskerLogger } from '../../../logging/tasker-logger.js';
import { EventStreamStore } from '../../../persistence/event-stream-store.js';
import { EngineSignals } from '../../engine-signals.js';
import { EventReader, type StreamEvent } from '../durable/event-reader.js';
import { type NextRound, Rounds } from '../durable/rounds.js';
import { SettledBound } from '../durable/settled-bound.js';
import { startingPoint } from '../durable/starting-point.js';
import { TaskFactsReader } from '../task-facts.js';

/** Who follows the events of the whole database, as they are committed anywhere. */
export interface LiveListener {
  onEvents(events: readonly StreamEvent[]): void;
  /** Nothing more comes: the application stops. */
  onEnd(): void;
}

/** Moves of tasks and steps; what handlers publish has names of its own and is not followed. */
const PATTERNS = ['task.*', 'step.*'];
/** How often the database is looked at while something happens, and while nothing does. */
const BUSY_MS = 50;
const IDLE_MS = 500;
/** While a transaction is waited for. */
const SOON_MS = 10;
/** A transaction that takes longer than this to end is not waited for when somebody begins to follow. */
const PATIENCE_MS = 500;
/** How far back one may begin. */
export const MAX_BACKLOG_IDS = 20_000;

/**
 * Follows the database's stream of events once for this process, however many listen, and not at all while nobody does.
 * Everything that is committed after a listener has begun is told it, in the order of the stream, each once.
 */
@Injectable()
export class LiveEvents implements OnModuleDestroy {
  private readonly listeners = new Set<LiveListener>();
  private readonly reader: EventReader;
  private readonly rounds: Rounds;
  private readonly logger = new TaskerLogger('LiveEvents');
  private settled = new SettledBound();
  private position: number | undefined;
  private starting: Promise<number> | undefined;
  private idleMs = BUSY_MS;
  private ended = false;
  private unsubscribe: (() => void)[] = [];

  constructor(
    private readonly stream: EventStreamStore,
    facts: TaskFactsReader,
    private readonly signals: EngineSignals,
  ) {
    this.reader = new EventReader(PATTERNS, stream, facts);
    this.rounds = new Rounds({
      round: () => this.round(),
      onTrouble: (error) => {
        this.settled = new SettledBound();
        this.logger.warn(`Events cannot be followed at the moment: ${String(error)}`);
      },
      onRecovery: () => this.logger.log('Events are followed again.'),
    });
  }

  /** Listeners at the moment. */
  get size(): number {
    return this.listeners.size;
  }

  /**
   * Begins to tell a listener what is committed from now on. Returns the id after which that is, so that what was before
   * can be read; and how to end it.
   */
  async follow(listener: LiveListener): Promise<{ position: number; stop: () => void }> {
    const position = await this.begin();
    if (this.ended) throw new Error('the application stops');
    this.listeners.add(listener);
    // It may have been forgotten in between, by the last round of those who left.
    this.position ??= position;
    this.wakeOnCommits();
    this.rounds.start();
    this.rounds.wake();
    return { position: this.position, stop: () => this.leave(listener) };
  }

  /**
   * What was committed after an id, and up to where the listeners are. Undefined when that is more than can be told again;
   * then the client must look at the tasks themselves.
   */
  async since(after: number, upTo: number): Promise<StreamEvent[] | undefined> {
    if (upTo - after > MAX_BACKLOG_IDS) return undefined;
    const events: StreamEvent[] = [];
    for (let from = after; from < upTo;) {
      const batch = await this.reader.read(from, upTo);
      events.push(...batch.events);
      from = batch.upTo;
    }
    return events;
  }

  async onModuleDestroy(): Promise<void> {
    this.ended = true;
    for (const listener of [...this.listeners]) listener.onEnd();
    this.listeners.clear();
    this.quiet();
    await this.rounds.stop();
  }

  private async begin(): Promise<number> {
    if (this.position !== undefined) return this.position;
    this.starting ??= startingPoint(this.stream, 'now', PATIENCE_MS).finally(() => (this.starting = undefined));
    const start = await this.starting;
    this.position ??= start;
    return this.position;
  }

  private leave(listener: LiveListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.quiet();
  }

  private async round(): Promise<NextRound> {
    if (this.listeners.size === 0 || this.position === undefined) {
      // Who comes next begins anew: nobody needs what happened in between.
      this.position = undefined;
      return { afterMs: Infinity };
    }
    this.settled.observe(await this.stream.horizon());
    const before = this.position;
    while (this.position < this.settled.upTo && this.listeners.size > 0) {
      const { events, upTo } = await this.reader.read(this.position, this.settled.upTo);
      // Together, so that a listener that begins now gets each event once: from here, or as what was before.
      this.position = upTo;
      if (events.length > 0) for (const listener of [...this.listeners]) listener.onEvents(events);
    }
    this.idleMs = this.position > before ? BUSY_MS : Math.min(IDLE_MS, this.idleMs * 2);
    return { afterMs: this.settled.isWaiting ? SOON_MS : this.idleMs, gapMs: SOON_MS };
  }

  /** What is committed here is told at once; for what others commit the database is looked at now and then. */
  private wakeOnCommits(): void {
    if (this.unsubscribe.length > 0) return;
    const wake = (): void => {
      this.idleMs = BUSY_MS;
      this.rounds.wake();
    };
    const signals = ['advanced', 'created', 'cancelled', 'changed', 'finished'] as const;
    this.unsubscribe = signals.map((signal) => this.signals.on(signal, wake));
  }

  private quiet(): void {
    for (const stop of this.unsubscribe.splice(0)) stop();
    // The last round, which forgets where it was.
    this.rounds.wake();
  }
}
