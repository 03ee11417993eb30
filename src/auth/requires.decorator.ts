import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { type Access } from './access.js';
import { accessOf } from './request-access.js';
import { type Action, type Resource } from './permissions.js';

/**
 * Which namespaces a route concerns, for callers that may not see all:
 * - `{ task: 'id' }`: that of the task whose id is the parameter `id`. Tasks of other namespaces are not there: 404.
 * - `{ namespace: 'name' }`: the one that the parameter `name` names. Others are 403.
 * - `'filtered'`: the route shows and changes only what its {@link CurrentAccess} allows.
 * - `'none'`: nothing in it belongs to a namespace.
 * - `'all'`: everything, and so it is refused to them.
 */
export type RouteScope = { readonly task: string } | { readonly namespace: string } | 'filtered' | 'none' | 'all';

export interface Requirement {
  readonly resource: Resource;
  readonly action: Action;
  readonly scope: RouteScope;
}

/** The requirement of a route or resolver, or `OPEN`. */
export const REQUIREMENT = 'tasker:requirement';
export const OPEN = 'open';

/** What a caller must be allowed to use this route. A route of ours without this, or {@link OpenToAll}, is refused. */
export function Requires<R extends Resource>(
  resource: R,
  action: Action<R>,
  scope: RouteScope = 'all',
): MethodDecorator & ClassDecorator {
  return SetMetadata(REQUIREMENT, { resource, action, scope } satisfies Requirement);
}

/** Never asks who it is: for the probes of an orchestrator. */
export const OpenToAll = (): MethodDecorator & ClassDecorator => SetMetadata(REQUIREMENT, OPEN);

/** A parameter of a route: the {@link Access} of its request. */
export const CurrentAccess = createParamDecorator((_: unknown, context: ExecutionContext): Access => accessOf(context));
