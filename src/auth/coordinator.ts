import { covers } from './permissions.js';
import { type Principal } from './principal.js';

/** Where something is to be done. */
export interface AuthorizationContext {
  /** Of the task concerned; undefined where several namespaces are concerned, or none. */
  readonly namespace?: string;
}

/**
 * Says who may do what. Asked once the caller is known, and beside, not instead of, the caller's `namespaces`: what is
 * outside of these is refused whatever a coordinator says.
 */
export interface AuthorizationCoordinator {
  /** True: allowed. Anything else is a refusal, an error too. */
  authorize(
    principal: Principal,
    resource: string,
    action: string,
    context: AuthorizationContext,
  ): Promise<boolean> | boolean;
}

/** Patterns of permissions by the name of a role. */
export type RoleMap = Readonly<Record<string, readonly string[]>>;

/** The shipped one: what the roles and the credential itself grant, and everything for the role of administrators. */
export class RoleCoordinator implements AuthorizationCoordinator {
  private readonly roles: ReadonlyMap<string, readonly string[]>;

  constructor(
    roles: RoleMap,
    private readonly adminRole: string | false,
  ) {
    this.roles = new Map(Object.entries(roles));
  }

  authorize(principal: Principal, resource: string, action: string): boolean {
    if (this.adminRole !== false && principal.roles.includes(this.adminRole)) return true;
    const granted = [...principal.permissions, ...principal.roles.flatMap((role) => this.roles.get(role) ?? [])];
    return granted.some((pattern) => covers(pattern, resource, action));
  }
}
