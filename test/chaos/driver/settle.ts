/** After the chaos: lets healthy workers bring everything to its end. */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

const LOOK_MS = 100;

/** What stands between the tasks and their end. */
export interface Rest {
  readonly open: number;
  readonly paused: number;
  readonly running: number;
}

const REST = `
  select count(*) filter (where paused_at is null)::integer as open,
         count(*) filter (where paused_at is not null)::integer as paused,
         (select count(*)::integer from tasker_workflow_steps where claim_expires_at is not null) as running
  from tasker_tasks where state in ('pending', 'in_progress')`;

/** Waits until no task is open but those an operator holds back. Returns how things stand, also at the deadline. */
export async function settle(client: pg.Client, deadlineMs: number): Promise<Rest> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const { rows } = await client.query<Rest>(REST);
    const rest = rows[0]!;
    if ((rest.open === 0 && rest.running === 0) || performance.now() > end) return rest;
    await delay(LOOK_MS);
  }
}

const UNTOLD = `
  select (select last_value from tasker_history_id) > s.position
         or exists (select from tasker_event_deliveries d where d.subscriber = s.name and d.dead_at is null) as untold
  from tasker_event_subscribers s where s.name = $1`;

/** Waits until a durable subscriber has been told everything. False: not by the deadline. */
export async function settleEvents(client: pg.Client, subscriber: string, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const { rows } = await client.query<{ untold: boolean }>(UNTOLD, [subscriber]);
    if (rows[0]?.untold === false) return true;
    if (performance.now() > end) return false;
    await delay(LOOK_MS);
  }
}

/** The tasks an operator holds back. */
export async function pausedTasks(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `select task_id as id from tasker_tasks where state in ('pending', 'in_progress') and paused_at is not null
     order by task_id`,
  );
  return rows.map(({ id }) => Number(id));
}
