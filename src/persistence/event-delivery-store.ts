import { type Clock } from '../core/clock.js';
import { type TaskerDatabase } from './database.js';

/** Events of a subscriber that stand in one line: those of a task, or (0) those of no task. */
export type LineId = number;

/** An event that was set aside and is due. */
export interface ParkedEvent {
  readonly id: number;
  readonly part: number;
  readonly name: string;
  readonly taskId: number | null;
  readonly eventText: string;
  readonly attempts: number;
  readonly tried: boolean;
}

/** What became of an event that is parked, or has to be. */
export interface DeliveryOutcome {
  readonly id: number;
  readonly part: number;
  readonly name: string;
  readonly task: number | null;
  /** Of an event that is not parked yet. */
  readonly event?: object;
  readonly parked: boolean;
  /** It may have been given to the subscriber before. */
  readonly tried: boolean;
  /** `waits`: behind another of its task. `failed`: there will be another attempt. `dead`: there will be none. */
  readonly outcome: 'taken' | 'waits' | 'failed' | 'dead';
  readonly attempts: number;
  readonly delay_ms?: number;
  readonly error?: string;
}

/** What a holder books at once. */
export interface Settlement {
  /** Every event up to this one was taken, or is parked now. */
  readonly position: number;
  /** Events up to this one may be given out from now on. */
  readonly announced: number;
  /** Events taken since the last time. */
  readonly delivered: number;
  readonly outcomes: readonly DeliveryOutcome[];
}

/** Keeps what could not be delivered at once, and books what was, for the process that holds the lease. */
export class EventDeliveryStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /** Those of the subscribers that have a parked event whose time has come. */
  async due(subscribers: readonly string[]): Promise<string[]> {
    const rows = await this.db.rows<{ name: string }>(
      `select s.name from unnest($1::text[]) as s(name) where exists (select from ${DUE} and d.subscriber = s.name)`,
      [subscribers, this.clock.sqlNow()],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * The lines that are due, longest waiting first, and of each its first events in order. They count as tried from here on:
   * whoever holds the lease after a crash cannot know better.
   */
  async takeDue(
    subscriber: string,
    epoch: number,
    limits: { readonly lines: number; readonly perLine: number; readonly except: readonly LineId[] },
  ): Promise<ParkedEvent[]> {
    return this.db.rows<ParkedEvent>(TAKE_DUE, [
      subscriber,
      this.clock.sqlNow(),
      epoch,
      limits.lines,
      limits.perLine,
      limits.except,
    ]);
  }

  /** Which of these lines have parked events, and how many events are parked in all; beyond `atMost` they are not counted. */
  async parkedLines(
    subscriber: string,
    lines: readonly LineId[],
    atMost: number,
  ): Promise<{ lines: Set<LineId>; parked: number }> {
    const [row] = await this.db.rows<{ lines: number[]; parked: number }>(
      `select array(select l.line from unnest($2::bigint[]) as l(line) where exists (
           select from $schema.tasker_event_deliveries d
           where d.subscriber = $1 and coalesce(d.task_id, 0) = l.line and d.dead_at is null)) as lines,
         (select count(*) from (
           select from $schema.tasker_event_deliveries d where d.subscriber = $1 and d.dead_at is null limit $3) x
         ) as parked`,
      [subscriber, lines, atMost],
    );
    return { lines: new Set(row!.lines), parked: row!.parked };
  }

  /** Books it, and renews the lease. False: another holds it by now, and nothing was changed. */
  async settle(subscriber: string, epoch: number, settlement: Settlement, leaseMs: number): Promise<boolean> {
    const { position, announced, delivered, outcomes } = settlement;
    const [row] = await this.db.rows<{ held: boolean }>(
      'select $schema.tasker_settle_deliveries($1, $2, $3, $4, $5, $6, $7, $8) as held',
      [subscriber, epoch, position, announced, delivered, JSON.stringify(outcomes), leaseMs, this.clock.sqlNow()],
    );
    return row!.held;
  }
}

/** `$2` is now. An event whose turn it is not may have a time as well: an operator has put one before it. */
const DUE = `$schema.tasker_event_deliveries d
  where d.next_attempt_at <= coalesce($2::timestamptz, clock_timestamp())
    and not exists (
      select from $schema.tasker_event_deliveries f
      where f.subscriber = d.subscriber and coalesce(f.task_id, 0) = coalesce(d.task_id, 0) and f.dead_at is null
        and (f.stream_id, f.part) < (d.stream_id, d.part)
    )`;

const TAKE_DUE = `
  with head as (
    select coalesce(d.task_id, 0) as line, d.next_attempt_at from ${DUE} and d.subscriber = $1
      and coalesce(d.task_id, 0) <> all ($6::bigint[])
    order by d.next_attempt_at, d.stream_id limit $4
  ),
  line as (
    select l.* from head h
    cross join lateral (
      select d.* from $schema.tasker_event_deliveries d
      where d.subscriber = $1 and coalesce(d.task_id, 0) = h.line and d.dead_at is null
      order by d.stream_id, d.part limit $5
    ) l
  ),
  marked as (
    update $schema.tasker_event_deliveries d set tried = true
    from line l, $schema.tasker_event_subscribers s
    where d.delivery_id = l.delivery_id and s.name = $1 and s.epoch = $3
    returning d.delivery_id
  )
  select l.stream_id as id, l.part, l.event_name as name, l.task_id as "taskId", l.event as "eventText", l.attempts,
    l.tried
  from line l join marked m on m.delivery_id = l.delivery_id
  order by l.stream_id, l.part`;
