import { Body, Headers, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { type Access } from '../auth/access.js';
import { CurrentAccess, Requires } from '../auth/requires.decorator.js';
import { type TaskState } from '../core/states.js';
import { TaskerService } from '../engine/tasker.service.js';
import { type BulkItem, BulkItems } from './bulk-items.js';
import { actorOf, BulkActionDto, BulkCreateDto, BulkRetryDto } from './input/actions.dto.js';
import { readBulk } from './input/read-bulk.js';
import { type HttpHeaders, readBody } from './input/read-body.js';
import { RestController } from './route.decorators.js';
import { TaskCreation } from './task-creation.js';

export interface BulkBody<T> {
  /** One for each that was sent, in the same order. */
  readonly results: readonly BulkItem<T>[];
  readonly succeeded: number;
  readonly failed: number;
}

/**
 * Many tasks in one request, each on its own: what is wrong with one keeps no other from being done. Always 207; what
 * became of each stands in its own result.
 */
@RestController('tasks/bulk')
export class BulkController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly creation: TaskCreation,
    private readonly items: BulkItems,
  ) {}

  @Post()
  @Requires('task', 'create', 'filtered')
  @HttpCode(HttpStatus.MULTI_STATUS)
  async create(
    @Body() body: unknown,
    @Headers() headers: HttpHeaders,
    @CurrentAccess() access: Access,
  ): Promise<BulkBody<{ task_id: number; created: boolean }>> {
    const { tasks } = await readBody(BulkCreateDto, body, headers);
    const { 'x-correlation-id': correlation } = headers;
    const results = await this.items.each(readBulk('tasks', tasks), async (item) => {
      const { taskId, created } = await this.creation.create(item, { 'x-correlation-id': correlation }, access);
      return { status: created ? 201 : 200, task_id: taskId, created };
    });
    return summed(results);
  }

  @Post('cancel')
  @Requires('task', 'cancel', 'filtered')
  @HttpCode(HttpStatus.MULTI_STATUS)
  async cancel(@Body() body: unknown, @Headers() headers: HttpHeaders, @CurrentAccess() access: Access) {
    const dto = await readBody(BulkActionDto, body, headers);
    return this.act(dto, access, (taskId) => this.tasker.cancelTask(taskId, actorOf(dto)));
  }

  @Post('retry')
  @Requires('task', 'retry', 'filtered')
  @HttpCode(HttpStatus.MULTI_STATUS)
  async retry(@Body() body: unknown, @Headers() headers: HttpHeaders, @CurrentAccess() access: Access) {
    const dto = await readBody(BulkRetryDto, body, headers);
    const resetAttempts = dto.reset_attempts ?? false;
    return this.act(dto, access, (taskId) => this.tasker.retryTask(taskId, { ...actorOf(dto), resetAttempts }));
  }

  private async act(
    { task_ids }: BulkActionDto,
    access: Access,
    act: (taskId: number) => Promise<{ after: TaskState }>,
  ): Promise<BulkBody<{ task_id: number; task_status: TaskState }>> {
    const results = await this.items.each(readBulk('task_ids', task_ids), async (item) => {
      const taskId = this.items.id(item);
      await access.demandTask(taskId);
      return { status: 200, task_id: taskId, task_status: (await act(taskId)).after };
    });
    return summed(results);
  }
}

function summed<T>(results: readonly BulkItem<T>[]): BulkBody<T> {
  const failed = results.filter(({ status }) => status >= 400).length;
  return { results, succeeded: results.length - failed, failed };
}
