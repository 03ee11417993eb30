import { type TaskRecord } from '../core/records.js';
import { type TaskState } from '../core/states.js';
import { type TaskerDatabase } from './database.js';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow, toTaskRecord } from './row-mapping.js';
import { decodeCursor, encodeCursor, type TaskCursor } from './task-cursor.js';

/** The columns a list may be sorted by: those that an index has in order, so that no page costs a scan of the table. */
export const TASK_SORT_COLUMNS = ['task_id', 'requested_at', 'created_at', 'initiator'] as const;
export type TaskSortColumn = (typeof TASK_SORT_COLUMNS)[number];

/** An annotation that a task must have. All that is named must be true of one and the same annotation. */
export interface AnnotationFilter {
  /** Its kind, as it was given to `annotate`. */
  readonly type: string;
  /** What is in it: the annotation has these members, and may have more (as PostgreSQL's `@>` has it). */
  readonly contains?: unknown;
}

/** Which tasks, in which order, from where. */
export interface TaskQuery {
  readonly namespace?: string;
  /** Only of these, whatever else is asked for: what a caller may see. */
  readonly namespaces?: readonly string[];
  readonly name?: string;
  readonly version?: string;
  readonly states?: readonly TaskState[];
  /** Tasks that carry all of these tags. */
  readonly tags?: readonly string[];
  readonly annotation?: AnnotationFilter;
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
  /** Where the page before ended, in the same order: its `nextCursor`. As fast on the last page as on the first. */
  readonly cursor?: string;
}

/** A page of tasks. */
export interface TaskPage {
  readonly tasks: readonly TaskRecord[];
  /** What asks for the page after this; null when there is none. */
  readonly nextCursor: string | null;
}

/** How a value is written into a cursor: exact to the microsecond, which a Date is not. */
const EXACT: Readonly<Record<TaskSortColumn, string>> = {
  task_id: 'null::text',
  requested_at: `to_char(t.requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  created_at: `to_char(t.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  initiator: 't.initiator::text',
};
const TYPES = { requested_at: 'timestamptz', created_at: 'timestamptz', initiator: 'varchar' } as const;

/** The tasks that fit, ties broken by id so that pages never overlap. */
export async function listTasks(db: TaskerDatabase, query: TaskQuery): Promise<TaskRecord[]> {
  return (await rowsOf(db, query, query.limit ?? 20)).map(toTaskRecord);
}

/** The same as a page that knows how it goes on. */
export async function pageTasks(db: TaskerDatabase, query: TaskQuery): Promise<TaskPage> {
  const limit = query.limit ?? 20;
  const rows = await rowsOf(db, query, limit + 1);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const { sortBy, sortOrder } = orderOf(query);
  const nextCursor = last ? encodeCursor({ sortBy, sortOrder, value: last.exact, taskId: last.task_id }) : null;
  return { tasks: shown.map(toTaskRecord), nextCursor };
}

type ListRow = TaskRow & { exact: string | null };

async function rowsOf(db: TaskerDatabase, query: TaskQuery, limit: number): Promise<ListRow[]> {
  const values: unknown[] = [];
  const where: string[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const filter = (condition: string, value: unknown): void => {
    if (value !== undefined) where.push(condition.replace('?', bind(value)));
  };
  if (
    query.namespaces !== undefined ||
    query.namespace !== undefined ||
    query.name !== undefined ||
    query.version !== undefined
  ) {
    const workflows = await workflowIds(db, query);
    if (workflows.length === 0) return [];
    filter('t.named_task_id = any (?::integer[])', workflows);
  }
  // One state as an equation: only then does the planner see that the index has the tasks in order.
  if (query.states?.length === 1) filter('t.state = ?', query.states[0]);
  else filter('t.state = any (?)', query.states);
  filter('t.tags @> ?::jsonb', query.tags && JSON.stringify(query.tags));
  filter('t.initiator = ?', query.initiator);
  filter('t.correlation_id = ?', query.correlationId);
  filter('t.created_at >= ?', query.createdAfter);
  filter('t.created_at < ?', query.createdBefore);
  if (query.annotation) where.push(annotated(query.annotation, bind));
  const { sortBy, sortOrder, cursor } = orderOf(query);
  if (cursor) where.push(behind(cursor, bind));
  const condition = where.length === 0 ? '' : `where ${where.join(' and ')}`;
  const key = isSelective(query) && (await areFew(db, condition, values)) ? UNINDEXED[sortBy] : `t.${sortBy}`;
  const order = sortBy === 'task_id' ? `${key} ${sortOrder}` : `${key} ${sortOrder}, t.task_id ${sortOrder}`;
  return db.rows<ListRow>(
    `select ${TASK_COLUMNS}, ${EXACT[sortBy]} as exact from ${TASK_TABLES} ${condition}
     order by ${order} limit ${bind(limit)} offset ${bind(query.offset ?? 0)}`,
    values,
  );
}

/** So few that fit are read and sorted in no time. */
const FEW = 1_000;
/** The same order, of which the planner does not know that an index has it. */
const UNINDEXED: Readonly<Record<TaskSortColumn, string>> = {
  task_id: '(t.task_id + 0)',
  requested_at: `(t.requested_at + interval '0')`,
  created_at: `(t.created_at + interval '0')`,
  initiator: `(t.initiator || '')`,
};

/** Filters by values of which there are too many for the planner to know how often each occurs. */
function isSelective({ initiator, correlationId, tags, annotation }: TaskQuery): boolean {
  return [initiator, correlationId, tags, annotation].some((filter) => filter !== undefined);
}

/**
 * Where few fit, walking all tasks in order to meet them would be the slowest way of all, and the planner's guess is no
 * ground to decide it on. So they are counted, up to where they are many.
 */
async function areFew(db: TaskerDatabase, condition: string, values: readonly unknown[]): Promise<boolean> {
  const [row] = await db.rows<{ n: number }>(
    `select count(*) as n from (select 1 from $schema.tasker_tasks t ${condition} limit ${FEW + 1}) few`,
    values,
  );
  return row!.n <= FEW;
}

function orderOf(query: TaskQuery): Pick<TaskCursor, 'sortBy' | 'sortOrder'> & { cursor: TaskCursor | undefined } {
  const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const sortBy = TASK_SORT_COLUMNS.find((name) => name === (query.sortBy ?? cursor?.sortBy)) ?? 'task_id';
  const sortOrder = (query.sortOrder ?? cursor?.sortOrder) === 'desc' ? 'desc' : 'asc';
  return { sortBy, sortOrder, cursor };
}

/** Asked before: with the ids in the statement the planner knows how many tasks there are of these workflows. */
async function workflowIds(db: TaskerDatabase, { namespaces, namespace, name, version }: TaskQuery): Promise<number[]> {
  const rows = await db.rows<{ id: number }>(
    `select nt.named_task_id as id from $schema.tasker_named_tasks nt
     join $schema.tasker_task_namespaces n on n.task_namespace_id = nt.task_namespace_id
     where ($1::text is null or n.name = $1) and ($2::text is null or nt.name = $2)
       and ($3::text is null or nt.version = $3) and ($4::text[] is null or n.name = any ($4))`,
    [namespace ?? null, name ?? null, version ?? null, namespaces ?? null],
  );
  return rows.map(({ id }) => id);
}

function annotated({ type, contains }: AnnotationFilter, bind: (value: unknown) => string): string {
  const holds = contains === undefined ? '' : ` and a.annotation @> ${bind(JSON.stringify(contains))}::jsonb`;
  return `t.task_id in (select a.task_id from $schema.tasker_task_annotations a
    where a.annotation_type_id = (select y.annotation_type_id from $schema.tasker_annotation_types y
                                  where y.name = ${bind(type)})${holds})`;
}

function behind({ sortBy, sortOrder, value, taskId }: TaskCursor, bind: (value: unknown) => string): string {
  const sign = sortOrder === 'desc' ? '<' : '>';
  if (sortBy === 'task_id') return `t.task_id ${sign} ${bind(taskId)}`;
  return `(t.${sortBy}, t.task_id) ${sign} (${bind(value)}::${TYPES[sortBy]}, ${bind(taskId)})`;
}
