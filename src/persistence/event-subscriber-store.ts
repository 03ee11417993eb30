import { type Clock } from '../core/clock.js';
import { type TaskerDatabase } from './database.js';

/** A subscriber as it is kept, whether or not a process of the fleet knows it. */
export interface SubscriberRecord {
  readonly name: string;
  /** What it asked for when it was last seen. */
  readonly patterns: readonly string[];
  /** Every event with an id up to this one was taken, or is set aside. */
  readonly position: number;
  /** Events with an id up to this one may have been given to it before. */
  readonly announced: number;
  /** A replay that was asked for and has not begun: after which id. */
  readonly seekTo: number | null;
  /** Who delivers to it just now; null: nobody. */
  readonly owner: string | null;
  readonly pausedAt: Date | null;
  /** Events it has taken. */
  readonly delivered: number;
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
  /** Events that wait for another attempt, or behind one that does. */
  readonly parked: number;
  readonly dead: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a process holds, or would like to. */
export interface LeaseClaim {
  readonly name: string;
  /** Null: it does not hold it. */
  readonly epoch: number | null;
  /** How far it is; not moved back by this. */
  readonly position: number;
}

/** That a process delivers to a subscriber, until the lease is over. */
export interface HeldLease {
  readonly name: string;
  readonly epoch: number;
  readonly position: number;
  readonly announced: number;
  readonly isPaused: boolean;
  /** An operator wants it to go on from elsewhere. */
  readonly isSought: boolean;
}

/**
 * Who delivers to which subscriber. A lease is a matter of real time: it goes by the database's own clock even where a
 * test moves all others.
 */
export class EventSubscriberStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /** Those of these names that are known. */
  async known(names: readonly string[]): Promise<Set<string>> {
    const rows = await this.db.rows<{ name: string }>(
      'select name from $schema.tasker_event_subscribers where name = any ($1)',
      [names],
    );
    return new Set(rows.map(({ name }) => name));
  }

  /** Makes a subscriber known; one that is known already only gets its patterns noted. */
  async register(name: string, patterns: readonly string[], position: number): Promise<void> {
    await this.db.rows(
      `insert into $schema.tasker_event_subscribers as s (name, patterns, position, announced, created_at, updated_at)
       values ($1, $2, $3, $3, coalesce($4::timestamptz, clock_timestamp()), coalesce($4::timestamptz, clock_timestamp()))
       on conflict (name) do update set patterns = excluded.patterns where s.patterns <> excluded.patterns`,
      [name, JSON.stringify(patterns), position, this.clock.sqlNow()],
    );
  }

  /**
   * Renews the leases that are held still, and takes those that are free or have run out. What is not in the answer is not
   * held. A lease that is taken begins where the last holder got to, or where an operator has asked for.
   */
  async hold(claims: readonly LeaseClaim[], owner: string, leaseMs: number): Promise<HeldLease[]> {
    return this.db.rows<HeldLease>(HOLD, [
      claims.map(({ name }) => name),
      claims.map(({ epoch }) => epoch),
      claims.map(({ position }) => position),
      owner.slice(0, 255),
      leaseMs,
    ]);
  }

  /** Gives a lease back. @param announced events up to this id may have been given out: what was announced beyond was not */
  async release(name: string, epoch: number, announced: number): Promise<void> {
    await this.db.rows(
      `update $schema.tasker_event_subscribers
       set owner = null, lease_expires_at = null, epoch = epoch + 1,
         announced = greatest(position, least(announced, $3))
       where name = $1 and epoch = $2`,
      [name, epoch, announced],
    );
  }

  /** All of them, or the one of this name, by name. */
  async list(name?: string): Promise<SubscriberRecord[]> {
    const where = name === undefined ? '' : 'where s.name = $1';
    const rows = await this.db.rows<Omit<SubscriberRecord, 'patterns'> & { patterns: string }>(
      `${SELECT} ${where} order by s.name`,
      name === undefined ? [] : [name],
    );
    return rows.map((row) => ({ ...row, patterns: JSON.parse(row.patterns) as string[] }));
  }
}

/**
 * A holder's epoch is the proof that it holds: it renews with that and nothing else, also when the time is over and nobody
 * else came. An update that waited for another sees what that one wrote.
 */
const HOLD = `
  update $schema.tasker_event_subscribers s
  set epoch = s.epoch + case when c.epoch is null then 1 else 0 end,
      position = case when c.epoch is null then coalesce(s.seek_to, s.position) else greatest(s.position, c.position) end,
      announced = case when c.epoch is null then greatest(s.announced, s.seek_to) else greatest(s.announced, c.position) end,
      seek_to = case when c.epoch is not null then s.seek_to end,
      owner = $4, lease_expires_at = clock_timestamp() + $5 * interval '1 millisecond'
  from unnest($1::text[], $2::bigint[], $3::bigint[]) as c(name, epoch, position)
  where s.name = c.name
    and case when c.epoch is null then s.lease_expires_at is null or s.lease_expires_at <= clock_timestamp()
             else s.epoch = c.epoch end
  returning s.name, s.epoch, s.position, s.announced, s.paused_at is not null as "isPaused",
    s.seek_to is not null as "isSought"`;

const SELECT = `
  select s.name, s.patterns, s.position, s.announced, s.seek_to as "seekTo",
    case when s.lease_expires_at > clock_timestamp() then s.owner end as owner,
    s.paused_at as "pausedAt", s.delivered, s.last_error as "lastError", s.last_error_at as "lastErrorAt",
    s.created_at as "createdAt", s.updated_at as "updatedAt",
    (select count(*) from $schema.tasker_event_deliveries d where d.subscriber = s.name and d.dead_at is null) as parked,
    (select count(*) from $schema.tasker_event_deliveries d where d.subscriber = s.name and d.dead_at is not null) as dead
  from $schema.tasker_event_subscribers s`;
