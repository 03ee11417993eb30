import { type TaskRecord } from '../core/records.js';
import { type TaskState } from '../core/states.js';
import { type TaskerDatabase } from './database.js';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTaskRecord } from './row-mapping.js';

/** The columns a list may be sorted by (spec 05 §1.4, without the JSON ones). */
export const TASK_SORT_COLUMNS = [
  'task_id',
  'requested_at',
  'created_at',
  'updated_at',
  'initiator',
  'source_system',
  'reason',
  'priority',
] as const;
export type TaskSortColumn = (typeof TASK_SORT_COLUMNS)[number];

/** Which tasks, in which order, from where. */
export interface TaskQuery {
  readonly namespace?: string;
  readonly name?: string;
  readonly version?: string;
  readonly states?: readonly TaskState[];
  /** Tasks that carry all of these tags. */
  readonly tags?: readonly string[];
  readonly initiator?: string;
  readonly correlationId?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  /** @default 'task_id' */
  readonly sortBy?: TaskSortColumn;
  /** @default 'asc' */
  readonly sortOrder?: 'asc' | 'desc';
  /** @default 20 */
  readonly limit?: number;
  /** @default 0 */
  readonly offset?: number;
}

/** The tasks that fit, ties broken by id so that pages never overlap. */
export async function listTasks(db: TaskerDatabase, query: TaskQuery): Promise<TaskRecord[]> {
  const values: unknown[] = [];
  const where: string[] = [];
  const filter = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition.replace('?', `$${values.length}`));
  };
  filter('n.name = ?', query.namespace);
  filter('nt.name = ?', query.name);
  filter('nt.version = ?', query.version);
  filter('t.state = any (?)', query.states);
  filter('t.tags @> ?::jsonb', query.tags && JSON.stringify(query.tags));
  filter('t.initiator = ?', query.initiator);
  filter('t.correlation_id = ?', query.correlationId);
  filter('t.created_at >= ?', query.createdAfter);
  filter('t.created_at < ?', query.createdBefore);
  const order = query.sortOrder === 'desc' ? 'desc' : 'asc';
  const column = TASK_SORT_COLUMNS.find((name) => name === query.sortBy) ?? 'task_id';
  values.push(query.limit ?? 20, query.offset ?? 0);
  const rows = await db.rows<TaskRow>(
    `select ${TASK_COLUMNS} from ${TASK_TABLES}
     ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
     order by t.${column} ${order}, t.task_id ${order}
     limit $${values.length - 1} offset $${values.length}`,
    values,
  );
  return rows.map(toTaskRecord);
}
