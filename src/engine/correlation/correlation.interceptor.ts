import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Observable } from 'rxjs';
import { CORRELATION_HEADER, runWithCorrelationId } from '../../handlers/correlation-context.js';
import { correlationOf } from './request-correlation.js';

/**
 * Lets a route of ours run under the correlation id of its request, and tells the caller which that is. An interceptor
 * and no middleware: between a middleware and the route, reading the body may lose what goes on in whose name.
 */
@Injectable()
export class CorrelationInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const id = correlationOf(http.getRequest<object>());
    this.host.httpAdapter.setHeader(http.getResponse<unknown>(), CORRELATION_HEADER, id);
    return new Observable((subscriber) => runWithCorrelationId(id, () => next.handle().subscribe(subscriber)));
  }
}
