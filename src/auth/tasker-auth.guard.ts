import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { Access } from './access.js';
import { AuthenticationError, AuthorizationError } from './auth-errors.js';
import { authRequestOf } from './authenticator.js';
import { toPrincipal } from './principal.js';
import { keepAccess, requestOf } from './request-access.js';
import { OPEN, REQUIREMENT, type Requirement, type RouteScope } from './requires.decorator.js';
import { TaskerAuth } from './tasker-auth.js';

/** Of a request that nobody was asked about: what wants to know its access sees nothing. */
const NOTHING = new Access(toPrincipal({ subject: 'anybody', namespaces: [] }));

/** Stands before every route of ours and lets through what its `@Requires` allows, and nothing else. */
@Injectable()
export class TaskerAuthGuard implements CanActivate {
  constructor(
    private readonly auth: TaskerAuth,
    private readonly reflector: Reflector,
    private readonly host: HttpAdapterHost,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = requestOf(context);
    try {
      keepAccess(request, await this.accessOf(context, request));
      return true;
    } catch (error) {
      this.challenge(context, error);
      throw error;
    }
  }

  private async accessOf(context: ExecutionContext, request: object): Promise<Access> {
    if (!this.auth.isOn) return Access.EVERYTHING;
    const requirement = this.reflector.getAllAndOverride<Requirement | typeof OPEN | undefined>(REQUIREMENT, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (requirement === OPEN) return NOTHING;
    const principal = await this.auth.authenticate(authRequestOf(request));
    if (requirement === undefined) throw new AuthorizationError('FORBIDDEN', 'Nothing says who may use this route.');
    // First whether at all: who may not read tasks is not told which there are.
    const access = await this.auth.authorize(principal, requirement.resource, requirement.action);
    const { params = {} } = request as { readonly params?: Readonly<Record<string, unknown>> };
    await demandScope(access, requirement.scope, params);
    return access;
  }

  private challenge(context: ExecutionContext, error: unknown): void {
    if (context.getType<string>() !== 'http') return;
    if (!(error instanceof AuthenticationError || error instanceof AuthorizationError)) return;
    this.host.httpAdapter.setHeader(context.switchToHttp().getResponse(), 'WWW-Authenticate', error.challenge);
  }
}

async function demandScope(
  access: Access,
  scope: RouteScope,
  params: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (scope === 'filtered' || scope === 'none') return;
  if (scope === 'all') {
    if (access.namespaces === null) return;
    throw new AuthorizationError('NAMESPACE_FORBIDDEN', 'The credentials are not for all namespaces.');
  }
  if ('task' in scope) return access.demandTask(params[scope.task]);
  return access.demand(String(params[scope.namespace]));
}
