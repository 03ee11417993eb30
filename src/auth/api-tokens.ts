import { Injectable } from '@nestjs/common';
import { type FieldError, NotFoundError, TaskerError, ValidationError } from '../core/errors.js';
import { type ApiTokenRecord, ApiTokenStore, type FoundToken } from '../persistence/api-token-store.js';
import { TaskerLogger } from '../logging/tasker-logger.js';
import { AuthenticationError } from './auth-errors.js';
import { faultOfPattern } from './permissions.js';
import { matchesHash, newToken, prefixOf } from './token-format.js';

export interface ApiTokenRequest {
  /** What it is for; unique among those that are not revoked. */
  readonly name: string;
  /** Patterns of what it may do, e.g. `task.*`; at least one. */
  readonly scopes: readonly string[];
  /** The only namespaces it sees and touches. @default all */
  readonly namespaces?: readonly string[];
  /** Null: it is good until it is revoked. @default 90 days */
  readonly expiresInSeconds?: number | null;
  /** Who makes it; kept. */
  readonly createdBy?: string;
}

export const DEFAULT_TOKEN_SECONDS = 90 * 86_400;
const MAX_TOKEN_SECONDS = 10 * 366 * 86_400;
/** Against this a token that does not exist is compared, so that it takes as long as one that does. */
const NO_HASH = '0'.repeat(64);

/** Makes, lists and revokes the tokens that programs use the interfaces with. */
@Injectable()
export class ApiTokens {
  private readonly logger = new TaskerLogger('TaskerAuth');

  constructor(private readonly store: ApiTokenStore) {}

  /**
   * Makes one. `token` is told here and never again.
   * @throws ValidationError naming each field; TaskerError `TOKEN_EXISTS` when the name is taken
   */
  async create(request: ApiTokenRequest): Promise<{ readonly token: string; readonly record: ApiTokenRecord }> {
    check(request);
    const { name, scopes, namespaces = null, expiresInSeconds = DEFAULT_TOKEN_SECONDS, createdBy = null } = request;
    const { token, prefix, hash } = newToken();
    const record = await this.store.insert({
      ...{ name, prefix, tokenHash: hash, scopes: [...new Set(scopes)] },
      ...{ namespaces: namespaces && [...new Set(namespaces)], createdBy, expiresInSeconds },
    });
    if (record) return { token, record };
    throw new TaskerError('TOKEN_EXISTS', `There is a token "${name}" already.`, {
      hint: 'Revoke it first, or take another name.',
      details: { name },
    });
  }

  /** All there ever were, the newest first. */
  async list(): Promise<readonly ApiTokenRecord[]> {
    return this.store.list();
  }

  /** From the next request on it is no good. @throws NotFoundError `TOKEN_NOT_FOUND` */
  async revoke(nameOrPrefix: string, by?: string): Promise<ApiTokenRecord> {
    const record = await this.store.revoke(nameOrPrefix, by ?? null);
    if (record) return record;
    throw new NotFoundError('TOKEN_NOT_FOUND', `There is no token "${nameOrPrefix}" that could be revoked.`);
  }

  /** Whose token this is. @throws AuthenticationError when it is nobody's, revoked or expired */
  async verify(token: string): Promise<ApiTokenRecord> {
    const prefix = prefixOf(token);
    const found = prefix === undefined ? undefined : await this.store.find(prefix);
    if (!matchesHash(token, found?.tokenHash ?? NO_HASH) || !found || found.revokedAt) {
      throw new AuthenticationError('INVALID_CREDENTIALS');
    }
    if (found.isExpired) throw new AuthenticationError('EXPIRED_CREDENTIALS');
    await this.touch(found);
    return found;
  }

  /** That a use cannot be noted, e.g. on a standby, is no reason to refuse it. */
  private async touch({ tokenId, name }: FoundToken): Promise<void> {
    await this.store.touch(tokenId).catch((error: unknown) => {
      this.logger.warn(`Could not note that the token "${name}" was used: ${String(error)}`);
    });
  }
}

function check({ name, scopes, namespaces, expiresInSeconds, createdBy }: ApiTokenRequest): void {
  const errors: FieldError[] = [];
  const refuse = (path: string, message: string): unknown => errors.push({ path, code: 'invalid', message });
  if (!isName(name)) refuse('name', 'must be text of 1 to 128 characters');
  if (!Array.isArray(scopes) || scopes.length === 0) refuse('scopes', 'must name what the token may do');
  else {
    scopes.forEach((scope, index) => {
      const fault = faultOfPattern(scope);
      if (fault !== undefined) refuse(`scopes[${index}]`, `"${String(scope).slice(0, 80)}" ${fault}`);
    });
  }
  if (namespaces !== undefined && !(Array.isArray(namespaces) && namespaces.length > 0 && namespaces.every(isName))) {
    refuse('namespaces', 'must be a list of at least one namespace, or left out for all');
  }
  const lasts = expiresInSeconds ?? DEFAULT_TOKEN_SECONDS;
  if (!(lasts > 0 && lasts <= MAX_TOKEN_SECONDS)) refuse('expiresInSeconds', 'must be above 0 and at most ten years');
  if (createdBy !== undefined && !isName(createdBy)) refuse('createdBy', 'must be text of 1 to 128 characters');
  if (errors.length === 0) return;
  const listed = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ValidationError(`The token is not valid: ${listed}`, errors);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}]{1,128}$/u.test(value) && value.isWellFormed();
}
