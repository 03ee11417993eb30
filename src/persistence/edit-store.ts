import { type Clock } from '../core/clock.js';
import { type StepState } from '../core/states.js';
import { type TaskerDatabase } from './database.js';

/** What of a task may be changed after it was created; what is undefined stays. */
export interface TaskEdit {
  readonly reason?: string;
  readonly tags?: readonly string[];
}

/** What of a step may be changed while it is open. */
export interface StepEdit {
  readonly retryLimit?: number;
  /** JSON text. */
  readonly inputsText?: string;
}

/** A step as an edit finds it, under the task's lock. */
export interface EditedStep {
  readonly state: StepState;
  readonly attempts: number;
  /** It waits for its next attempt. */
  readonly isDue: boolean;
}

/** Changes what is said of tasks and steps, never their states; each change leaves a row in the audit. */
export class EditStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /** False when there is no such task. */
  async editTask(taskId: number, { reason, tags }: TaskEdit, metadata: object): Promise<boolean> {
    const rows = await this.db.rows(
      `with edited as (
         update $schema.tasker_tasks
         set reason = coalesce($2, reason), tags = coalesce($3::jsonb, tags),
             updated_at = coalesce($4::timestamptz, clock_timestamp())
         where task_id = $1 returning task_id)
       insert into $schema.tasker_audit (action, subject, metadata)
       select 'edit', 'task ' || task_id, $5::jsonb from edited returning audit_id`,
      [taskId, reason ?? null, tags ? JSON.stringify(tags) : null, this.clock.sqlNow(), JSON.stringify(metadata)],
    );
    return rows.length > 0;
  }

  /**
   * Locks the task as every writer does, lets `check` look at the step and refuse, and writes.
   * Returns false when there is no such step.
   */
  async editStep(
    taskId: number,
    stepId: number,
    { retryLimit, inputsText }: StepEdit,
    metadata: object,
    check: (step: EditedStep) => void,
  ): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      await tx.rows('select 1 from $schema.tasker_tasks where task_id = $1 for no key update', [taskId]);
      const [step] = await tx.rows<EditedStep>(
        `select state, attempts, ready_at is not null as "isDue" from $schema.tasker_workflow_steps
         where workflow_step_id = $1 and task_id = $2 for no key update`,
        [stepId, taskId],
      );
      if (!step) return false;
      check(step);
      await tx.rows(
        `update $schema.tasker_workflow_steps
         set retry_limit = coalesce($2, retry_limit), inputs = coalesce($3::jsonb, inputs),
             updated_at = coalesce($4::timestamptz, clock_timestamp())
         where workflow_step_id = $1`,
        [stepId, retryLimit ?? null, inputsText ?? null, this.clock.sqlNow()],
      );
      await tx.rows('insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)', [
        'edit',
        `step ${stepId}`,
        JSON.stringify(metadata),
      ]);
      return true;
    });
  }
}
