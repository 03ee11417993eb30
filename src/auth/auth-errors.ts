import { TaskerError } from '../core/errors.js';

/** Why somebody could not be let in. More than this is never told: it would help those who guess. */
export type AuthenticationCode = 'AUTHENTICATION_REQUIRED' | 'INVALID_CREDENTIALS' | 'EXPIRED_CREDENTIALS';

const MESSAGES: Readonly<Record<AuthenticationCode, string>> = {
  AUTHENTICATION_REQUIRED: 'The request needs credentials.',
  INVALID_CREDENTIALS: 'The credentials are not valid.',
  EXPIRED_CREDENTIALS: 'The credentials have expired.',
};

/** Nobody known makes this request. HTTP says 401. The `cause` is for logs and never for the caller. */
export class AuthenticationError extends TaskerError {
  constructor(
    override readonly code: AuthenticationCode,
    cause?: unknown,
  ) {
    super(code, MESSAGES[code], { cause });
  }

  /** The header `WWW-Authenticate` of RFC 6750. Nothing of the request is in it. */
  get challenge(): string {
    if (this.code === 'AUTHENTICATION_REQUIRED') return CHALLENGE;
    return `${CHALLENGE}, error="invalid_token", error_description="${this.message}"`;
  }
}

/** The caller is known and may not do this. HTTP says 403. */
export class AuthorizationError extends TaskerError {
  constructor(
    override readonly code: 'FORBIDDEN' | 'NAMESPACE_FORBIDDEN',
    message: string,
    readonly permission?: string,
  ) {
    super(code, message);
  }

  get challenge(): string {
    const scope = this.permission === undefined ? '' : `, scope="${this.permission}"`;
    return `${CHALLENGE}, error="insufficient_scope"${scope}`;
  }
}

/** Who it is cannot be found out at the moment, e.g. because the keys cannot be fetched. HTTP says 503. */
export class AuthenticationUnavailableError extends TaskerError {
  constructor(cause: unknown) {
    super('AUTHENTICATION_UNAVAILABLE', 'Credentials cannot be checked at the moment. Try again later.', { cause });
  }
}

const CHALLENGE = 'Bearer realm="tasker"';
