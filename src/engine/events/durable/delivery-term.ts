import { backoffMs } from '../../../core/backoff.js';
import { type TaskerEvent } from '../../../core/events/event-map.js';
import { type EventDeliveryStore, type ParkedEvent } from '../../../persistence/event-delivery-store.js';
import { type HeldLease, type LeaseClaim } from '../../../persistence/event-subscriber-store.js';
import { TaskerLogger } from '../../../logging/tasker-logger.js';
import { attemptDelivery } from './attempt.js';
import { DeliveryBook, type Item, lineOf } from './delivery-book.js';
import { type DeliverySettings, type ResolvedSubscriber } from './delivery-settings.js';
import { BATCH_ROWS, type EventReader, type StreamEvent } from './event-reader.js';
import { type NextRound, Rounds } from './rounds.js';
import { type CloseLine, TaskLines } from './task-lines.js';

/** Events from the first that is not done on: what a crash repeats at the most, and what one that hangs lets pass. */
const MAX_SPAN = 5_000;
/** With so many events set aside no more of the stream are read, until some were taken or given up. */
const MAX_PARKED = 10_000;
/** Parked events of one line that are taken up at once. */
const PER_LINE = 50;

/**
 * The time during which this process delivers to one subscriber: from getting the lease to losing it or giving it back.
 *
 * An event is given out only when the database knows that it may have been (`announced`), so that whoever comes after a
 * crash marks what it repeats. Nothing is given out after the lease is over on this process's own clock, which began
 * before the database's did.
 */
export class DeliveryTerm {
  private readonly logger = new TaskerLogger('TaskerEvents');
  private readonly book: DeliveryBook;
  private readonly lines: TaskLines<Item>;
  private readonly rounds: Rounds;
  private readonly cut = new AbortController();
  /** The last event of the stream that was given out. */
  private given: number;
  private bound = 0;
  private isDue = true;
  private isDraining = false;
  private isPaused = false;
  private isFailing = false;
  private validUntil = 0;
  private watchdog: NodeJS.Timeout | undefined;
  private readonly rest: (() => void)[] = [];

  /** @param onEnd the lease is lost: nothing is given out any more */
  constructor(
    private readonly lease: HeldLease,
    private readonly subscriber: ResolvedSubscriber,
    private readonly reader: EventReader,
    private readonly deliveries: EventDeliveryStore,
    private readonly settings: DeliverySettings,
    private readonly onEnd: () => void,
  ) {
    const { name, position } = lease;
    this.given = position;
    this.book = new DeliveryBook(lease, deliveries, settings.leaseMs);
    this.lines = new TaskLines(subscriber.concurrency, (item) => this.deliver(item));
    this.rounds = new Rounds({
      round: () => this.round(),
      onTrouble: (error) => this.logger.warn(`Events wait for "${name}", they are tried again: ${String(error)}`),
      onRecovery: () => this.logger.log(`Events are brought to "${name}" again.`),
    });
    this.pause(lease.isPaused);
  }

  /** @param validUntil until when the lease holds, on the clock of this process */
  start(validUntil: number): void {
    this.extend(validUntil);
    this.rounds.start();
  }

  extend(validUntil: number): void {
    if (this.isOver) return;
    this.validUntil = Math.max(this.validUntil, validUntil);
    clearTimeout(this.watchdog);
    // Whatever hangs, the database included.
    this.watchdog = setTimeout(() => this.lose(), this.validUntil - performance.now());
  }

  /** What a renewal says. */
  get claim(): LeaseClaim {
    return { name: this.lease.name, epoch: this.lease.epoch, position: this.book.position };
  }

  /** The stream is settled up to here. */
  reach(bound: number): void {
    if (bound <= this.bound) return;
    this.bound = bound;
    this.rounds.wake();
  }

  /** Something that was set aside is due. */
  due(): void {
    this.isDue = true;
    this.rounds.wake();
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.lines.hold(isPaused || this.isDraining);
    this.rounds.wake();
  }

  /** The lease is over: nothing is given out and nothing booked any more. */
  lose(): void {
    if (this.isOver) return;
    this.end();
    void this.rounds.stop();
    this.onEnd();
  }

  /**
   * Ends in good order: lets what is under way finish, within a grace, and books it.
   * @returns up to which id events were given out; null: some were cut off or not booked, and the lease better runs out
   */
  async drain(graceMs: number): Promise<number | null> {
    this.isDraining = true;
    this.lines.hold(true);
    if (this.lines.runningCount > 0 && !this.isOver) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        this.rest.push(() => (clearTimeout(timer), resolve()));
      });
    }
    const isClean = this.lines.runningCount === 0;
    await this.rounds.stop();
    const isBooked = !this.isOver && (await this.book.write().catch(() => false));
    this.end();
    return isClean && isBooked ? Math.max(this.lease.announced, this.given) : null;
  }

  private get isOver(): boolean {
    return this.cut.signal.aborted;
  }

  private end(): void {
    clearTimeout(this.watchdog);
    this.lines.hold(true);
    this.cut.abort(new Error('This process stops delivering to the subscriber.'));
    this.rest.splice(0).forEach((resolve) => resolve());
  }

  private async round(): Promise<NextRound> {
    if (this.isOver) return { afterMs: Infinity };
    const isIdle = this.lines.runningCount === 0;
    const isBookDue = isIdle || this.book.ageMs >= this.settings.bookMs || this.book.size >= BATCH_ROWS;
    if (this.book.isOpen && isBookDue) await this.write();
    if (!this.isPaused && !this.isDraining && !this.isOver) {
      if (this.isDue) await this.takeDue();
      await this.readOn();
    }
    this.lines.go();
    return { afterMs: this.book.isOpen ? Math.max(0, this.settings.bookMs - this.book.ageMs) : Infinity };
  }

  private async write(announced?: number): Promise<boolean> {
    const sentAt = performance.now();
    const isSettingAside = this.book.size > 0;
    const isHeld = await this.book.write(announced);
    if (isHeld) this.extend(sentAt + this.settings.leaseMs);
    else this.lose();
    // Whoever stood behind what is gone now may be due.
    if (isSettingAside) this.due();
    return isHeld && !this.isOver;
  }

  private async takeDue(): Promise<void> {
    const limits = {
      lines: this.lines.free,
      perLine: PER_LINE,
      except: [...this.lines.ids(), ...this.book.unsettledLines],
    };
    if (limits.lines === 0) return;
    this.isDue = false;
    const { name, epoch } = this.lease;
    const due = await this.deliveries.takeDue(name, epoch, limits);
    if (due.length > 0) this.isDue = true;
    for (const parked of due) this.lines.add(lineOf(parked), parkedItem(parked));
  }

  private async readOn(): Promise<void> {
    const { window } = this.book;
    if (window.readUpTo >= this.bound || window.size > BATCH_ROWS || window.span > MAX_SPAN) return;
    const { events, upTo } = await this.reader.read(window.readUpTo, this.bound);
    if (events.length > 0) {
      if (!(await this.write(events.at(-1)!.id))) return;
      const lines = [...new Set(events.map(lineOf))];
      // After the book was written: what has failed by then is found here, what fails from then on stands in the book.
      const set = await this.deliveries.parkedLines(this.lease.name, lines, MAX_PARKED);
      if (set.parked >= MAX_PARKED) return;
      const done = window.add(
        events.map(({ id }) => id),
        upTo,
      );
      for (const [index, event] of events.entries()) {
        const item = this.streamItem(event, done[index]!);
        const line = lineOf(event);
        if (set.lines.has(line) || this.book.isUnsettled(line)) this.book.queue(item);
        else this.lines.add(line, item);
      }
    } else window.add([], upTo);
    if (upTo < this.bound) this.rounds.wake();
  }

  private streamItem(event: StreamEvent, done: () => void): Item {
    return { ...event, isParked: false, attempts: 0, tried: event.id <= this.lease.announced, done };
  }

  /** Never rejects. */
  private async deliver(item: Item): Promise<CloseLine<Item> | undefined> {
    // What is not booked is given out again, by the next holder.
    const leave: CloseLine<Item> = () => this.onOneEnded();
    if (this.isOver || performance.now() >= this.validUntil) return leave;
    if (!item.isParked) this.given = Math.max(this.given, item.id);
    const event = item.tried ? (Object.freeze({ ...item.event, redelivered: true }) as TaskerEvent) : item.event;
    const end = await attemptDelivery(this.subscriber.to, event, this.subscriber.timeoutMs, this.cut.signal);
    if (this.isOver) return leave;
    if (!end) {
      this.book.take(item);
      this.recovered();
      this.onOneEnded();
      return undefined;
    }
    return this.failed(item, end.error);
  }

  private failed(item: Item, error: string): CloseLine<Item> | undefined {
    const attempt = item.attempts + 1;
    const { id, name, correlationId } = item.event;
    const facts = { event_id: id, task_id: item.taskId, correlation_id: correlationId };
    const what = `"${this.lease.name}" could not take ${name}`;
    if (attempt >= this.subscriber.maxAttempts) {
      this.logger.error(
        `${what} in ${attempt} attempts, and gets it no more until somebody sees to it: ${error}`,
        facts,
      );
      this.book.giveUp(item, error);
      this.onOneEnded();
      return undefined;
    }
    if (!this.isFailing) this.logger.warn(`${what}, and gets it again: ${error}`, facts);
    this.isFailing = true;
    const delayMs = backoffMs(this.settings.backoff, attempt);
    return (rest) => {
      this.book.putOff(item, error, delayMs, rest);
      this.onOneEnded();
    };
  }

  private recovered(): void {
    if (this.isFailing) this.logger.log(`"${this.lease.name}" takes events again.`);
    this.isFailing = false;
  }

  private onOneEnded(): void {
    this.rounds.wake();
    // The count is brought down right after this.
    setImmediate(() => {
      if (this.isDraining && this.lines.runningCount === 0) this.rest.splice(0).forEach((resolve) => resolve());
    });
  }
}

function parkedItem({ id, part, taskId, eventText, attempts, tried }: ParkedEvent): Item {
  const event = Object.freeze(JSON.parse(eventText) as TaskerEvent);
  return { id, part, taskId, event, isParked: true, attempts, tried: tried || attempts > 0, done: () => undefined };
}
