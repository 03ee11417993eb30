import { Body, Delete, Get, Headers, Param, Patch, Put, Query } from '@nestjs/common';
import { Requires } from '../auth/requires.decorator.js';
import { attemptsOf } from '../analysis/attempts.js';
import { Clock } from '../core/clock.js';
import { TaskerRedaction } from '../engine/redaction/tasker-redaction.js';
import { TaskEditor } from '../engine/task-editor.js';
import { TaskReader } from '../engine/task-reader.js';
import { TaskerService } from '../engine/tasker.service.js';
import { type AttemptBody, attemptBody, transitionBody, type TransitionBody } from './bodies/history-body.js';
import { page, type PagingBody } from './bodies/page.js';
import { stepBodies, type StepBody } from './bodies/step-body.js';
import { ActionDto, actorOf, EditStepDto } from './input/actions.dto.js';
import { unwrap } from './input/create-task-request.js';
import { ListStepsDto, sortSteps } from './input/list-steps.js';
import { type HttpHeaders, readBody } from './input/read-body.js';
import { readInput } from './input/read-input.js';
import { readId } from './input/task-id.js';
import { inWireWords } from './input/wire-words.js';
import { RestController } from './route.decorators.js';
import { ShownPasts } from './shown-pasts.js';
import { ShownTasks } from './shown-tasks.js';

/** The steps of one task over HTTP. */
@RestController('tasks/:task_id/workflow_steps')
export class WorkflowStepsController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly reader: TaskReader,
    private readonly editor: TaskEditor,
    private readonly shown: ShownTasks,
    private readonly pasts: ShownPasts,
    private readonly clock: Clock,
    private readonly redaction: TaskerRedaction,
  ) {}

  @Get()
  @Requires('workflow_step', 'index', { task: 'task_id' })
  async list(
    @Param('task_id') taskId: unknown,
    @Query() query: unknown,
  ): Promise<{ steps: StepBody[]; paging: PagingBody }> {
    const id = readId(taskId, 'task_id');
    const dto = await readInput(ListStepsDto, query);
    // The whole task: what its steps must not show depends on its definition, and on what stands in its context.
    const { steps } = await this.redaction.task(await this.tasker.getTask(id));
    const { items, paging } = page(sortSteps(steps, dto).slice(dto.offset), dto);
    return { steps: stepBodies(steps, this.clock.now(), items), paging };
  }

  @Get(':id')
  @Requires('workflow_step', 'show', { task: 'task_id' })
  async get(@Param() ids: unknown): Promise<{ step: StepBody }> {
    const { taskId, stepId } = readIds(ids);
    return { step: await this.shown.step(taskId, stepId) };
  }

  /** Its limit of attempts and its inputs, while an attempt of it is to come. */
  @Patch(':id')
  @Requires('workflow_step', 'update', { task: 'task_id' })
  async edit(@Param() ids: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    const { taskId, stepId } = readIds(ids);
    const dto = await readBody(EditStepDto, unwrap(body, 'workflow_step'), headers);
    const edit = { retryLimit: dto.retry_limit ?? undefined, inputs: dto.inputs ?? undefined };
    await inWireWords(() => this.editor.editStep(taskId, stepId, edit));
    return { step: await this.shown.step(taskId, stepId) };
  }

  /** The same as PATCH: what is left out stays. */
  @Put(':id')
  @Requires('workflow_step', 'update', { task: 'task_id' })
  async put(@Param() ids: unknown, @Body() body: unknown, @Headers() headers: HttpHeaders) {
    return this.edit(ids, body, headers);
  }

  /** Cancels a step, and with it the steps that could only run after it. */
  @Delete(':id')
  @Requires('workflow_step', 'destroy', { task: 'task_id' })
  async cancel(
    @Param() ids: unknown,
    @Body() body: unknown,
    @Headers() headers: HttpHeaders,
  ): Promise<{ cancelled: true }> {
    const { taskId, stepId } = readIds(ids);
    const actor = actorOf(await readBody(ActionDto, body, headers));
    await this.reader.requireStep(taskId, stepId);
    await this.tasker.cancelStep(stepId, actor);
    return { cancelled: true };
  }

  /** Every attempt of it: when, for how long, on which worker, and what failed. */
  @Get(':id/attempts')
  @Requires('workflow_step', 'show', { task: 'task_id' })
  async attempts(@Param() ids: unknown): Promise<{ attempts: AttemptBody[] }> {
    const { taskId, stepId } = readIds(ids);
    const { stepHistories, workers } = await this.pasts.ofStep(taskId, stepId);
    return { attempts: attemptsOf(stepHistories.get(stepId) ?? []).map((one) => attemptBody(one, workers)) };
  }

  /** Every move of it. */
  @Get(':id/history')
  @Requires('workflow_step', 'show', { task: 'task_id' })
  async history(@Param() ids: unknown): Promise<{ transitions: TransitionBody[] }> {
    const { taskId, stepId } = readIds(ids);
    const { stepHistories } = await this.pasts.ofStep(taskId, stepId);
    return { transitions: (stepHistories.get(stepId) ?? []).map(transitionBody) };
  }
}

function readIds(ids: unknown): { taskId: number; stepId: number } {
  const { task_id, id } = ids as { task_id: unknown; id: unknown };
  return { taskId: readId(task_id, 'task_id'), stepId: readId(id, 'id') };
}
