import { Injectable } from '@nestjs/common';
import { dependencyAnalysis } from '../analysis/dependency-analysis.js';
import { Clock } from '../core/clock.js';
import { TaskerRedaction } from '../engine/redaction/tasker-redaction.js';
import { TaskReader } from '../engine/task-reader.js';
import { TaskerService } from '../engine/tasker.service.js';
import { stepBodies, type StepBody } from './bodies/step-body.js';
import { taskBody, type TaskBody } from './bodies/task-body.js';

/** Tasks and steps as they are shown, after whatever was done to them: without secrets, as of now. */
@Injectable()
export class ShownTasks {
  constructor(
    private readonly tasker: TaskerService,
    private readonly reader: TaskReader,
    private readonly redaction: TaskerRedaction,
    private readonly clock: Clock,
  ) {}

  async task(taskId: number, { withAnalysis = false } = {}): Promise<TaskBody> {
    const task = await this.redaction.task(await this.tasker.getTask(taskId));
    const now = this.clock.now();
    const body = taskBody(task, now);
    return withAnalysis ? { ...body, dependency_analysis: dependencyAnalysis(task.steps, now) } : body;
  }

  /** @throws NotFoundError also for a step of another task */
  async step(taskId: number, stepId: number): Promise<StepBody> {
    await this.reader.requireStep(taskId, stepId);
    // The whole task: what its steps must not show depends on its definition, and on what stands in its context.
    const { steps } = await this.redaction.task(await this.tasker.getTask(taskId));
    const shown = steps.filter((step) => step.stepId === stepId);
    return stepBodies(steps, this.clock.now(), shown)[0]!;
  }
}
