import { type EntityManager } from 'typeorm';
import { type Clock } from '../core/clock.js';
import { type ScheduleRecord } from '../core/schedule.js';
import { retryConflicts } from './conflicts.js';
import { type TaskerDatabase } from './database.js';

/** What a schedule is; the store adds who it is. */
export type ScheduleChange = Partial<
  Pick<
    ScheduleRecord,
    | 'definitionId'
    | 'cron'
    | 'timeZone'
    | 'runAt'
    | 'missed'
    | 'isEnabled'
    | 'request'
    | 'pausedAt'
    | 'nextRunAt'
    | 'lastRunAt'
    | 'lastFiredAt'
    | 'lastTaskId'
    | 'lastError'
  >
>;

/** A locked schedule, and the instant at which it was locked. */
export interface LockedSchedule {
  readonly schedule: ScheduleRecord;
  readonly now: Date;
}

/**
 * Keeps schedules. Whoever changes one holds its row's lock, within a TypeORM transaction that tasks can be created in, so
 * that a schedule moves on exactly when its tasks come into being.
 */
export class ScheduleStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return retryConflicts(() => this.db.dataSource.transaction(work));
  }

  /** All of them, or those of the given names, by name. */
  async list(names?: readonly string[]): Promise<ScheduleRecord[]> {
    const where = names ? 'where s.name = any ($1)' : '';
    const rows = await this.db.rows<Row>(`${SELECT} ${where} order by s.name`, names ? [names] : []);
    return rows.map(toRecord);
  }

  /** Whether any schedule is due that is not among the given ones: what is asked every second is asked cheaply. */
  async isDue(except: readonly number[]): Promise<boolean> {
    const [row] = await this.db.rows<{ due: boolean }>(
      `select exists (select from $schema.tasker_schedules
         where next_run_at <= coalesce($1::timestamptz, clock_timestamp()) and paused_at is null
           and schedule_id <> all ($2)) as due`,
      [this.clock.sqlNow(), except],
    );
    return row!.due;
  }

  /** Locks the schedule that has waited longest and is due; passes over those that others hold, and the given ones. */
  async lockDue(manager: EntityManager, except: readonly number[]): Promise<LockedSchedule | undefined> {
    const now = await this.now(manager);
    const rows = await this.db.rowsWithin<Row>(
      manager,
      `${SELECT} where s.next_run_at <= $1 and s.paused_at is null and s.schedule_id <> all ($2)
       order by s.next_run_at, s.schedule_id limit 1 for no key update of s skip locked`,
      [now, except],
    );
    return rows[0] && { schedule: toRecord(rows[0]), now };
  }

  /** Locks one by name, waiting for it if need be. */
  async lock(manager: EntityManager, name: string): Promise<LockedSchedule | undefined> {
    const rows = await this.db.rowsWithin<Row>(manager, `${SELECT} where s.name = $1 for no key update of s`, [name]);
    return rows[0] && { schedule: toRecord(rows[0]), now: await this.now(manager) };
  }

  /** One process at a time makes the declared schedules what its definitions say. */
  async lockDeclared(manager: EntityManager): Promise<Date> {
    await this.db.rowsWithin(manager, `select pg_advisory_xact_lock(hashtext('tasker_schedules'), hashtext($1))`, [
      this.db.schema,
    ]);
    return this.now(manager);
  }

  /** Returns false, and changes nothing, when the name is taken. */
  async insert(
    manager: EntityManager,
    name: string,
    isDeclared: boolean,
    values: ScheduleChange & { readonly definitionId: number },
  ): Promise<boolean> {
    const given = assignments(values);
    const columns = given.map(([column]) => column).join(', ');
    const places = given.map((_, index) => `$${index + 3}`).join(', ');
    const rows = await this.db.rowsWithin(
      manager,
      `insert into $schema.tasker_schedules (name, declared, ${columns}) values ($1, $2, ${places})
       on conflict (name) do nothing returning schedule_id`,
      [name, isDeclared, ...given.map(([, value]) => value)],
    );
    return rows.length > 0;
  }

  async update(manager: EntityManager, scheduleId: number, change: ScheduleChange): Promise<void> {
    const given = assignments(change);
    const set = given.map(([column], index) => `${column} = $${index + 2}`).join(', ');
    await this.db.rowsWithin(
      manager,
      `update $schema.tasker_schedules set ${set}, updated_at = clock_timestamp() where schedule_id = $1`,
      [scheduleId, ...given.map(([, value]) => value)],
    );
  }

  async remove(manager: EntityManager, scheduleId: number): Promise<void> {
    await this.db.rowsWithin(manager, 'delete from $schema.tasker_schedules where schedule_id = $1', [scheduleId]);
  }

  /** Points schedules that were made at run time to the newest contents of their workflow's version. */
  async repin(definitionIds: readonly number[]): Promise<void> {
    await this.db.rows(
      `update $schema.tasker_schedules s set definition_id = fresh.definition_id, updated_at = clock_timestamp()
       from $schema.tasker_task_definitions fresh, $schema.tasker_task_definitions old
       where fresh.definition_id = any ($1) and old.named_task_id = fresh.named_task_id
         and s.definition_id = old.definition_id and s.definition_id <> fresh.definition_id and not s.declared`,
      [definitionIds],
    );
  }

  async audit(manager: EntityManager, action: string, name: string, metadata: object): Promise<void> {
    await this.db.rowsWithin(
      manager,
      'insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)',
      [action, `schedule ${name}`, JSON.stringify(metadata)],
    );
  }

  /** The instant to take as now. */
  async now(manager: EntityManager): Promise<Date> {
    const [row] = await this.db.rowsWithin<{ now: Date }>(
      manager,
      'select coalesce($1::timestamptz, clock_timestamp()) as now',
      [this.clock.sqlNow()],
    );
    return row!.now;
  }
}

const COLUMNS: Readonly<Record<keyof ScheduleChange, string>> = {
  definitionId: 'definition_id',
  cron: 'cron',
  timeZone: 'time_zone',
  runAt: 'run_at',
  missed: 'missed',
  isEnabled: 'enabled',
  request: 'request',
  pausedAt: 'paused_at',
  nextRunAt: 'next_run_at',
  lastRunAt: 'last_run_at',
  lastFiredAt: 'last_fired_at',
  lastTaskId: 'last_task_id',
  lastError: 'last_error',
};

function assignments(change: ScheduleChange): [column: string, value: unknown][] {
  return (Object.keys(COLUMNS) as (keyof ScheduleChange)[])
    .filter((key) => change[key] !== undefined)
    .map((key) => [COLUMNS[key], key === 'request' ? JSON.stringify(change.request) : change[key]]);
}

interface Row extends Omit<ScheduleRecord, 'request'> {
  request: string;
}

function toRecord(row: Row): ScheduleRecord {
  return { ...row, request: JSON.parse(row.request) as ScheduleRecord['request'] };
}

const SELECT = `
  select s.schedule_id as "scheduleId", s.name, s.declared as "isDeclared", n.name as namespace, k.name as "taskName",
    k.version, s.definition_id as "definitionId", s.cron, s.time_zone as "timeZone", s.run_at as "runAt", s.missed,
    s.enabled as "isEnabled", s.request, s.paused_at as "pausedAt", s.next_run_at as "nextRunAt",
    s.last_run_at as "lastRunAt", s.last_fired_at as "lastFiredAt", s.last_task_id as "lastTaskId",
    s.last_error as "lastError"
  from $schema.tasker_schedules s
  join $schema.tasker_task_definitions d on d.definition_id = s.definition_id
  join $schema.tasker_named_tasks k on k.named_task_id = d.named_task_id
  join $schema.tasker_task_namespaces n on n.task_namespace_id = k.task_namespace_id`;
