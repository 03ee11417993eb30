import { Injectable } from '@nestjs/common';
import { type TransitionRecord } from '../core/records.js';
import { TaskerRedaction } from '../engine/redaction/tasker-redaction.js';
import { type TaskPast, TaskReader } from '../engine/task-reader.js';

/** What happened to tasks and steps as it is shown: without secrets. */
@Injectable()
export class ShownPasts {
  constructor(
    private readonly reader: TaskReader,
    private readonly redaction: TaskerRedaction,
  ) {}

  async ofTask(taskId: number): Promise<TaskPast> {
    return this.redacted(await this.reader.past(taskId));
  }

  /** The history of the task alone, with no step's. */
  async ofTaskAlone(taskId: number): Promise<TaskPast> {
    return this.redacted(await this.reader.past(taskId, []));
  }

  /** The history of one step. @throws NotFoundError also for a step of another task */
  async ofStep(taskId: number, stepId: number): Promise<TaskPast> {
    await this.reader.requireStep(taskId, stepId);
    return this.redacted(await this.reader.past(taskId, [stepId]));
  }

  private async redacted(past: TaskPast): Promise<TaskPast> {
    const hide = await this.redaction.history({ ...past.task, steps: past.steps });
    const each = (rows: readonly TransitionRecord[]): TransitionRecord[] => rows.map(hide);
    return {
      ...past,
      task: await this.redaction.task(past.task),
      taskHistory: each(past.taskHistory),
      stepHistories: new Map([...past.stepHistories].map(([stepId, rows]) => [stepId, each(rows)])),
    };
  }
}
