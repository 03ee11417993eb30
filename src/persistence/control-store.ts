import { type Clock } from '../core/clock.js';
import { type Queryable, type TaskerDatabase } from './database.js';

/** What a control is for: one namespace, one dependent system, or the whole fleet. */
export type ControlSubject = { readonly namespace: string } | { readonly system: string } | { readonly fleet: true };

/** Limits of one namespace or system, held across all processes. */
export interface LimitOptions {
  /** Steps that run at once. */
  readonly concurrency?: number;
  /** Steps that start per second. */
  readonly perSecond?: number;
}

/** When a dependent system counts as down. */
export interface BreakerOptions {
  /** Share of attempts that fail, 0 to 1, from which the breaker opens. */
  readonly failureRate: number;
  /** Attempts within the window before the share means anything. @default 10 */
  readonly minCalls?: number;
  /** @default 60 */
  readonly windowSeconds?: number;
  /** How long it stays open before one attempt is let through. @default 30 */
  readonly openSeconds?: number;
}

/** A control as it stands. */
export interface Control {
  readonly namespace: string | null;
  readonly system: string | null;
  readonly pausedAt: Date | null;
  readonly concurrency: number | null;
  readonly perSecond: number | null;
  readonly hasBreaker: boolean;
  /** Since when its breaker is open. */
  readonly breakerOpenedAt: Date | null;
  /** Steps of it that run now. */
  readonly running: number;
}

/** Pauses, limits and breakers, as rows that every process obeys. */
export class ControlStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /** Makes the limits of one subject what they are given as; a pause and a breaker's state stay. */
  async setLimits(
    subject: ControlSubject,
    limits: LimitOptions & { readonly breaker?: BreakerOptions },
  ): Promise<void> {
    const { concurrency, perSecond, breaker } = limits;
    await this.db.transaction(async (tx) => {
      const id = await this.ensure(tx, subject);
      await tx.rows(
        `update $schema.tasker_controls set max_concurrency = $2, per_second = $3, breaker_failure_rate = $4,
           breaker_min_calls = $5, breaker_window_ms = $6, breaker_open_ms = $7,
           breaker_opened_at = case when $4::double precision is null then null else breaker_opened_at end,
           updated_at = clock_timestamp()
         where control_id = $1`,
        [
          id,
          concurrency ?? null,
          perSecond ?? null,
          breaker?.failureRate ?? null,
          breaker ? (breaker.minCalls ?? 10) : null,
          breaker ? Math.round((breaker.windowSeconds ?? 60) * 1000) : null,
          breaker ? Math.round((breaker.openSeconds ?? 30) * 1000) : null,
        ],
      );
      await this.removeEmpty(tx);
    });
  }

  /** Holds back, or lets go on, everything of the subject. What runs is left to end. Audited. */
  async setPaused(
    subject: ControlSubject,
    paused: boolean,
    metadata: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.db.transaction(async (tx) => {
      const id = await this.ensure(tx, subject);
      await tx.rows(
        `update $schema.tasker_controls
         set paused_at = case when $2 then coalesce(paused_at, $3::timestamptz, clock_timestamp()) end,
             updated_at = clock_timestamp()
         where control_id = $1`,
        [id, paused, this.clock.sqlNow()],
      );
      await this.removeEmpty(tx);
      await tx.rows('insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)', [
        paused ? 'pause' : 'resume',
        describe(subject),
        JSON.stringify(metadata),
      ]);
    });
  }

  async list(): Promise<Control[]> {
    return this.db.rows<Control>(
      `select n.name as namespace, d.name as system, c.paused_at as "pausedAt", c.max_concurrency as concurrency,
         c.per_second as "perSecond", c.breaker_failure_rate is not null as "hasBreaker",
         c.breaker_opened_at as "breakerOpenedAt",
         (select count(*)::integer from $schema.tasker_lanes l
          join $schema.tasker_workflow_steps s on s.lane_id = l.lane_id and s.claim_expires_at is not null
          where (c.task_namespace_id is null or l.task_namespace_id = c.task_namespace_id)
            and (c.dependent_system_id is null or l.dependent_system_id = c.dependent_system_id)) as running
       from $schema.tasker_controls c
       left join $schema.tasker_task_namespaces n using (task_namespace_id)
       left join $schema.tasker_dependent_systems d using (dependent_system_id)
       order by n.name nulls first, d.name nulls first`,
    );
  }

  /** The dependent systems whose breakers are open. */
  async openBreakers(): Promise<string[]> {
    const rows = await this.db.rows<{ name: string }>(
      `select d.name from $schema.tasker_controls c join $schema.tasker_dependent_systems d using (dependent_system_id)
       where c.breaker_opened_at is not null order by d.name`,
    );
    return rows.map(({ name }) => name);
  }

  /** Books how attempts ended; returns which breakers are open now. */
  async recordOutcomes(
    outcomes: ReadonlyMap<string, { calls: number; failures: number }>,
  ): Promise<{ system: string; isOpen: boolean }[]> {
    const rows = await this.db.rows<{ system: string; is_open: boolean }>(
      'select system, is_open from $schema.tasker_record_outcomes($1, $2, $3, $4)',
      [
        [...outcomes.keys()],
        [...outcomes.values()].map(({ calls }) => calls),
        [...outcomes.values()].map(({ failures }) => failures),
        this.clock.sqlNow(),
      ],
    );
    return rows.map(({ system, is_open }) => ({ system, isOpen: is_open }));
  }

  /** The id of the subject's row, made if it is not there, and locked. */
  private async ensure(tx: Queryable, subject: ControlSubject): Promise<number> {
    const [namespaceId, systemId] = await Promise.all([
      'namespace' in subject
        ? dictionaryId(tx, 'tasker_task_namespaces', 'task_namespace_id', subject.namespace)
        : Promise.resolve(null),
      'system' in subject
        ? dictionaryId(tx, 'tasker_dependent_systems', 'dependent_system_id', subject.system)
        : Promise.resolve(null),
    ]);
    const [row] = await tx.rows<{ id: number }>(
      `insert into $schema.tasker_controls (task_namespace_id, dependent_system_id) values ($1, $2)
       on conflict (coalesce(task_namespace_id, 0), coalesce(dependent_system_id, 0))
         do update set updated_at = clock_timestamp()
       returning control_id as id`,
      [namespaceId, systemId],
    );
    return row!.id;
  }

  /** A control that controls nothing would only make its lanes slower. */
  private async removeEmpty(tx: Queryable): Promise<void> {
    await tx.rows(
      `delete from $schema.tasker_controls where paused_at is null and max_concurrency is null and per_second is null
         and breaker_failure_rate is null`,
    );
  }
}

function describe(subject: ControlSubject): string {
  if ('namespace' in subject) return `namespace ${subject.namespace}`;
  return 'system' in subject ? `system ${subject.system}` : 'fleet';
}

async function dictionaryId(tx: Queryable, table: string, key: string, name: string): Promise<number> {
  await tx.rows(`insert into $schema.${table} (name) values ($1) on conflict (name) do nothing`, [name]);
  return (await tx.rows<{ id: number }>(`select ${key} as id from $schema.${table} where name = $1`, [name]))[0]!.id;
}
