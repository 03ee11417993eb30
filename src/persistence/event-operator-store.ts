import { type Clock } from '../core/clock.js';
import { type Queryable, type TaskerDatabase } from './database.js';

/** An event that was given up for a subscriber. */
export interface DeadLetter {
  readonly deliveryId: number;
  readonly subscriber: string;
  readonly eventName: string;
  readonly taskId: number | null;
  readonly event: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly deadAt: Date;
}

/** Which dead letters, newest last. */
export interface DeadLetterFilter {
  readonly subscriber?: string;
  /** Those after this one. */
  readonly after?: number;
  readonly limit: number;
}

/** Which dead letters are meant: one, or all of a subscriber. */
export type Which = { readonly deliveryId: number } | { readonly subscriber: string };

/** What an operator does, for the audit. */
export interface Act {
  readonly action: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What operators do to subscribers and to what they could not take; every act is audited with it, in its transaction. */
export class EventOperatorStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  async deadLetters({ subscriber, after = 0, limit }: DeadLetterFilter): Promise<DeadLetter[]> {
    const rows = await this.db.rows<Omit<DeadLetter, 'event'> & { event: string }>(
      `select d.delivery_id as "deliveryId", d.subscriber, d.event_name as "eventName", d.task_id as "taskId", d.event,
         d.attempts, d.last_error as "lastError", d.dead_at as "deadAt"
       from $schema.tasker_event_deliveries d
       where d.dead_at is not null and d.delivery_id > $1 and ($2::text is null or d.subscriber = $2)
       order by d.delivery_id limit $3`,
      [after, subscriber ?? null, limit],
    );
    return rows.map((row) => ({ ...row, event: JSON.parse(row.event) as DeadLetter['event'] }));
  }

  /** Lets dead letters have all their attempts again. Returns how many there were. */
  async retry(which: Which, act: Act): Promise<number> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.rows<{ subscriber: string; line: number }>(
        `update $schema.tasker_event_deliveries d set dead_at = null, attempts = 0, tried = true
         where ${chosen(which)} returning d.subscriber, coalesce(d.task_id, 0) as line`,
        [value(which)],
      );
      for (const subscriber of new Set(rows.map((row) => row.subscriber))) {
        const lines = rows.filter((row) => row.subscriber === subscriber).map(({ line }) => line);
        await tx.rows('select $schema.tasker_wake_deliveries($1, $2, coalesce($3::timestamptz, clock_timestamp()))', [
          subscriber,
          [...new Set(lines)],
          this.clock.sqlNow(),
        ]);
        await this.audit(tx, subscriber, act, { events: lines.length });
      }
      return rows.length;
    });
  }

  /** Forgets dead letters. Returns how many there were. */
  async discard(which: Which, act: Act): Promise<number> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.rows<{ subscriber: string; event: string }>(
        `delete from $schema.tasker_event_deliveries d
         where ${chosen(which)} returning d.subscriber, d.event->>'id' as event`,
        [value(which)],
      );
      for (const subscriber of new Set(rows.map((row) => row.subscriber))) {
        const events = rows.filter((row) => row.subscriber === subscriber).map(({ event }) => event);
        await this.audit(tx, subscriber, act, { events: events.length, first: events.slice(0, 20) });
      }
      return rows.length;
    });
  }

  /** Holds a subscriber back, or lets it go on. False: there is none of this name. */
  async pause(name: string, isPaused: boolean, act: Act): Promise<boolean> {
    const set = isPaused ? 'coalesce(paused_at, coalesce($2::timestamptz, clock_timestamp()))' : 'null';
    return this.change(name, `paused_at = ${set}`, isPaused ? [this.clock.sqlNow()] : [], act);
  }

  /** Lets it go on after this id, as soon as its holder has finished what it is at. False: there is none of this name. */
  async seek(name: string, position: number, act: Act): Promise<boolean> {
    return this.change(name, 'seek_to = $2', [position], act);
  }

  /** Forgets a subscriber, with all that waits for it. False: there is none of this name. */
  async remove(name: string, act: Act): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.rows('delete from $schema.tasker_event_subscribers where name = $1 returning name', [name]);
      if (rows.length > 0) await this.audit(tx, name, act, {});
      return rows.length > 0;
    });
  }

  /** Forgets what was given up, and the library's own events of no task, older than so many days. Returns how many. */
  async prune(days: number, limit: number): Promise<number> {
    const values = [this.clock.sqlNow(), days, limit];
    const gone = await Promise.all([
      this.db.rows(
        `delete from $schema.tasker_event_deliveries where delivery_id in (
           select delivery_id from $schema.tasker_event_deliveries where dead_at < ${OLD} order by dead_at limit $3)
         returning 1`,
        values,
      ),
      this.db.rows(
        `delete from $schema.tasker_events where id in (
           select id from $schema.tasker_events where task_id is null and created_at < ${OLD} order by id limit $3)
         returning 1`,
        values,
      ),
    ]);
    return Math.max(...gone.map((rows) => rows.length));
  }

  private async change(name: string, set: string, values: readonly unknown[], act: Act): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.rows(
        `update $schema.tasker_event_subscribers set ${set}, updated_at = clock_timestamp() where name = $1 returning name`,
        [name, ...values],
      );
      if (rows.length > 0) await this.audit(tx, name, act, {});
      return rows.length > 0;
    });
  }

  private async audit(tx: Queryable, subscriber: string, { action, metadata }: Act, more: object): Promise<void> {
    await tx.rows('insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)', [
      action,
      `subscriber ${subscriber}`,
      JSON.stringify({ ...metadata, ...more }),
    ]);
  }
}

const OLD = `coalesce($1::timestamptz, clock_timestamp()) - $2::double precision * interval '1 day'`;

function chosen(which: Which): string {
  return `d.dead_at is not null and ${'deliveryId' in which ? 'd.delivery_id = $1' : 'd.subscriber = $1'}`;
}

function value(which: Which): unknown {
  return 'deliveryId' in which ? which.deliveryId : which.subscriber;
}
