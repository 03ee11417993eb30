import { hostname } from 'node:os';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { Clock } from '../../../core/clock.js';
import { type DurableSubscriber } from '../../../events/durable-subscriber.js';
import { EventDeliveryStore } from '../../../persistence/event-delivery-store.js';
import { EventStreamStore } from '../../../persistence/event-stream-store.js';
import { EventSubscriberStore, type HeldLease } from '../../../persistence/event-subscriber-store.js';
import { EngineSignals } from '../../engine-signals.js';
import { StartStop } from '../../start-stop.js';
import { TaskerLogger } from '../../../logging/tasker-logger.js';
import { TaskFactsReader } from '../task-facts.js';
import {
  DEFAULT_DELIVERY_SETTINGS,
  DELIVERY_SETTINGS,
  type DeliverySettings,
  type ResolvedSubscriber,
  resolveSubscribers,
} from './delivery-settings.js';
import { DeliveryTerm } from './delivery-term.js';
import { EventReader } from './event-reader.js';
import { type NextRound, Rounds } from './rounds.js';
import { startingPoint } from './starting-point.js';
import { StreamWatch } from './stream-watch.js';

/** Renewals within the time of one lease. */
const RENEWALS = 3.5;

/** One subscriber of this process, and the term during which it is the one that delivers. */
interface Seat {
  readonly subscriber: ResolvedSubscriber;
  readonly reader: EventReader;
  isRegistered: boolean;
  /** Its subscriber is no longer wanted, or wanted otherwise. */
  isLeaving: boolean;
  term: DeliveryTerm | undefined;
  /** A term that is being ended in good order. */
  ending: Promise<void> | undefined;
}

/**
 * Brings events to durable subscribers: each at least once, those of a task in order, from the committed history. Of all
 * processes that know a subscriber one delivers to it; when that dies, another takes over when its lease is over. May be
 * started and stopped any number of times.
 */
@Injectable()
export class DurableDelivery {
  private readonly logger = new TaskerLogger('TaskerEvents');
  private readonly settings: DeliverySettings;
  private readonly owner = `${hostname()}:${process.pid}`;
  private readonly watch: StreamWatch;
  private readonly upkeep: Rounds;
  private readonly running = new StartStop(
    () => this.open(),
    () => this.close(),
  );
  private wanted: readonly ResolvedSubscriber[] = [];
  private seats = new Map<string, Seat>();
  private isOpen = false;
  private isStopping = false;
  private deaf: (() => void)[] = [];

  constructor(
    private readonly stream: EventStreamStore,
    private readonly subscribers: EventSubscriberStore,
    private readonly deliveries: EventDeliveryStore,
    private readonly facts: TaskFactsReader,
    private readonly signals: EngineSignals,
    private readonly clock: Clock,
    @Optional() @Inject(DELIVERY_SETTINGS) settings?: DeliverySettings,
  ) {
    this.settings = settings ?? DEFAULT_DELIVERY_SETTINGS;
    const trouble = {
      onTrouble: (error: unknown) =>
        this.logger.warn(`Durable delivery of events is interrupted and goes on by itself: ${String(error)}`),
      onRecovery: () => this.logger.log('Durable delivery of events goes on.'),
    };
    this.watch = new StreamWatch(stream, deliveries, this.settings, {
      held: () => this.terms().map(({ claim }) => claim.name),
      onBound: (bound) => this.terms().forEach((term) => term.reach(bound)),
      onDue: (names) => names.forEach((name) => this.seats.get(name)?.term?.due()),
      ...trouble,
    });
    this.upkeep = new Rounds({ round: () => this.keepUp(), ...trouble });
  }

  /**
   * Begins to deliver to these subscribers, as far as no other process does. Events that are committed after this has
   * returned are delivered to a subscriber that is new and begins 'now'.
   * @throws ConfigurationError `INVALID_SUBSCRIBER`
   */
  async start(subscribers: readonly DurableSubscriber[]): Promise<void> {
    this.wanted = resolveSubscribers(subscribers);
    await this.running.start();
  }

  /**
   * Delivers to these from now on: what is new is begun, what is missing or asks for something else is ended in good order
   * first. Before a start it says nothing.
   * @throws ConfigurationError `INVALID_SUBSCRIBER`, and everything stays as it was
   */
  async update(subscribers: readonly DurableSubscriber[]): Promise<void> {
    this.wanted = resolveSubscribers(subscribers);
    if (!this.isOpen || this.isStopping) return;
    this.reseat();
    // What cannot be registered now is tried again with everything else.
    await this.register().catch(() => undefined);
    this.upkeep.wake();
  }

  /** Lets deliveries that are under way finish within the grace, and hands the subscribers to whoever wants them. */
  async stop(): Promise<void> {
    await this.running.stop();
  }

  private async open(): Promise<void> {
    this.isStopping = false;
    this.isOpen = true;
    this.seats.clear();
    this.reseat();
    const wake = (): void => this.watch.wake();
    this.deaf = [
      this.signals.on('advanced', wake),
      this.signals.on('created', wake),
      this.signals.on('finished', wake),
      this.signals.on('cancelled', wake),
      this.signals.on('changed', wake),
      this.clock.onJump(wake),
    ];
    // A database that is away now is tried again with everything else.
    await this.register().catch(() => undefined);
    this.upkeep.start();
    this.watch.start();
  }

  private async close(): Promise<void> {
    this.isStopping = true;
    this.isOpen = false;
    this.deaf.splice(0).forEach((unsubscribe) => unsubscribe());
    const done = (async () => {
      // The leases are renewed as long as anything is under way.
      await Promise.all([...this.seats.values()].map((seat) => this.endTerm(seat)));
      await Promise.all([this.upkeep.stop(), this.watch.stop()]);
    })();
    // Whatever the database does: the leases run out by themselves.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, this.settings.graceMs + 2_000)));
    await Promise.race([done, late]);
    clearTimeout(timer);
    for (const term of this.terms()) term.lose();
    this.seats.clear();
  }

  /** One seat for each subscriber that is wanted; those of others are given up, and taken anew when that has ended. */
  private reseat(): void {
    const wanted = new Map(this.wanted.map((subscriber) => [subscriber.name, subscriber]));
    for (const [name, seat] of this.seats) {
      if (isSame(seat.subscriber, wanted.get(name)) || seat.isLeaving) continue;
      seat.isLeaving = true;
      if (seat.term ?? seat.ending) void this.endTerm(seat).then(() => this.leave(seat));
      else this.seats.delete(name);
    }
    for (const [name, subscriber] of wanted) {
      if (this.seats.has(name)) continue;
      const reader = new EventReader(subscriber.patterns, this.stream, this.facts);
      const open = { isRegistered: false, isLeaving: false, term: undefined, ending: undefined };
      this.seats.set(name, { subscriber, reader, ...open });
    }
  }

  private leave(seat: Seat): void {
    if (this.isStopping || this.seats.get(seat.subscriber.name) !== seat) return;
    this.seats.delete(seat.subscriber.name);
    this.reseat();
    this.upkeep.wake();
  }

  private terms(): DeliveryTerm[] {
    return [...this.seats.values()].flatMap(({ term }) => term ?? []);
  }

  private async register(): Promise<void> {
    const seats = [...this.seats.values()].filter(({ isRegistered, isLeaving }) => !isRegistered && !isLeaving);
    if (seats.length === 0) return;
    const known = await this.subscribers.known(seats.map(({ subscriber }) => subscriber.name));
    for (const seat of seats) {
      const { name, patterns, from } = seat.subscriber;
      const position = known.has(name) ? 0 : await startingPoint(this.stream, from, this.settings.settleMs);
      await this.subscribers.register(name, patterns, position);
      seat.isRegistered = true;
    }
  }

  /** Renews what is held, and takes what is free. */
  private async keepUp(): Promise<NextRound> {
    await this.register();
    const seats = [...this.seats.values()].filter((seat) => seat.term ?? (!seat.ending && !this.isGivenUp(seat)));
    // Until somebody wakes it.
    if (seats.length === 0) return { afterMs: this.seats.size === 0 ? Infinity : this.settings.leaseMs / RENEWALS };
    const sentAt = performance.now();
    const claims = seats.map(({ subscriber: { name }, term }) => term?.claim ?? { name, epoch: null, position: 0 });
    const held = await this.subscribers.hold(claims, this.owner, this.settings.leaseMs);
    const leases = new Map(held.map((lease) => [lease.name, lease]));
    const validUntil = sentAt + this.settings.leaseMs;
    for (const [index, seat] of seats.entries()) {
      const lease = leases.get(seat.subscriber.name);
      if (claims[index]!.epoch === null) {
        // Got in the moment it was given up, it is given back as it is.
        if (lease && this.isGivenUp(seat)) await this.subscribers.release(lease.name, lease.epoch, lease.announced);
        else if (lease) this.begin(seat, lease, validUntil);
      } else if (lease) this.renew(seat, lease, validUntil);
      else seat.term?.lose();
    }
    await this.lookForRemoved(seats.filter(({ subscriber }) => !leases.has(subscriber.name)));
    return { afterMs: this.settings.leaseMs / RENEWALS };
  }

  private isGivenUp({ isLeaving }: Seat): boolean {
    return isLeaving || this.isStopping;
  }

  private begin(seat: Seat, lease: HeldLease, validUntil: number): void {
    const { subscriber, reader } = seat;
    const term = new DeliveryTerm(lease, subscriber, reader, this.deliveries, this.settings, () => {
      if (seat.term === term) seat.term = undefined;
    });
    seat.term = term;
    term.start(validUntil);
    term.reach(this.watch.bound);
    this.watch.wake();
  }

  private renew(seat: Seat, lease: HeldLease, validUntil: number): void {
    seat.term?.extend(validUntil);
    seat.term?.pause(lease.isPaused);
    if (lease.isSought && !seat.ending) void this.endTerm(seat).then(() => this.upkeep.wake());
  }

  /** A subscriber that an operator has removed and that is still here begins anew. */
  private async lookForRemoved(seats: readonly Seat[]): Promise<void> {
    if (seats.length === 0) return;
    const known = await this.subscribers.known(seats.map(({ subscriber }) => subscriber.name));
    for (const seat of seats) seat.isRegistered = known.has(seat.subscriber.name);
  }

  private async endTerm(seat: Seat): Promise<void> {
    const { term } = seat;
    if (!term) return seat.ending;
    seat.ending ??= this.handBack(seat, term).finally(() => (seat.ending = undefined));
    await seat.ending;
  }

  private async handBack(seat: Seat, term: DeliveryTerm): Promise<void> {
    const given = await term.drain(this.settings.graceMs);
    if (seat.term === term) seat.term = undefined;
    const { name, epoch } = term.claim;
    if (given !== null && epoch !== null) await this.subscribers.release(name, epoch, given).catch(() => undefined);
  }
}

function isSame(one: ResolvedSubscriber, other: ResolvedSubscriber | undefined): boolean {
  if (one.to !== other?.to) return false;
  return JSON.stringify({ ...one, to: null }) === JSON.stringify({ ...other, to: null });
}
