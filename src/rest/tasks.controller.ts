import { Body, Delete, Get, Headers, HttpStatus, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { type Access } from '../auth/access.js';
import { CurrentAccess, Requires } from '../auth/requires.decorator.js';
import { HttpAdapterHost } from '@nestjs/core';
import { TaskerRedaction } from '../engine/redaction/tasker-redaction.js';
import { TaskEditor } from '../engine/task-editor.js';
import { TaskReader } from '../engine/task-reader.js';
import { TaskerService } from '../engine/tasker.service.js';
import { type PagingBody } from './bodies/page.js';
import { type TaskBody, taskSummaryBody, type TaskSummaryBody } from './bodies/task-body.js';
import { ActionDto, actorOf, EditTaskDto } from './input/actions.dto.js';
import { unwrap } from './input/create-task-request.js';
import { ListTasksDto, toTaskQuery } from './input/list-tasks.dto.js';
import { type HttpHeaders, readBody } from './input/read-body.js';
import { readInput } from './input/read-input.js';
import { ShowTaskDto } from './input/show-task.dto.js';
import { readId } from './input/task-id.js';
import { RestController } from './route.decorators.js';
import { ShownTasks } from './shown-tasks.js';
import { TaskCreation } from './task-creation.js';

/**
 * Tasks over HTTP. Parameters are `unknown` on purpose: whatever pipes the host has, they see no class to check and leave
 * the values alone; see {@link readInput}.
 */
@RestController('tasks')
export class TasksController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly reader: TaskReader,
    private readonly editor: TaskEditor,
    private readonly creation: TaskCreation,
    private readonly shown: ShownTasks,
    private readonly host: HttpAdapterHost,
    private readonly redaction: TaskerRedaction,
  ) {}

  /** 201 with the new task; 200 with the one that an earlier request of the same idempotency key has made. */
  @Post()
  @Requires('task', 'create', 'filtered')
  async create(
    @Body() body: unknown,
    @Headers() headers: HttpHeaders,
    @Res({ passthrough: true }) response: unknown,
    @CurrentAccess() access: Access,
  ): Promise<{ task: TaskBody; created: boolean }> {
    const { taskId, created } = await this.creation.create(body, headers, access);
    if (!created) this.host.httpAdapter.status(response, HttpStatus.OK);
    return { task: await this.shown.task(taskId), created };
  }

  @Get()
  @Requires('task', 'index', 'filtered')
  async list(
    @Query() query: unknown,
    @CurrentAccess() access: Access,
  ): Promise<{ tasks: TaskSummaryBody[]; paging: PagingBody }> {
    const dto = await readInput(ListTasksDto, query);
    const { tasks, nextCursor } = await this.reader.page({
      ...toTaskQuery(dto),
      namespaces: access.namespaces ?? undefined,
    });
    const { limit, offset } = dto;
    return {
      tasks: (await this.redaction.tasks(tasks)).map(taskSummaryBody),
      paging: { limit, offset, has_more: nextCursor !== null, next_cursor: nextCursor },
    };
  }

  @Get(':id')
  @Requires('task', 'show', { task: 'id' })
  async get(@Param('id') id: unknown, @Query() query: unknown): Promise<{ task: TaskBody }> {
    const taskId = readId(id, 'id');
    const { include_dependencies: withAnalysis } = await readInput(ShowTaskDto, query);
    return { task: await this.shown.task(taskId, { withAnalysis: withAnalysis ?? false }) };
  }

  /** What is said of a task: its reason and its tags. */
  @Patch(':id')
  @Requires('task', 'update', { task: 'id' })
  async edit(
    @Param('id') id: unknown,
    @Body() body: unknown,
    @Headers() headers: HttpHeaders,
  ): Promise<{ task: TaskBody }> {
    const taskId = readId(id, 'id');
    const { reason, tags } = await readBody(EditTaskDto, unwrap(body), headers);
    await this.editor.editTask(taskId, { reason: reason ?? undefined, tags: tags ?? undefined });
    return { task: await this.shown.task(taskId) };
  }

  /** The same as PATCH: what is left out stays. */
  @Put(':id')
  @Requires('task', 'update', { task: 'id' })
  async put(@Param('id') id: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.edit(id, body, headers);
  }

  /** Cancels a task. It is not deleted; nothing is. */
  @Delete(':id')
  @Requires('task', 'destroy', { task: 'id' })
  async cancel(
    @Param('id') id: unknown,
    @Body() body: unknown,
    @Headers() headers: HttpHeaders,
  ): Promise<{ cancelled: true }> {
    const taskId = readId(id, 'id');
    await this.tasker.cancelTask(taskId, actorOf(await readBody(ActionDto, body, headers)));
    return { cancelled: true };
  }
}
