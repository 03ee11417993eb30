import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors.js';
import {
  type Act,
  type DeadLetter,
  EventOperatorStore,
  type Which,
} from '../../../persistence/event-operator-store.js';
import { EventStreamStore } from '../../../persistence/event-stream-store.js';
import { EventSubscriberStore, type SubscriberRecord } from '../../../persistence/event-subscriber-store.js';
import { type Actor, actorMetadata } from '../../actor.js';
import { sourcesOf } from './stream-sources.js';

/** Ids that are looked through for the first event that a subscriber has not had. */
const SPAN = 100_000;
const MAX_LETTERS = 500;

/** A durable subscriber, and how far it is behind. */
export interface SubscriberStatus extends SubscriberRecord {
  /** Rows of the stream since its position; how many of them concern it only reading them would tell. */
  readonly behind: number;
  /** Age of the oldest event that it has not been given, by the rows it asks for; 0: there is none. */
  readonly lagSeconds: number;
}

/** Where a replay begins: everything, everything since an instant, or everything after an id of the stream. */
export type ReplayFrom = 'beginning' | Date | { readonly after: number };

/**
 * Durable subscribers as an operator sees them: how far each is, what it could not take, and what to do about it. Every
 * act is audited with who and why. What is asked for here is done by the process that delivers, within a second or two.
 */
@Injectable()
export class EventDeliveries {
  constructor(
    private readonly store: EventSubscriberStore,
    private readonly operator: EventOperatorStore,
    private readonly stream: EventStreamStore,
  ) {}

  /** All subscribers that were ever seen and not removed, by name. */
  async subscribers(): Promise<SubscriberStatus[]> {
    return this.withLag(await this.store.list());
  }

  /** @throws NotFoundError `SUBSCRIBER_NOT_FOUND` */
  async subscriber(name: string): Promise<SubscriberStatus> {
    const [status] = await this.withLag(await this.store.list(name));
    return status ?? notFound(name);
  }

  /** Gives nothing more to it until it is resumed; what happens meanwhile waits for it. */
  async pause(name: string, actor: Actor = {}): Promise<SubscriberStatus> {
    return this.done(name, await this.operator.pause(name, true, act('events.pause', actor)));
  }

  async resume(name: string, actor: Actor = {}): Promise<SubscriberStatus> {
    return this.done(name, await this.operator.pause(name, false, act('events.resume', actor)));
  }

  /**
   * Gives it the events from there on, again (then marked `redelivered`) or for the first time. What is under way is
   * finished first. Dead letters stay what they are. A place ahead of where it is leaves out what is between.
   */
  async replay(name: string, from: ReplayFrom, actor: Actor = {}): Promise<SubscriberStatus> {
    const position = await this.positionOf(from);
    const metadata = { from: from instanceof Date ? from.toISOString() : from, position };
    return this.done(name, await this.operator.seek(name, position, act('events.replay', actor, metadata)));
  }

  /** Forgets a subscriber that no process has any more, with what waits for it. */
  async remove(name: string, actor: Actor = {}): Promise<void> {
    if (!(await this.operator.remove(name, act('events.remove', actor)))) notFound(name);
  }

  /** Events that were given up, oldest first. @param options.after the `deliveryId` of the last one seen */
  async deadLetters(
    options: { readonly subscriber?: string; readonly after?: number; readonly limit?: number } = {},
  ): Promise<DeadLetter[]> {
    const { limit = 50 } = options;
    return this.operator.deadLetters({ ...options, limit: Math.min(Math.max(1, limit), MAX_LETTERS) });
  }

  /**
   * Lets one dead letter, or all of a subscriber, have all its attempts again, at once. Returns how many there were.
   * Those that came after it have been delivered already: it comes late, marked `redelivered`.
   */
  async retry(which: Which, actor: Actor = {}): Promise<number> {
    return this.found(which, await this.operator.retry(which, act('events.retry', actor)));
  }

  /** Forgets one dead letter, or all of a subscriber. Returns how many there were. */
  async discard(which: Which, actor: Actor = {}): Promise<number> {
    return this.found(which, await this.operator.discard(which, act('events.discard', actor)));
  }

  private async done(name: string, wasFound: boolean): Promise<SubscriberStatus> {
    if (!wasFound) notFound(name);
    return this.subscriber(name);
  }

  private found(which: Which, count: number): number {
    if (count === 0 && 'deliveryId' in which) {
      const { deliveryId } = which;
      throw new NotFoundError('DEAD_LETTER_NOT_FOUND', `There is no dead letter ${deliveryId}.`, {
        details: { deliveryId },
      });
    }
    return count;
  }

  private async positionOf(from: ReplayFrom): Promise<number> {
    if (from === 'beginning') return 0;
    return from instanceof Date ? this.stream.positionAt(from) : Math.max(0, Math.floor(from.after));
  }

  private async withLag(records: readonly SubscriberRecord[]): Promise<SubscriberStatus[]> {
    if (records.length === 0) return [];
    const { last, now } = await this.stream.head();
    return Promise.all(
      records.map(async (record) => {
        const after = record.seekTo ?? record.position;
        const range = { after, upTo: Math.min(last, after + SPAN), limit: 1 };
        const [first] = await this.stream.read(sourcesOf(record.patterns), range);
        const lagSeconds = first ? Math.max(0, (now.getTime() - first.change.at.getTime()) / 1000) : 0;
        return { ...record, behind: Math.max(0, last - after), lagSeconds };
      }),
    );
  }
}

function act(action: string, actor: Actor, more: object = {}): Act {
  return { action, metadata: { ...actorMetadata(actor), ...more } };
}

function notFound(name: string): never {
  throw new NotFoundError('SUBSCRIBER_NOT_FOUND', `There is no durable subscriber "${name}".`, { details: { name } });
}
