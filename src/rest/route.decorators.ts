import { applyDecorators, Controller, UseFilters, UseGuards, UseInterceptors, VERSION_NEUTRAL } from '@nestjs/common';
import { TaskerAuthGuard } from '../auth/tasker-auth.guard.js';
import { CorrelationInterceptor } from '../engine/correlation/correlation.interceptor.js';
import { ConditionalInterceptor } from './conditional.interceptor.js';
import { ProblemFilter } from './problems/problem.filter.js';

/**
 * What all controllers of this interface are: free of the host's versioning, with errors as problems, each request under a
 * correlation id, and reads that a client has already are not sent again.
 */
export function RestController(path: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseFilters(ProblemFilter),
    UseGuards(TaskerAuthGuard),
    UseInterceptors(CorrelationInterceptor, ConditionalInterceptor),
  );
}
