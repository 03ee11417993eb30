import { HttpException, Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConfigurationError } from '../core/errors.js';
import { TaskerLogger } from '../logging/tasker-logger.js';
import { TaskerDatabase } from '../persistence/database.js';
import { namespaceOfTask } from '../persistence/task-namespaces.js';
import { Access } from './access.js';
import { AuthenticationError, AuthorizationError } from './auth-errors.js';
import { AUTH_SETTINGS, type AuthSettings, ROUTES_MOUNTED } from './auth.options.js';
import { type Authenticator, type AuthRequest } from './authenticator.js';
import { type AuthorizationContext, type AuthorizationCoordinator, RoleCoordinator } from './coordinator.js';
import { isPermission } from './permissions.js';
import { type Principal, type PrincipalInput, toPrincipal } from './principal.js';

/**
 * Who makes a request, and whether they may. Knows no protocol, so that all interfaces ask here. Nothing of one request is
 * kept for another.
 */
@Injectable()
export class TaskerAuth implements OnModuleInit {
  private readonly logger = new TaskerLogger('TaskerAuth');
  private authenticators: readonly Authenticator[] = [];
  private coordinator: AuthorizationCoordinator | undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly database: TaskerDatabase,
    @Inject(AUTH_SETTINGS) private readonly settings: AuthSettings,
    @Inject(ROUTES_MOUNTED) private readonly routesMounted: boolean,
  ) {}

  async onModuleInit(): Promise<void> {
    const { auth, isUndecided } = this.settings;
    if (!auth) {
      if (isUndecided && this.routesMounted && process.env.NODE_ENV === 'production') this.logger.warn(OPEN);
      return;
    }
    this.authenticators = await Promise.all(
      auth.authenticators.map(async (given, index) => {
        const made = await this.make(given);
        if (typeof made.authenticate === 'function') return made;
        throw lacking(`auth.authenticators[${index}]`, 'authenticate');
      }),
    );
    this.coordinator = auth.coordinator
      ? await this.make(auth.coordinator)
      : new RoleCoordinator(auth.roles ?? {}, auth.adminRole ?? 'admin');
    if (typeof this.coordinator.authorize !== 'function') throw lacking('auth.coordinator', 'authorize');
  }

  /** False: every request is let through. */
  get isOn(): boolean {
    return this.settings.auth !== null;
  }

  /** Finds out who makes a request. @throws AuthenticationError, AuthenticationUnavailableError */
  async authenticate(request: AuthRequest): Promise<Principal> {
    for (const authenticator of this.authenticators) {
      const found = await ask(authenticator, request);
      if (found) return current(toPrincipal(found));
    }
    const brought = request.header('authorization') ?? request.header('x-api-token');
    throw new AuthenticationError(brought === undefined ? 'AUTHENTICATION_REQUIRED' : 'INVALID_CREDENTIALS');
  }

  /**
   * Asks whether a caller may do something at all, and gives what then answers for single namespaces and tasks.
   * @throws AuthorizationError when not
   */
  async authorize(principal: Principal, resource: string, action: string): Promise<Access> {
    const permission = `${resource}.${action}`;
    const decide = async (context: AuthorizationContext): Promise<void> => {
      if ((await this.coordinator?.authorize(principal, resource, action, context)) !== true)
        throw forbidden(permission);
    };
    // Asked of a coordinator that allows everything, a slip of the pen would be an open door.
    if (!isPermission(resource, action)) throw forbidden(permission);
    await decide({});
    return new Access(principal, {
      decide: (namespace) => decide({ namespace }),
      namespaceOf: (taskId) => namespaceOfTask(this.database, taskId),
      perNamespace: this.settings.auth?.coordinator !== undefined,
    });
  }

  private async make<T extends object>(given: T | Type<T>): Promise<T> {
    if (typeof given !== 'function') return given;
    try {
      return this.modules.get<T>(given, { strict: false });
    } catch {
      return this.modules.create<T>(given);
    }
  }
}

async function ask(authenticator: Authenticator, request: AuthRequest): Promise<PrincipalInput | null> {
  try {
    return await authenticator.authenticate(request);
  } catch (error) {
    // Nest's own way of saying the same.
    if (error instanceof HttpException && error.getStatus() === 401) {
      throw new AuthenticationError('INVALID_CREDENTIALS', error);
    }
    throw error;
  }
}

/** Whoever checked it, a credential that has ended is none. */
function current(principal: Principal): Principal {
  if (principal.expiresAt && principal.expiresAt.getTime() <= Date.now()) {
    throw new AuthenticationError('EXPIRED_CREDENTIALS');
  }
  return principal;
}

function forbidden(permission: string): AuthorizationError {
  return new AuthorizationError('FORBIDDEN', `The credentials do not allow ${permission}.`, permission);
}

function lacking(option: string, method: string): ConfigurationError {
  return new ConfigurationError(`TaskerModule's option "${option}" must have a method ${method}().`, {
    code: 'INVALID_OPTION',
    details: { option },
  });
}

const OPEN =
  'THE ROUTES OF TASKER ARE OPEN: whoever reaches them can create tasks and read what is in them. ' +
  'Set the option auth (see docs/auth.md); auth: false says that something else guards them, rest: false mounts none.';
