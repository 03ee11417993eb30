import { Body, Headers, HttpCode, HttpStatus, Param, Post, type Type } from '@nestjs/common';
import { Requires } from '../auth/requires.decorator.js';
import { TaskReader } from '../engine/task-reader.js';
import { TaskerService } from '../engine/tasker.service.js';
import { type StepBody } from './bodies/step-body.js';
import { ActionDto, actorOf, ResolveStepDto, RetryDto } from './input/actions.dto.js';
import { type HttpHeaders, readBody } from './input/read-body.js';
import { readId } from './input/task-id.js';
import { RestController } from './route.decorators.js';
import { ShownTasks } from './shown-tasks.js';

/** What an operator does with a step. Each answers with the step as it is then. */
@RestController('tasks/:task_id/workflow_steps/:id')
export class StepActionsController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly reader: TaskReader,
    private readonly shown: ShownTasks,
  ) {}

  /** Cancels it, and with it the steps that could only run after it. */
  @Post('cancel')
  @Requires('workflow_step', 'cancel', { task: 'task_id' })
  @HttpCode(HttpStatus.OK)
  async cancel(@Param() ids: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(ids, ActionDto, body, headers, (stepId, dto) => this.tasker.cancelStep(stepId, actorOf(dto)));
  }

  /** Runs it again now: one more attempt, or all of them when the attempts are reset. */
  @Post('retry')
  @Requires('workflow_step', 'retry', { task: 'task_id' })
  @HttpCode(HttpStatus.OK)
  async retry(@Param() ids: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(ids, RetryDto, body, headers, (stepId, dto) =>
      this.tasker.retryStep(stepId, { ...actorOf(dto), resetAttempts: dto.reset_attempts ?? false }),
    );
  }

  /** Declares it done; its dependents go on with the given results. */
  @Post('resolve')
  @Requires('workflow_step', 'resolve', { task: 'task_id' })
  @HttpCode(HttpStatus.OK)
  async resolve(@Param() ids: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(ids, ResolveStepDto, body, headers, (stepId, dto) =>
      this.tasker.resolveStep(stepId, dto.results ?? {}, actorOf(dto)),
    );
  }

  /** Leaves a skippable step out; its dependents go on. */
  @Post('skip')
  @Requires('workflow_step', 'skip', { task: 'task_id' })
  @HttpCode(HttpStatus.OK)
  async skip(@Param() ids: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(ids, ActionDto, body, headers, (stepId, dto) => this.tasker.skipStep(stepId, actorOf(dto)));
  }

  private async act<T extends object>(
    ids: unknown,
    Dto: Type<T>,
    body: unknown,
    headers: HttpHeaders,
    act: (stepId: number, dto: T) => Promise<unknown>,
  ): Promise<{ step: StepBody }> {
    const { task_id, id } = ids as { task_id: unknown; id: unknown };
    const taskId = readId(task_id, 'task_id');
    const stepId = readId(id, 'id');
    const dto = await readBody(Dto, body, headers);
    await this.reader.requireStep(taskId, stepId);
    await act(stepId, dto);
    return { step: await this.shown.step(taskId, stepId) };
  }
}
