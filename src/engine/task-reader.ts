import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../core/errors.js';
import { type StepRecord, type TaskRecord, type TransitionRecord } from '../core/records.js';
import { TaskerDatabase } from '../persistence/database.js';
import { pageTasks, type TaskPage, type TaskQuery } from '../persistence/task-list.js';
import { historiesOfSteps, type KnownWorker, requestHashOfTask, workersOf } from '../persistence/task-histories.js';
import { TaskStore } from '../persistence/task-store.js';
import { checkTaskQuery } from './task-query.js';
import { requestHash, type TaskRequest } from './task-request.js';

/** A task with all that ever happened to it and its steps. */
export interface TaskPast {
  readonly task: TaskRecord;
  readonly steps: readonly StepRecord[];
  readonly taskHistory: readonly TransitionRecord[];
  /** By step. */
  readonly stepHistories: ReadonlyMap<number, readonly TransitionRecord[]>;
  /** By id; those of them that are not forgotten yet. */
  readonly workers: ReadonlyMap<number, KnownWorker>;
}

/** What the interfaces show beside a task itself: pages of tasks, one step of a task, what happened. */
@Injectable()
export class TaskReader {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly tasks: TaskStore,
  ) {}

  /** A page of tasks, with the cursor of the next. @throws ValidationError naming every field that cannot be meant */
  async page(query: TaskQuery): Promise<TaskPage> {
    return pageTasks(this.db, checkTaskQuery(query));
  }

  /** Those of the list that exist, by id. */
  async tasksOf(taskIds: readonly number[]): Promise<TaskRecord[]> {
    return this.tasks.tasks(taskIds);
  }

  /** @throws NotFoundError `TASK_NOT_FOUND` */
  async requireTask(taskId: number): Promise<TaskRecord> {
    const [task] = await this.tasks.tasks([taskId]);
    if (!task) throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
    return task;
  }

  /** @throws NotFoundError `STEP_NOT_FOUND`, also for a step of another task */
  async requireStep(taskId: number, stepId: number): Promise<StepRecord> {
    const step = await this.tasks.step(stepId);
    if (step?.taskId === taskId) return step;
    await this.requireTask(taskId);
    throw new NotFoundError('STEP_NOT_FOUND', `Task ${taskId} has no step ${stepId}.`);
  }

  /**
   * A task and its histories, in one snapshot.
   * @param stepIds steps whose history is wanted. @default all
   */
  async past(taskId: number, stepIds?: readonly number[]): Promise<TaskPast> {
    return this.db.snapshot(async (tx) => {
      const [task] = await this.tasks.tasks([taskId], tx);
      if (!task) throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
      const steps = await this.tasks.steps([taskId], tx);
      const taskHistory = await this.tasks.taskHistory(taskId, tx);
      const stepHistories = await historiesOfSteps(tx, stepIds ?? steps.map(({ stepId }) => stepId));
      const rows = [...stepHistories.values()].flat();
      return { task, steps, taskHistory, stepHistories, workers: await workersOf(tx, rows) };
    });
  }

  /** False when the task was made by a request with the same idempotency key that said something else. */
  async isOf(taskId: number, request: TaskRequest): Promise<boolean> {
    const kept = await requestHashOfTask(this.db, taskId);
    const asked = requestHash(request);
    return kept === null || asked === null || kept === asked;
  }
}
