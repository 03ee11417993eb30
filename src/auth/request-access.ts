import { type ExecutionContext } from '@nestjs/common';
import { type Access } from './access.js';
import { AuthorizationError } from './auth-errors.js';

/** By request, so that two never share one, and nothing is left once a request is over. */
const known = new WeakMap<object, Access>();

/** The request that a route, resolver or subscription answers. GraphQL keeps it in its context. */
export function requestOf(context: ExecutionContext): object {
  if (context.getType<string>() !== 'graphql') return context.switchToHttp().getRequest<object>();
  const { req } = context.getArgByIndex<{ req?: object }>(2);
  return req ?? context.getArgByIndex<object>(2);
}

export function keepAccess(request: object, access: Access): void {
  known.set(request, access);
}

/** @throws AuthorizationError when no guard of ours has seen the request */
export function accessOf(context: ExecutionContext): Access {
  const access = known.get(requestOf(context));
  if (!access) throw new AuthorizationError('FORBIDDEN', 'Nothing has checked this request.');
  return access;
}
