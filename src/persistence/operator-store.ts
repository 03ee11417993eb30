import { type Clock } from '../core/clock.js';
import { type StepState, type TaskState } from '../core/states.js';
import { type Change } from '../core/events/change.js';
import { type Queryable, type TaskerDatabase } from './database.js';
import { changesOfTransaction } from './sql/load-changes.js';

/** A step as an operator's action finds it, under the task's lock. */
export interface LockedStep {
  readonly stepId: number;
  readonly name: string;
  readonly state: StepState;
  readonly attempts: number;
  readonly retryLimit: number;
  readonly skippable: boolean;
  readonly parentIds: readonly number[];
}

/** How a step is changed; what is undefined stays. */
export interface StepChange {
  readonly to: StepState;
  /** JSON text. */
  readonly resultsText?: string;
  readonly resetAttempts?: boolean;
  /** The smallest number of attempts in all that leaves room for another. */
  readonly raiseLimit?: boolean;
}

/**
 * Changes tasks on an operator's behalf: one transaction per action, the task's row locked first, history written, and
 * the task settled, so that the work that follows is scheduled in the same commit.
 */
export class OperatorStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /**
   * Locks the task, lets `decide` look at it and say what to change, carries it out and settles the task.
   * Returns the task's state before and after, or undefined when there is no such task.
   * @param tell whether the rows that were written into the histories are wanted too
   */
  async act(
    taskId: number,
    metadata: Readonly<Record<string, unknown>>,
    decide: (
      state: TaskState,
      steps: readonly LockedStep[],
      isPaused: boolean,
    ) => {
      steps?: ReadonlyMap<number, StepChange>;
      /** The task's own moves, in order. They come after the steps and before the task is settled. */
      task?: readonly TaskState[];
      /** Holds the task's steps back, or lets them go on. */
      pause?: boolean;
    },
    tell: boolean,
  ): Promise<{ namespace: string; before: TaskState; after: TaskState; changes: readonly Change[] } | undefined> {
    return this.db.transaction(async (tx) => {
      const [task] = await tx.rows<{ state: TaskState; namespace: string; isPaused: boolean; now: string }>(
        `select t.state, n.name as namespace, t.paused_at is not null as "isPaused", coalesce($2::timestamptz, clock_timestamp())::text as now
         from $schema.tasker_tasks t
         join $schema.tasker_named_tasks k on k.named_task_id = t.named_task_id
         join $schema.tasker_task_namespaces n on n.task_namespace_id = k.task_namespace_id
         where t.task_id = $1 for no key update of t`,
        [taskId, this.clock.sqlNow()],
      );
      if (!task) return undefined;
      const metadataText = JSON.stringify(metadata);
      const plan = decide(task.state, await lockedSteps(tx, taskId), task.isPaused);
      for (const [stepId, change] of plan.steps ?? []) await changeStep(tx, stepId, change, metadataText, task.now);
      for (const to of plan.task ?? []) {
        await tx.rows('select $schema.tasker_move_task($1, $2, $3, $4)', [taskId, to, metadataText, task.now]);
      }
      if (plan.pause !== undefined) {
        await setPaused(tx, taskId, plan.pause, task.now);
        await tx.rows('insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)', [
          plan.pause ? 'pause' : 'resume',
          `task ${taskId}`,
          metadataText,
        ]);
      }
      const [settled] = await tx.rows<{ state: TaskState }>('select $schema.tasker_settle_task($1, $2, $3) as state', [
        taskId,
        metadataText,
        task.now,
      ]);
      const changes = tell ? await changesOfTransaction(tx, [taskId]) : [];
      return { namespace: task.namespace, before: task.state, after: settled!.state, changes };
    });
  }
}

async function lockedSteps(tx: Queryable, taskId: number): Promise<LockedStep[]> {
  return tx.rows<LockedStep>(
    `select s.workflow_step_id as "stepId", n.name, s.state, s.attempts, s.retry_limit as "retryLimit", s.skippable,
       array(select e.from_step_id from $schema.tasker_workflow_step_edges e
             where e.to_step_id = s.workflow_step_id) as "parentIds"
     from $schema.tasker_workflow_steps s join $schema.tasker_named_steps n using (named_step_id)
     where s.task_id = $1 order by s.workflow_step_id for no key update of s`,
    [taskId],
  );
}

/** A step that is held back keeps its place in the queue; 'infinity' keeps it out of every claim. */
async function setPaused(tx: Queryable, taskId: number, pause: boolean, now: string): Promise<void> {
  await tx.rows('update $schema.tasker_tasks set paused_at = $2, updated_at = $3 where task_id = $1', [
    taskId,
    pause ? now : null,
    now,
  ]);
  const due = pause
    ? `update $schema.tasker_workflow_steps set ready_at = 'infinity', updated_at = $2
       where task_id = $1 and ready_at is not null`
    : `update $schema.tasker_workflow_steps
       set ready_at = case when state = 'error' then queue_at else least(queue_at, greatest($2, (
             -- The first of them: those behind it are only set apart in the queue. It lies ahead when the task has a run_at.
             select min(queue_at) from $schema.tasker_workflow_steps
             where task_id = $1 and ready_at = 'infinity' and state = 'pending'))) end,
           updated_at = $2
       where task_id = $1 and ready_at = 'infinity'`;
  await tx.rows(due, [taskId, now]);
}

async function changeStep(tx: Queryable, stepId: number, change: StepChange, metadata: string, now: string) {
  await tx.rows(
    `with was as (select state, attempts from $schema.tasker_workflow_steps where workflow_step_id = $1),
     changed as (
       update $schema.tasker_workflow_steps s
       set state = $2, ready_at = null, queue_at = null, claimed_by = null, claim_expires_at = null, backoff_request_seconds = null,
           results = coalesce($3::jsonb, s.results),
           error = case when $2 in ('complete', 'resolved_manually', 'skipped') then null else s.error end,
           attempts = case when $4 then 0 else s.attempts end,
           worker_losses = case when $4 then 0 else s.worker_losses end,
           retry_limit = case when $5 then greatest(s.retry_limit, s.attempts + 1) else s.retry_limit end,
           processed_at = case when $2 = 'resolved_manually' then $7::timestamptz else s.processed_at end,
           transition_count = s.transition_count + 1, updated_at = $7
       where s.workflow_step_id = $1
       returning s.transition_count
     )
     insert into $schema.tasker_workflow_step_transitions
       (workflow_step_id, sort_key, from_state, to_state, metadata, created_at)
     select $1, c.transition_count, w.state, $2, $6::jsonb || jsonb_build_object('attempt', w.attempts), $7
     from changed c, was w`,
    [
      stepId,
      change.to,
      change.resultsText ?? null,
      change.resetAttempts ?? false,
      change.raiseLimit ?? false,
      metadata,
      now,
    ],
  );
}
