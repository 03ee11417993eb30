import { TaskerError } from '../core/errors.js';

/** What an authenticator says of the caller; what is left out is nothing, but for the namespaces. */
export interface PrincipalInput {
  /** Who it is: the id of a user, the name of a token. Kept in logs. */
  readonly subject: string;
  /** Names that the option `auth.roles` gives permissions to. */
  readonly roles?: readonly string[];
  /** Patterns of permissions that the credential itself grants, e.g. `task.*`. Those that fit nothing grant nothing. */
  readonly permissions?: readonly string[];
  /** The only namespaces it sees and touches; an empty list is none at all. @default all */
  readonly namespaces?: readonly string[] | null;
  /** When the credential ends, so that what goes on for long (a stream) can end with it. @default never */
  readonly expiresAt?: Date | null;
  /** What else is known of it, for coordinators of the application's own. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Whoever makes a request, once known. Made anew for each request and never shared between two. */
export type Principal = Readonly<Required<PrincipalInput>>;

/**
 * Completes what an authenticator has said, and refuses what could be misread: a list that is none must not become "all
 * namespaces".
 * @throws TaskerError `INVALID_PRINCIPAL`
 */
export function toPrincipal(input: PrincipalInput): Principal {
  const { subject, roles = [], permissions = [], namespaces = null, expiresAt = null, claims = {} } = input;
  if (typeof subject !== 'string' || subject === '') throw bad('subject', 'text');
  if (!isTexts(roles)) throw bad('roles', 'a list of texts');
  if (!isTexts(permissions)) throw bad('permissions', 'a list of texts');
  if (namespaces !== null && !isTexts(namespaces)) throw bad('namespaces', 'a list of texts, or null for all');
  return Object.freeze({
    subject,
    roles: Object.freeze([...roles]),
    permissions: Object.freeze([...permissions]),
    namespaces: namespaces && Object.freeze([...namespaces]),
    expiresAt,
    claims,
  });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function bad(field: string, expected: string): TaskerError {
  return new TaskerError('INVALID_PRINCIPAL', `An authenticator gave a principal whose "${field}" is not ${expected}.`);
}
