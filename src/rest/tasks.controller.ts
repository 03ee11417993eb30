import {
  Body,
  Controller,
  Get,
  Headers,
  HttpStatus,
  Param,
  Post,
  Query,
  Res,
  UseFilters,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Clock } from '../core/clock.js';
import { CorrelationInterceptor } from '../engine/correlation/correlation.interceptor.js';
import { TaskerRedaction } from '../engine/redaction/tasker-redaction.js';
import { type TaskHandle, TaskerService } from '../engine/tasker.service.js';
import { page, type PagingBody } from './bodies/page.js';
import { taskBody, type TaskBody, taskSummaryBody, type TaskSummaryBody } from './bodies/task-body.js';
import { asRequestError } from './input/create-task-errors.js';
import { type HttpHeaders, readTaskRequest } from './input/create-task-request.js';
import { ListTasksDto, toTaskQuery } from './input/list-tasks.dto.js';
import { readInput } from './input/read-input.js';
import { readId } from './input/task-id.js';
import { ProblemFilter } from './problems/problem.filter.js';

/**
 * Tasks over HTTP. Parameters are `unknown` on purpose: whatever pipes the host has, they see no class to check and leave
 * the values alone; see {@link readInput}.
 */
@Controller({ path: 'tasks', version: VERSION_NEUTRAL })
@UseFilters(ProblemFilter)
@UseInterceptors(CorrelationInterceptor)
export class TasksController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly clock: Clock,
    private readonly host: HttpAdapterHost,
    private readonly redaction: TaskerRedaction,
  ) {}

  /** 201 with the new task; 200 with the one that an earlier request of the same idempotency key has made. */
  @Post()
  async create(
    @Body() body: unknown,
    @Headers() headers: HttpHeaders,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<{ task: TaskBody }> {
    const handle = await this.createTask(body, headers);
    if (!handle.created) this.host.httpAdapter.status(response, HttpStatus.OK);
    return this.get(String(handle.taskId));
  }

  @Get()
  async list(@Query() query: unknown): Promise<{ tasks: TaskSummaryBody[]; paging: PagingBody }> {
    const dto = await readInput(ListTasksDto, query);
    const found = await this.tasker.listTasks({ ...toTaskQuery(dto), limit: dto.limit + 1 });
    const { items, paging } = page(found, dto);
    return { tasks: (await this.redaction.tasks(items)).map(taskSummaryBody), paging };
  }

  @Get(':id')
  async get(@Param('id') id: unknown): Promise<{ task: TaskBody }> {
    const task = await this.tasker.getTask(readId(id, 'id'));
    return { task: taskBody(await this.redaction.task(task), this.clock.now()) };
  }

  private async createTask(body: unknown, headers: HttpHeaders): Promise<TaskHandle> {
    const request = await readTaskRequest(body, headers);
    try {
      return await this.tasker.createTask(request);
    } catch (error) {
      throw asRequestError(error);
    }
  }
}
