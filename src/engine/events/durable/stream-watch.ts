import { type EventDeliveryStore } from '../../../persistence/event-delivery-store.js';
import { type EventStreamStore } from '../../../persistence/event-stream-store.js';
import { type DeliverySettings } from './delivery-settings.js';
import { type NextRound, Rounds } from './rounds.js';
import { SettledBound } from './settled-bound.js';

/** While a transaction is waited for it is asked for so soon, and then more and more slowly. */
const SOON_MS = 5;

export interface WatchListener {
  /** Names of the subscribers that this process delivers to. */
  held(): readonly string[];
  /** The stream is settled up to this id. */
  onBound(bound: number): void;
  /** Events of these subscribers that were set aside are due. */
  onDue(names: readonly string[]): void;
  onTrouble(error: unknown): void;
  onRecovery(): void;
}

/**
 * Looks how far the stream has come and what is due, once for all subscribers of this process: often while there is
 * something, rarely when not, at once when it is told that something was committed here, and not at all while this process
 * delivers to nobody.
 */
export class StreamWatch {
  private settled = new SettledBound();
  private waitedMs = SOON_MS;
  private idleMs = 0;
  private readonly rounds: Rounds;

  constructor(
    private readonly stream: EventStreamStore,
    private readonly deliveries: EventDeliveryStore,
    private readonly settings: DeliverySettings,
    private readonly listener: WatchListener,
  ) {
    this.rounds = new Rounds({
      round: () => this.round(),
      onTrouble: (error) => {
        // Who knows what server answers next.
        this.settled = new SettledBound();
        listener.onTrouble(error);
      },
      onRecovery: () => listener.onRecovery(),
    });
  }

  get bound(): number {
    return this.settled.upTo;
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
  }

  wake(): void {
    this.rounds.wake();
  }

  private async round(): Promise<NextRound> {
    const names = this.listener.held();
    const { busyMs, idleMs } = this.settings;
    if (names.length === 0) return { afterMs: idleMs };
    const before = this.settled.upTo;
    this.settled.observe(await this.stream.horizon());
    const due = await this.deliveries.due(names);
    if (due.length > 0) this.listener.onDue(due);
    const hasMoved = this.settled.upTo > before;
    if (hasMoved) this.listener.onBound(this.settled.upTo);

    this.idleMs = hasMoved || due.length > 0 ? busyMs : Math.min(idleMs, Math.max(busyMs, this.idleMs * 2));
    if (!this.settled.isWaiting) {
      this.waitedMs = SOON_MS;
      return { afterMs: this.idleMs, gapMs: hasMoved ? busyMs : 0 };
    }
    this.waitedMs = hasMoved ? SOON_MS : Math.min(busyMs * 2, this.waitedMs * 2);
    return { afterMs: this.waitedMs, gapMs: this.waitedMs };
  }
}
