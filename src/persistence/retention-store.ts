import { type Clock } from '../core/clock.js';
import { type TaskState } from '../core/states.js';
import { type Queryable, type TaskerDatabase } from './database.js';

/** Which finished tasks may be forgotten. */
export interface PruneRule {
  /** Days since the task ended; null: none but those of `namespaces`. */
  readonly afterDays: number | null;
  /** Days for single namespaces, in the place of `afterDays`. */
  readonly namespaces: Readonly<Record<string, number>>;
  readonly states: readonly TaskState[];
}

/** Tasks that one batch deleted, or a look found. */
export interface PrunedTasks {
  readonly namespace: string;
  readonly state: TaskState;
  readonly tasks: number;
}

/** A place in the list of all tasks, oldest first: what is kept is walked past once per round. */
export interface PruneCursor {
  readonly createdAt: string;
  readonly taskId: number;
}

export interface PruneBatch {
  readonly pruned: readonly PrunedTasks[];
  /** Where the next batch goes on; null when there is nothing left. */
  readonly cursor: PruneCursor | null;
}

/** Rows that belong to a task are deleted with it: a task of many steps makes its batch smaller. */
const MAX_STEPS = 10_000;

/**
 * Deletes what nobody needs any more, in short transactions. Tasks that somebody has locked are passed over, and nothing
 * that workers lock is touched, so neither waits for the other. Steps, edges, histories and annotations go with their task
 * (ON DELETE CASCADE; each of these foreign keys has its index).
 */
export class RetentionStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes up to `limit` tasks.
   * @param alone leave it to another process that is at it just now; the answer is then null
   */
  async pruneTasks(
    rule: PruneRule,
    { limit, after, alone = false }: { readonly limit: number; readonly after?: PruneCursor; readonly alone?: boolean },
  ): Promise<PruneBatch | null> {
    return this.db.transaction(async (tx) => {
      if (alone && !(await tryLock(tx, this.db.schema))) return null;
      // The plans of the cascades are made once per connection, perhaps while there were no statistics.
      await tx.rows('set local enable_seqscan = off');
      const rows = await tx.rows<PrunedTasks & { lastCreated: string; lastTask: number }>(PRUNE, [
        ...this.values(rule),
        after?.createdAt ?? '-infinity',
        after?.taskId ?? 0,
        limit,
        MAX_STEPS,
      ]);
      const [first] = rows;
      const cursor = first ? { createdAt: first.lastCreated, taskId: first.lastTask } : null;
      return { pruned: rows.map(({ namespace, state, tasks }) => ({ namespace, state, tasks })), cursor };
    });
  }

  /** What {@link pruneTasks} would delete in the end. */
  async prunableTasks(rule: PruneRule): Promise<PrunedTasks[]> {
    return this.db.rows<PrunedTasks>(
      `select n.name as namespace, t.state, count(*) as tasks from ${PRUNABLE} group by 1, 2 order by 1, 2`,
      this.values(rule),
    );
  }

  /** Forgets who did what, older than so many days. Returns how many entries there were. */
  async pruneAudit(days: number, limit: number): Promise<number> {
    const rows = await this.db.rows(
      `delete from $schema.tasker_audit where audit_id in (
         select audit_id from ${OLD_AUDIT} order by audit_id limit $3
       ) returning audit_id`,
      [this.clock.sqlNow(), days, limit],
    );
    return rows.length;
  }

  /** What {@link pruneAudit} would delete in the end. */
  async countAudit(days: number): Promise<number> {
    const [row] = await this.db.rows<{ n: number }>(`select count(*) as n from ${OLD_AUDIT}`, [
      this.clock.sqlNow(),
      days,
    ]);
    return row!.n;
  }

  private values({ afterDays, namespaces, states }: PruneRule): unknown[] {
    return [this.clock.sqlNow(), afterDays, Object.keys(namespaces), Object.values(namespaces), states];
  }
}

async function tryLock(tx: Queryable, schema: string): Promise<boolean> {
  const [row] = await tx.rows<{ free: boolean }>(
    `select pg_try_advisory_xact_lock(hashtext('tasker_prune'), hashtext($1)) as free`,
    [schema],
  );
  return row!.free;
}

const OLD_AUDIT = `$schema.tasker_audit
  where created_at < coalesce($1::timestamptz, clock_timestamp()) - $2::double precision * interval '1 day'`;

/** A task ends after it was created, so the index on its creation finds the old ones. */
const PRUNABLE = `$schema.tasker_tasks t
  join $schema.tasker_named_tasks k on k.named_task_id = t.named_task_id
  join $schema.tasker_task_namespaces n on n.task_namespace_id = k.task_namespace_id
  left join unnest($3::text[], $4::double precision[]) as r(namespace, days) on r.namespace = n.name
  cross join lateral (
    select coalesce($1::timestamptz, clock_timestamp())
             - coalesce(r.days, $2::double precision) * interval '1 day' as ended
  ) before
  where t.state = any ($5) and t.finished_at < before.ended
    and t.created_at < coalesce($1::timestamptz, clock_timestamp())
      - (select min(d) from unnest($4::double precision[] || $2::double precision) as d) * interval '1 day'`;

const PRUNE = `
  with page as (
    select t.task_id, t.created_at, t.total_steps, n.name as namespace
    from ${PRUNABLE} and (t.created_at, t.task_id) > ($6::timestamptz, $7::bigint)
    order by t.created_at, t.task_id
    limit $8
    for update of t skip locked
  ),
  counted as (
    select p.*, sum(p.total_steps) over (order by p.created_at, p.task_id) - p.total_steps as steps_before from page p
  ),
  gone as (
    delete from $schema.tasker_tasks t using counted c
    where t.task_id = c.task_id and c.steps_before < $9
    returning t.task_id, t.created_at, t.state, c.namespace
  ),
  last as (
    select g.created_at, g.task_id from gone g order by g.created_at desc, g.task_id desc limit 1
  )
  select g.namespace, g.state, count(*) as tasks, l.created_at::text as "lastCreated", l.task_id as "lastTask"
  from gone g, last l
  group by g.namespace, g.state, l.created_at, l.task_id`;
