import {
  applyDecorators,
  Controller,
  Get,
  Header,
  HttpStatus,
  Res,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OpenToAll } from '../auth/requires.decorator.js';
import { TaskerAuthGuard } from '../auth/tasker-auth.guard.js';
import { CorrelationInterceptor } from '../engine/correlation/correlation.interceptor.js';
import { type Readiness, ReadinessService } from './readiness.service.js';

/** Probes ask about now. */
const NotCached = (): MethodDecorator =>
  applyDecorators(Header('Cache-Control', 'no-store'), Header('Pragma', 'no-cache'), Header('Expires', '0'));

/** For the probes of an orchestrator: alive, or restart it; ready, or send it no work. */
@Controller({ path: 'health', version: VERSION_NEUTRAL })
@UseGuards(TaskerAuthGuard)
@UseInterceptors(CorrelationInterceptor)
export class HealthController {
  constructor(
    private readonly readiness: ReadinessService,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Touches nothing: a database that is away is no reason to restart this process. */
  @Get('live')
  @OpenToAll()
  @NotCached()
  live(): { alive: true; timestamp: string; service: 'tasker' } {
    return { alive: true, timestamp: new Date().toISOString(), service: 'tasker' };
  }

  @Get('ready')
  @OpenToAll()
  @NotCached()
  async ready(@Res({ passthrough: true }) response: unknown): Promise<Readiness> {
    const readiness = await this.readiness.check();
    if (!readiness.ready) this.host.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return readiness;
  }
}
