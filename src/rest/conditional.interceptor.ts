import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, HttpStatus, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map, type Observable } from 'rxjs';

interface Request {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * Gives every answer to a GET its ETag, and 304 without a body to whoever has that answer already (`If-None-Match`). The
 * tag is made of the body, so it is right whatever the body is made of.
 */
@Injectable()
export class ConditionalInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (request.method !== 'GET' && request.method !== 'HEAD') return next.handle();
    return next.handle().pipe(map((body: unknown) => this.answer(body, request, http.getResponse())));
  }

  private answer(body: unknown, { headers }: Request, response: unknown): unknown {
    const { httpAdapter } = this.host;
    // Streams have written their answer themselves.
    if (body === undefined || httpAdapter.isHeadersSent(response)) return body;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const tag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
    httpAdapter.setHeader(response, 'ETag', tag);
    // Answers may differ by who asks, and change at any time: keep them, but ask before each use.
    httpAdapter.setHeader(response, 'Cache-Control', 'private, no-cache');
    if (!matches(headers['if-none-match'], tag)) return body;
    httpAdapter.status(response, HttpStatus.NOT_MODIFIED);
    return undefined;
  }
}

/** Compared weakly, as RFC 9110 has it for `If-None-Match`. */
function matches(header: string | readonly string[] | undefined, tag: string): boolean {
  if (typeof header !== 'string') return false;
  const bare = (one: string): string => one.trim().replace(/^W\//, '');
  return header.split(',').some((one) => one.trim() === '*' || bare(one) === bare(tag));
}
