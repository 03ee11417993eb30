import { Get, Headers, Param, Query, Res } from '@nestjs/common';
import { Requires } from '../auth/requires.decorator.js';
import { HttpAdapterHost } from '@nestjs/core';
import { type Diagram, diagramOf } from '../analysis/diagram.js';
import { toMermaid } from '../analysis/mermaid.js';
import { toSvg } from '../analysis/svg.js';
import { Clock } from '../core/clock.js';
import { TaskerService } from '../engine/tasker.service.js';
import { type TimelineBody, timelineBody, transitionBody, type TransitionBody } from './bodies/history-body.js';
import { preferred } from './input/accept.js';
import { type HttpHeaders } from './input/read-body.js';
import { readInput } from './input/read-input.js';
import { DIAGRAM_FORMATS, DiagramDto } from './input/show-task.dto.js';
import { readId } from './input/task-id.js';
import { RestController } from './route.decorators.js';
import { ShownPasts } from './shown-pasts.js';

const TYPES = { mermaid: 'text/vnd.mermaid', json: 'application/json', svg: 'image/svg+xml' } as const;

/** A task seen as what happened to it, and as a picture. */
@RestController('tasks/:id')
export class TaskViewsController {
  constructor(
    private readonly tasker: TaskerService,
    private readonly pasts: ShownPasts,
    private readonly clock: Clock,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Its own moves. */
  @Get('history')
  @Requires('task', 'show', { task: 'id' })
  async history(@Param('id') id: unknown): Promise<{ transitions: TransitionBody[] }> {
    const { taskHistory } = await this.pasts.ofTaskAlone(readId(id, 'id'));
    return { transitions: taskHistory.map(transitionBody) };
  }

  /** What ran when, for how long, on which worker, and what failed. */
  @Get('timeline')
  @Requires('task', 'show', { task: 'id' })
  async timeline(@Param('id') id: unknown): Promise<{ timeline: TimelineBody }> {
    const past = await this.pasts.ofTask(readId(id, 'id'));
    return { timeline: timelineBody(past, this.clock.now()) };
  }

  @Get('diagram')
  @Requires('task', 'show', { task: 'id' })
  async diagram(
    @Param('id') id: unknown,
    @Query() query: unknown,
    @Headers() headers: HttpHeaders,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<string | { diagram: Diagram }> {
    const taskId = readId(id, 'id');
    const { format = this.asked(headers) } = await readInput(DiagramDto, query);
    const { httpAdapter } = this.host;
    // Of names and states alone: nothing of a context or a result is drawn.
    const diagram = diagramOf(await this.tasker.getTask(taskId));
    httpAdapter.setHeader(response, 'Vary', 'Accept');
    if (format === 'json') return { diagram };
    httpAdapter.setHeader(response, 'Content-Type', `${TYPES[format]}; charset=utf-8`);
    // A picture is opened in a browser: nothing in it may run or be loaded.
    httpAdapter.setHeader(
      response,
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    );
    httpAdapter.setHeader(response, 'X-Content-Type-Options', 'nosniff');
    return format === 'svg' ? toSvg(diagram) : toMermaid(diagram);
  }

  private asked({ accept }: HttpHeaders): (typeof DIAGRAM_FORMATS)[number] {
    const type = preferred(accept, Object.values(TYPES));
    return DIAGRAM_FORMATS.find((format) => TYPES[format] === type) ?? 'mermaid';
  }
}
