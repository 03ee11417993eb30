import { type EntityManager } from 'typeorm';
import { type Clock } from '../../core/clock.js';
import { DuplicateTaskError } from '../../core/errors.js';
import { sqlState } from '../conflicts.js';
import { safeInteger, type TaskerDatabase } from '../database.js';

/** One task to create. JSON columns come as text that is known to be storable. */
export interface NewTask {
  readonly definitionId: number;
  readonly contextText: string;
  readonly identity: string;
  /** Of what the request says; null when nobody will compare it. */
  readonly requestHash: string | null;
  readonly correlationId: string;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly reason: string;
  readonly tags: readonly string[];
  readonly bypassSteps: readonly string[];
  readonly priority: number;
  readonly requestedAt: Date | null;
  /** From when its first steps may run; null is now. */
  readonly runAt: Date | null;
  /** True: a duplicate is an error, and the whole batch is not created. */
  readonly rejectDuplicate: boolean;
}

/** What became of one of them: the task's id, and whether it is new or was there before. */
export interface CreatedTask {
  readonly taskId: number;
  readonly created: boolean;
}

interface Row {
  ordinal: number;
  task_id: number;
  created: boolean;
}

/** The SQLSTATE with which `tasker_create_tasks` refuses a batch that has a duplicate. */
const DUPLICATE = 'TSK01';
const SQL = 'select ordinal, task_id, created from $schema.tasker_create_tasks($1, $2)';

/**
 * Creates many tasks, with their steps, edges, counters and first history rows, in one statement: all or none.
 * Within the caller's transaction when a manager is given. The answer is in the order of the list.
 * @throws DuplicateTaskError when one that rejects duplicates is one; then none is created
 */
export async function createTasks(
  db: TaskerDatabase,
  clock: Clock,
  tasks: readonly NewTask[],
  manager?: EntityManager,
): Promise<CreatedTask[]> {
  if (tasks.length === 0) return [];
  const values = [`[${tasks.map(toJson).join(',')}]`, clock.sqlNow()];
  const rows = await send(db, values, manager);
  const result: CreatedTask[] = [];
  for (const row of rows) result[row.ordinal] = { taskId: row.task_id, created: row.created };
  return result;
}

async function send(db: TaskerDatabase, values: readonly unknown[], manager?: EntityManager): Promise<Row[]> {
  try {
    if (!manager) return await db.rows<Row>(SQL, values);
    // A refusal must not spoil the caller's transaction.
    await db.rowsWithin(manager, 'savepoint tasker_create');
    try {
      const rows = await db.rowsWithin<Row>(manager, SQL, values);
      await db.rowsWithin(manager, 'release savepoint tasker_create');
      return rows;
    } catch (error) {
      if (sqlState(error) === DUPLICATE) await db.rowsWithin(manager, 'rollback to savepoint tasker_create');
      throw error;
    }
  } catch (error) {
    if (sqlState(error) !== DUPLICATE) throw error;
    throw new DuplicateTaskError(safeInteger((error as { detail: string }).detail));
  }
}

function toJson(task: NewTask): string {
  const rest = JSON.stringify({
    definition: task.definitionId,
    identity: task.identity,
    request: task.requestHash ?? undefined,
    correlation: task.correlationId,
    initiator: task.initiator,
    source: task.sourceSystem,
    reason: task.reason,
    tags: task.tags,
    bypass: task.bypassSteps,
    priority: task.priority,
    requested_at: task.requestedAt,
    run_at: task.runAt,
    reject: task.rejectDuplicate,
  });
  return `${rest.slice(0, -1)},"context":${task.contextText}}`;
}
