import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { problem } from './problem.js';
import { problemOf } from './problem-of.js';
import { correlationOf } from '../../engine/correlation/request-correlation.js';
import { CORRELATION_HEADER } from '../../handlers/correlation-context.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/** Answers every error of our routes as `application/problem+json`. What is our fault goes to the log, never out. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new TaskerLogger('TaskerRest');

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, context: ArgumentsHost): void {
    const http = context.switchToHttp();
    const request = http.getRequest<{ readonly method: string; readonly url: string }>();
    const correlationId = correlationOf(request);
    const response = http.getResponse<unknown>();
    const { httpAdapter } = this.host;
    const found = problemOf(error);
    if (!found || found.status >= 500) this.report(request, error, correlationId);
    if (httpAdapter.isHeadersSent(response)) return;
    // A guard of the host's refuses before any interceptor could have set it.
    httpAdapter.setHeader(response, CORRELATION_HEADER, correlationId);
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    const body = found ?? problem(500, 'INTERNAL_ERROR', 'The request failed. The log of the application says why.');
    // As text: the adapter of Nest 11 takes an object for its own kind of error, and changes the type to plain JSON.
    httpAdapter.reply(response, JSON.stringify({ ...body, correlation_id: correlationId }), body.status);
  }

  private report(
    { method, url }: { readonly method: string; readonly url: string },
    error: unknown,
    correlationId: string,
  ): void {
    const path = url.split('?', 1)[0];
    this.logger.exception(`${method} ${path} failed: ${String(error)}`, error, { correlation_id: correlationId });
  }
}
