import { type PrincipalInput } from './principal.js';

/**
 * A request as authenticators see it, whatever brought it: an HTTP request, or the connection parameters of a
 * subscription.
 */
export interface AuthRequest {
  /** The value of a header, whatever its case; undefined when there is none. */
  header(name: string): string | undefined;
  /** The request of the platform, or what else there is. */
  readonly raw: unknown;
}

/**
 * Tells who makes a request. Asked for every request, by any number of them at once: an instance keeps nothing of a
 * request.
 *
 * @example
 * class DoorCode implements Authenticator {
 *   authenticate(request: AuthRequest) {
 *     const code = request.header('x-door-code');
 *     if (code === undefined) return null;
 *     if (!isRight(code)) throw new AuthenticationError('INVALID_CREDENTIALS');
 *     return { subject: 'door', roles: ['viewer'] };
 *   }
 * }
 */
export interface Authenticator {
  /**
   * Null when the request brings no credential of this kind: the next authenticator is asked. A credential that is of this
   * kind and no good is an {@link AuthenticationError}, and nobody else is asked.
   */
  authenticate(request: AuthRequest): Promise<PrincipalInput | null> | PrincipalInput | null;
}

/** Longer credentials are refused unread: no real one is, and hashing or parsing them would cost. */
export const MAX_CREDENTIAL_LENGTH = 8_192;

/** What stands behind `Authorization: Bearer`; undefined when the header is missing, too long or of another kind. */
export function bearerToken(request: AuthRequest): string | undefined {
  const header = request.header('authorization');
  if (header === undefined || header.length > MAX_CREDENTIAL_LENGTH) return undefined;
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
}

/** Reads the headers of a Node request, or of anything that has `headers` with names in lower case. */
export function authRequestOf(raw: unknown): AuthRequest {
  const { headers = {} } = (raw ?? {}) as { headers?: Readonly<Record<string, unknown>> };
  return {
    raw,
    header: (name) => {
      const key = name.toLowerCase();
      const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
      // Sent twice: joined, so that it is no credential any more, rather than one of the two at our choice.
      if (Array.isArray(value)) return value.join(', ');
      return typeof value === 'string' ? value : undefined;
    },
  };
}
