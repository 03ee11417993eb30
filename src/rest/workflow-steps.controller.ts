import { Controller, Get, Param, Query, UseFilters, UseInterceptors, VERSION_NEUTRAL } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { CorrelationInterceptor } from '../engine/correlation/correlation.interceptor.js';
import { TaskerRedaction } from '../engine/redaction/tasker-redaction.js';
import { TaskerService } from '../engine/tasker.service.js';
import { page, type PagingBody } from './bodies/page.js';
import { stepBodies, type StepBody } from './bodies/step-body.js';
import { ListStepsDto, sortSteps } from './input/list-steps.js';
import { readInput } from './input/read-input.js';
import { readId } from './input/task-id.js';
import { ProblemFilter } from './problems/problem.filter.js';

/** The steps of one task over HTTP. */
@Controller({ path: 'tasks/:task_id/workflow_steps', version: VERSION_NEUTRAL })
@UseFilters(ProblemFilter)
@UseInterceptors(CorrelationInterceptor)
export class WorkflowStepsController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly clock: Clock,
    private readonly redaction: TaskerRedaction,
  ) {}

  @Get()
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
}
