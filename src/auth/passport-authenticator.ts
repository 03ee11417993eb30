import { ConfigurationError } from '../core/errors.js';
import { AuthenticationError } from './auth-errors.js';
import { type Authenticator, type AuthRequest } from './authenticator.js';
import { type PrincipalInput } from './principal.js';

/** What is used of a Passport strategy; said here, so that nobody needs Passport who does not use it. */
export interface PassportStrategy {
  readonly name?: string;
  authenticate(request: never, options?: never): unknown;
}

/** Who a user of the application's own is to us. Null: nobody. */
export type UserMapping = (user: never) => PrincipalInput | null | Promise<PrincipalInput | null>;

export interface PassportOptions {
  /** As it would be given to `passport.use()`. It must need no session. */
  readonly strategy: PassportStrategy;
  /** Who the strategy's user is, with roles and namespaces. */
  readonly principal: UserMapping;
}

type Outcome = { readonly user: unknown } | 'unknown';

/** A Passport strategy. Where it finds no credential that it knows, the next authenticator is asked. */
export class PassportAuthenticator implements Authenticator {
  constructor(private readonly options: PassportOptions) {
    requireFunction(methodOf(options?.strategy), 'PassportAuthenticator', 'strategy', 'a Passport strategy');
    requireFunction(options?.principal, 'PassportAuthenticator', 'principal', 'a function');
  }

  async authenticate({ raw }: AuthRequest): Promise<PrincipalInput | null> {
    const outcome = await this.run(raw);
    return outcome === 'unknown' ? null : principalOf(outcome.user, this.options.principal);
  }

  /** As Passport itself does it: each request gets an object of its own, which only inherits from the strategy. */
  private run(raw: unknown): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const attempt = Object.assign(Object.create(this.options.strategy) as PassportStrategy, {
        success: (user: unknown) => resolve({ user }),
        fail: () => resolve('unknown'),
        pass: () => resolve('unknown'),
        // A page to log in at is nothing for a program.
        redirect: () => resolve('unknown'),
        error: (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
      });
      Promise.resolve(attempt.authenticate(raw as never, {} as never)).catch(reject);
    });
  }
}

/** Takes over the `request.user` that a global guard, or a middleware, of the application has filled. */
export class RequestUserAuthenticator implements Authenticator {
  constructor(private readonly options: { readonly principal: UserMapping }) {
    requireFunction(options?.principal, 'RequestUserAuthenticator', 'principal', 'a function');
  }

  async authenticate({ raw }: AuthRequest): Promise<PrincipalInput | null> {
    const { user } = (raw ?? {}) as { readonly user?: unknown };
    return user === undefined || user === null ? null : principalOf(user, this.options.principal);
  }
}

/** A user who is nobody to us has a credential that is no good here. */
async function principalOf(user: unknown, mapping: UserMapping): Promise<PrincipalInput> {
  const principal = user ? await mapping(user as never) : null;
  if (principal) return principal;
  throw new AuthenticationError('INVALID_CREDENTIALS');
}

function methodOf(strategy: unknown): unknown {
  return (strategy as { readonly authenticate?: unknown } | null | undefined)?.authenticate;
}

function requireFunction(value: unknown, owner: string, option: string, expected: string): void {
  if (typeof value === 'function') return;
  throw new ConfigurationError(`${owner}'s option "${option}" must be ${expected}.`, {
    code: 'INVALID_OPTION',
    details: { option },
  });
}
