import { Body, Headers, HttpCode, HttpStatus, Param, Post, type Type } from '@nestjs/common';
import { Requires } from '../auth/requires.decorator.js';
import { TaskerService } from '../engine/tasker.service.js';
import { type TaskBody } from './bodies/task-body.js';
import { ActionDto, actorOf, RetryDto } from './input/actions.dto.js';
import { type HttpHeaders, readBody } from './input/read-body.js';
import { readId } from './input/task-id.js';
import { RestController } from './route.decorators.js';
import { ShownTasks } from './shown-tasks.js';

/** What an operator does with a task. Each answers with the task as it is then. */
@RestController('tasks/:id')
export class TaskActionsController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly shown: ShownTasks,
  ) {}

  /** Cancels it and every step of it that has not ended; what runs is told to stop. */
  @Post('cancel')
  @Requires('task', 'cancel', { task: 'id' })
  @HttpCode(HttpStatus.OK)
  async cancel(@Param('id') id: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(id, ActionDto, body, headers, (taskId, dto) => this.tasker.cancelTask(taskId, actorOf(dto)));
  }

  /** Runs its failed steps again. */
  @Post('retry')
  @Requires('task', 'retry', { task: 'id' })
  @HttpCode(HttpStatus.OK)
  async retry(@Param('id') id: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(id, RetryDto, body, headers, (taskId, dto) =>
      this.tasker.retryTask(taskId, { ...actorOf(dto), resetAttempts: dto.reset_attempts ?? false }),
    );
  }

  /** Declares a failed task dealt with. */
  @Post('resolve')
  @Requires('task', 'resolve', { task: 'id' })
  @HttpCode(HttpStatus.OK)
  async resolve(@Param('id') id: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(id, ActionDto, body, headers, (taskId, dto) => this.tasker.resolveTask(taskId, actorOf(dto)));
  }

  /** Starts no step of it until it is resumed. */
  @Post('pause')
  @Requires('task', 'pause', { task: 'id' })
  @HttpCode(HttpStatus.OK)
  async pause(@Param('id') id: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(id, ActionDto, body, headers, (taskId, dto) => this.tasker.pauseTask(taskId, actorOf(dto)));
  }

  @Post('resume')
  @Requires('task', 'resume', { task: 'id' })
  @HttpCode(HttpStatus.OK)
  async resume(@Param('id') id: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.act(id, ActionDto, body, headers, (taskId, dto) => this.tasker.resumeTask(taskId, actorOf(dto)));
  }

  private async act<T extends object>(
    id: unknown,
    Dto: Type<T>,
    body: unknown,
    headers: HttpHeaders,
    act: (taskId: number, dto: T) => Promise<unknown>,
  ): Promise<{ task: TaskBody }> {
    const taskId = readId(id, 'id');
    await act(taskId, await readBody(Dto, body, headers));
    return { task: await this.shown.task(taskId) };
  }
}
