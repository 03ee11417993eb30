import { type TaskerDatabase } from '../database.js';

/** What every step of a task may read, loaded once per task and worker. */
export interface RunningTask {
  readonly taskId: number;
  readonly definitionId: number;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly contextText: string;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly reason: string;
  readonly tagsText: string;
  readonly correlationId: string;
  readonly priority: number;
  readonly requestedAt: Date;
  /** Microseconds since 1970: with the ids, it names the task among those of all databases. */
  readonly createdMicros: number;
}

const TASKS = `select t.task_id, t.definition_id, n.name as namespace, nt.name, nt.version, t.context, t.initiator,
    t.source_system, t.reason, t.tags, t.correlation_id, t.priority, t.requested_at,
    (extract(epoch from t.created_at) * 1000000)::bigint as created_micros
  from $schema.tasker_tasks t
  join $schema.tasker_named_tasks nt on nt.named_task_id = t.named_task_id
  join $schema.tasker_task_namespaces n on n.task_namespace_id = nt.task_namespace_id
  where t.task_id = any ($1)`;

/** Loads the tasks of a batch of claims in one query. */
export async function loadRunningTasks(db: TaskerDatabase, taskIds: readonly number[]): Promise<RunningTask[]> {
  interface Row {
    task_id: number;
    definition_id: number;
    namespace: string;
    name: string;
    version: string;
    context: string;
    initiator: string;
    source_system: string;
    reason: string;
    tags: string;
    correlation_id: string;
    priority: number;
    requested_at: Date;
    created_micros: number;
  }
  const rows = await db.rows<Row>(TASKS, [taskIds]);
  return rows.map((row) => ({
    taskId: row.task_id,
    definitionId: row.definition_id,
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    contextText: row.context,
    initiator: row.initiator,
    sourceSystem: row.source_system,
    reason: row.reason,
    tagsText: row.tags,
    correlationId: row.correlation_id,
    priority: row.priority,
    requestedAt: row.requested_at,
    createdMicros: row.created_micros,
  }));
}

/** What events tell of a task. */
export interface TaskFactsRow {
  readonly taskId: number;
  readonly definitionId: number;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly tagsText: string;
  readonly correlationId: string;
  readonly createdAt: Date;
}

const FACTS = `select t.task_id as "taskId", t.definition_id as "definitionId", n.name as namespace, nt.name, nt.version,
    t.initiator, t.source_system as "sourceSystem", t.tags as "tagsText", t.correlation_id as "correlationId",
    t.created_at as "createdAt"
  from $schema.tasker_tasks t
  join $schema.tasker_named_tasks nt on nt.named_task_id = t.named_task_id
  join $schema.tasker_task_namespaces n on n.task_namespace_id = nt.task_namespace_id
  where t.task_id = any ($1)`;

/** Of those tasks of the list that exist. */
export async function loadTaskFacts(db: TaskerDatabase, taskIds: readonly number[]): Promise<TaskFactsRow[]> {
  return db.rows<TaskFactsRow>(FACTS, [taskIds]);
}

/** The results of a step that has ended. */
export interface FinishedStep {
  readonly taskId: number;
  readonly position: number;
  readonly state: string;
  readonly resultsText: string | null;
}

const FINISHED = `select s.task_id, s.position, s.state, s.results
  from unnest($1::bigint[], $2::integer[]) as w(task_id, position)
  join $schema.tasker_workflow_steps s on s.task_id = w.task_id and s.position = w.position`;

/** Loads the results of the named steps, of many tasks, in one query. */
export async function loadFinishedSteps(
  db: TaskerDatabase,
  wanted: readonly { taskId: number; position: number }[],
): Promise<FinishedStep[]> {
  if (wanted.length === 0) return [];
  interface Row {
    task_id: number;
    position: number;
    state: string;
    results: string | null;
  }
  const values = [wanted.map((w) => w.taskId), wanted.map((w) => w.position)];
  const rows = await db.rows<Row>(FINISHED, values);
  return rows.map((row) => ({
    taskId: row.task_id,
    position: row.position,
    state: row.state,
    resultsText: row.results,
  }));
}
