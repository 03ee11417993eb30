import { type TransitionRecord } from '../core/records.js';
import { type Queryable } from './database.js';

interface Row extends Omit<TransitionRecord, 'metadata'> {
  stepId: number;
  metadata: string;
}

/** The histories of many steps in one query, each oldest first. */
export async function historiesOfSteps(
  on: Queryable,
  stepIds: readonly number[],
): Promise<Map<number, TransitionRecord[]>> {
  const rows = await on.rows<Row>(
    `select workflow_step_id as "stepId", sort_key as "sortKey", from_state as "fromState", to_state as "toState",
       metadata, created_at as "createdAt"
     from $schema.tasker_workflow_step_transitions where workflow_step_id = any ($1)
     order by workflow_step_id, sort_key`,
    [stepIds],
  );
  const histories = new Map<number, TransitionRecord[]>(stepIds.map((id) => [id, []]));
  for (const { stepId, metadata, ...row } of rows) {
    histories.get(stepId)!.push({ ...row, metadata: JSON.parse(metadata) as TransitionRecord['metadata'] });
  }
  return histories;
}

/** What is kept of the request that made a task; null when nothing is. */
export async function requestHashOfTask(on: Queryable, taskId: number): Promise<string | null> {
  const [row] = await on.rows<{ hash: string | null }>(
    'select request_hash as hash from $schema.tasker_tasks where task_id = $1',
    [taskId],
  );
  return row?.hash ?? null;
}

/** A process that works, or did so a while ago. */
export interface KnownWorker {
  readonly host: string;
  readonly pid: number;
}

/** The workers that these rows name, by id. Long gone ones are forgotten. */
export async function workersOf(
  on: Queryable,
  rows: readonly TransitionRecord[],
): Promise<ReadonlyMap<number, KnownWorker>> {
  const ids = new Set(rows.map(({ metadata }) => metadata['worker']).filter((id) => Number.isSafeInteger(id)));
  if (ids.size === 0) return new Map();
  const found = await on.rows<KnownWorker & { id: number }>(
    'select worker_id as id, host, pid from $schema.tasker_workers where worker_id = any ($1)',
    [[...ids]],
  );
  return new Map(found.map(({ id, host, pid }) => [id, { host, pid }]));
}
