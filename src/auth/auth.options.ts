import { type Type } from '@nestjs/common';
import { type Authenticator } from './authenticator.js';
import { type AuthorizationCoordinator, type RoleMap } from './coordinator.js';

/** Who may use the interfaces. Once given, everything that is not allowed is refused. */
export interface AuthOptions {
  /**
   * Asked in this order; the first that knows the kind of the credential decides. Objects, or classes: these are taken from
   * the application, or made with what they inject.
   */
  readonly authenticators: readonly (Authenticator | Type<Authenticator>)[];
  /** Patterns of permissions by role, e.g. `{ operator: ['task.*', 'workflow_step.*'], viewer: ['*.index', '*.show'] }`. */
  readonly roles?: RoleMap;
  /** The role that may do everything; false: there is none. @default 'admin' */
  readonly adminRole?: string | false;
  /** Decides in the place of `roles` and `adminRole`. An object, or a class as above. */
  readonly coordinator?: AuthorizationCoordinator | Type<AuthorizationCoordinator>;
}

/** What `TaskerAuth` is told, checked. */
export interface AuthSettings {
  /** Null: off; every request is let through. */
  readonly auth: AuthOptions | null;
  /** Off because nobody said anything of it, which is worth a warning where it matters. */
  readonly isUndecided: boolean;
}

export const AUTH_SETTINGS = Symbol('TASKER_AUTH_SETTINGS');
/** Whether any route of ours is mounted. */
export const ROUTES_MOUNTED = Symbol('TASKER_ROUTES_MOUNTED');
