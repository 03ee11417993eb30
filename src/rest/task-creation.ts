import { Injectable } from '@nestjs/common';
import { type Access } from '../auth/access.js';
import { TaskReader } from '../engine/task-reader.js';
import { type TaskRequest } from '../engine/task-request.js';
import { type TaskHandle, TaskerService } from '../engine/tasker.service.js';
import { asRequestError } from './input/create-task-errors.js';
import { readTaskRequest } from './input/create-task-request.js';
import { type HttpHeaders } from './input/read-body.js';
import { ProblemError } from './problems/problem.error.js';

/** Creates tasks as requests ask for them, and tells refusals in the words of the requests. */
@Injectable()
export class TaskCreation {
  constructor(
    private readonly tasker: TaskerService,
    private readonly reader: TaskReader,
  ) {}

  /** @throws ProblemError `IDEMPOTENCY_KEY_REUSED` when the key has made a task for a request that said something else */
  async create(body: unknown, headers: HttpHeaders, access: Access): Promise<TaskHandle> {
    const request = await readTaskRequest(body, headers);
    await access.demand(request.namespace ?? 'default');
    return this.createFrom(request);
  }

  async createFrom(request: TaskRequest): Promise<TaskHandle> {
    try {
      return await this.checked(await this.tasker.createTask(request), request);
    } catch (error) {
      throw asRequestError(error);
    }
  }

  /** A key stands for one request: what another says under it would be lost without a word. */
  private async checked(handle: TaskHandle, request: TaskRequest): Promise<TaskHandle> {
    const { created, taskId } = handle;
    if (created || request.idempotencyKey === undefined || (await this.reader.isOf(taskId, request))) return handle;
    const detail = `The idempotency key was used by another request, which made task ${taskId}.`;
    throw new ProblemError(422, 'IDEMPOTENCY_KEY_REUSED', detail, { existing_task_id: taskId });
  }
}
