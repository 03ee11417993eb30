import {
  type DeliveryOutcome,
  type EventDeliveryStore,
  type LineId,
} from '../../../persistence/event-delivery-store.js';
import { type HeldLease } from '../../../persistence/event-subscriber-store.js';
import { type StreamEvent } from './event-reader.js';
import { StreamWindow } from './stream-window.js';

/** An event in hand. */
export interface Item extends StreamEvent {
  /** It stands in the database already, set aside. */
  readonly isParked: boolean;
  /** Attempts before. */
  readonly attempts: number;
  /** It may have been given out before. */
  readonly tried: boolean;
  /** For the window of those that were read. */
  done(): void;
}

/** The line of a task; 0 for events of no task. */
export function lineOf({ taskId }: { readonly taskId: number | null }): LineId {
  return taskId ?? 0;
}

/**
 * What became of events and is not in the database yet. It is booked all at once: the cursor goes to where everything
 * before is done, and what was not taken is set aside in the same transaction, with what stands behind it in its line.
 */
export class DeliveryBook {
  readonly window: StreamWindow;
  private readonly outcomes: DeliveryOutcome[] = [];
  /** Lines of which the database does not know yet what is set aside. */
  private unsettled = new Set<LineId>();
  private taken = 0;
  private announced: number;
  private booked: { readonly position: number; readonly at: number };

  constructor(
    private readonly lease: HeldLease,
    private readonly deliveries: EventDeliveryStore,
    private readonly leaseMs: number,
  ) {
    this.window = new StreamWindow(lease.position);
    this.announced = lease.announced;
    this.booked = { position: lease.position, at: performance.now() };
  }

  /** Where the cursor may be put without booking the rest. */
  get position(): number {
    return this.outcomes.length > 0 ? this.booked.position : this.window.doneUpTo;
  }

  /** Something happened since it was booked last. */
  get isOpen(): boolean {
    return this.taken > 0 || this.outcomes.length > 0;
  }

  /** How many things wait for being set aside or removed. */
  get size(): number {
    return this.outcomes.length;
  }

  /** Since it was booked last. */
  get ageMs(): number {
    return performance.now() - this.booked.at;
  }

  /** Lines of which the database does not know yet what is set aside: what it says of them is not to be acted on. */
  get unsettledLines(): readonly LineId[] {
    return [...this.unsettled];
  }

  /** Something of this line is to be set aside, or no longer: what comes for it waits behind that. */
  isUnsettled(line: LineId): boolean {
    return this.unsettled.has(line);
  }

  take(item: Item): void {
    this.taken++;
    if (item.isParked) this.note(item, { outcome: 'taken', attempts: item.attempts });
    item.done();
  }

  /** It has had its last attempt: set aside for an operator, and those behind it go on. */
  giveUp(item: Item, error: string): void {
    this.note(item, { outcome: 'dead', attempts: item.attempts + 1, error });
    item.done();
  }

  /** It is tried again after a while, and those of its line wait behind it. */
  putOff(item: Item, error: string, delayMs: number, rest: readonly Item[]): void {
    this.note(item, { outcome: 'failed', attempts: item.attempts + 1, error, delay_ms: delayMs });
    item.done();
    for (const behind of rest) this.queue(behind);
  }

  /** It has to wait behind what is set aside of its line. */
  queue(item: Item): void {
    this.note(item, { outcome: 'waits', attempts: item.attempts });
    item.done();
  }

  /**
   * Writes all of it, and renews the lease.
   * @param announced events up to this id will be given out next
   * @returns false: another process has the subscriber, and nothing was written
   */
  async write(announced = this.announced): Promise<boolean> {
    // Taken together in one go; what happens while it is written belongs to the next time.
    const outcomes = [...this.outcomes];
    const [position, delivered] = [this.window.doneUpTo, this.taken];
    const { name, epoch } = this.lease;
    const settlement = { position, announced, delivered, outcomes };
    if (!(await this.deliveries.settle(name, epoch, settlement, this.leaseMs))) return false;
    this.outcomes.splice(0, outcomes.length);
    this.taken -= delivered;
    this.announced = Math.max(this.announced, announced);
    this.booked = { position, at: performance.now() };
    this.unsettled = new Set(this.outcomes.map(({ task }) => lineOf({ taskId: task })));
    return true;
  }

  private note(
    { id, part, event, taskId, isParked, tried }: Item,
    end: Pick<DeliveryOutcome, 'outcome' | 'attempts' | 'error' | 'delay_ms'>,
  ): void {
    this.unsettled.add(lineOf({ taskId }));
    this.outcomes.push({
      id,
      part,
      name: event.name,
      task: taskId,
      ...(!isParked && { event }),
      parked: isParked,
      tried: end.outcome === 'failed' || end.outcome === 'dead' || tried,
      ...end,
    });
  }
}
