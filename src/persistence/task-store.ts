import { type AnnotationRecord, type StepRecord, type TaskRecord, type TransitionRecord } from '../core/records.js';
import { type TaskState } from '../core/states.js';
import { type Queryable, type TaskerDatabase } from './database.js';
import {
  type AnnotationRow,
  STEP_COLUMNS,
  STEP_TABLES,
  type StepRow,
  TASK_COLUMNS,
  TASK_TABLES,
  type TaskRow,
  toAnnotationRecord,
  toStepRecord,
  toTaskRecord,
} from './row-mapping.js';

/** Reads tasks and what belongs to them. */
export class TaskStore {
  constructor(private readonly db: TaskerDatabase) {}

  /** The tasks of the list that exist, by id. */
  async tasks(taskIds: readonly number[], on: Queryable = this.db): Promise<TaskRecord[]> {
    const rows = await on.rows<TaskRow>(
      `select ${TASK_COLUMNS} from ${TASK_TABLES} where t.task_id = any ($1) order by t.task_id`,
      [taskIds],
    );
    return rows.map(toTaskRecord);
  }

  /** The steps of the given tasks, by task, in the order of the definition. */
  async steps(taskIds: readonly number[], on: Queryable = this.db): Promise<StepRecord[]> {
    const rows = await on.rows<StepRow>(
      `select ${STEP_COLUMNS} from ${STEP_TABLES} where s.task_id = any ($1) order by s.task_id, s.position`,
      [taskIds],
    );
    return rows.map(toStepRecord);
  }

  async step(stepId: number): Promise<StepRecord | undefined> {
    const rows = await this.db.rows<StepRow>(
      `select ${STEP_COLUMNS} from ${STEP_TABLES} where s.workflow_step_id = $1`,
      [stepId],
    );
    return rows.map(toStepRecord)[0];
  }

  async annotations(taskIds: readonly number[], on: Queryable = this.db): Promise<AnnotationRecord[]> {
    const rows = await on.rows<AnnotationRow>(
      `select a.task_annotation_id, a.task_id, y.name as type, a.annotation, a.created_at
       from $schema.tasker_task_annotations a join $schema.tasker_annotation_types y using (annotation_type_id)
       where a.task_id = any ($1) order by a.task_id, a.task_annotation_id`,
      [taskIds],
    );
    return rows.map(toAnnotationRecord);
  }

  async annotate(taskId: number, type: string, annotationText: string): Promise<AnnotationRecord> {
    return this.db.transaction(async (tx) => {
      await tx.rows('insert into $schema.tasker_annotation_types (name) values ($1) on conflict (name) do nothing', [
        type,
      ]);
      const rows = await tx.rows<AnnotationRow>(
        `insert into $schema.tasker_task_annotations (task_id, annotation_type_id, annotation)
         select $1, y.annotation_type_id, $3::jsonb from $schema.tasker_annotation_types y where y.name = $2
         returning task_annotation_id, task_id, $2::text as type, annotation, created_at`,
        [taskId, type, annotationText],
      );
      return toAnnotationRecord(rows[0]!);
    });
  }

  /** The states of the tasks of the list that exist. */
  async states(taskIds: readonly number[]): Promise<Map<number, TaskState>> {
    const rows = await this.db.rows<{ task_id: number; state: TaskState }>(
      'select task_id, state from $schema.tasker_tasks where task_id = any ($1)',
      [taskIds],
    );
    return new Map(rows.map((row) => [row.task_id, row.state]));
  }

  async taskHistory(taskId: number, on: Queryable = this.db): Promise<TransitionRecord[]> {
    return this.history('tasker_task_transitions', 'task_id', taskId, on);
  }

  async stepHistory(stepId: number): Promise<TransitionRecord[]> {
    return this.history('tasker_workflow_step_transitions', 'workflow_step_id', stepId, this.db);
  }

  private async history(table: string, key: string, id: number, on: Queryable): Promise<TransitionRecord[]> {
    interface Row extends Omit<TransitionRecord, 'metadata'> {
      metadata: string;
    }
    const rows = await on.rows<Row>(
      `select sort_key as "sortKey", from_state as "fromState", to_state as "toState", metadata,
         created_at as "createdAt"
       from $schema.${table} where ${key} = $1 order by sort_key`,
      [id],
    );
    return rows.map((row) => ({ ...row, metadata: JSON.parse(row.metadata) as TransitionRecord['metadata'] }));
  }
}
