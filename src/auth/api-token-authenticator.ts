import { Injectable } from '@nestjs/common';
import { ApiTokens } from './api-tokens.js';
import { AuthenticationError } from './auth-errors.js';
import { type Authenticator, type AuthRequest, bearerToken, MAX_CREDENTIAL_LENGTH } from './authenticator.js';
import { type PrincipalInput } from './principal.js';
import { looksLikeToken } from './token-format.js';

/** Tokens that `tasker token create` makes, in `Authorization: Bearer` or in `X-API-Token`. */
@Injectable()
export class ApiTokenAuthenticator implements Authenticator {
  constructor(private readonly tokens: ApiTokens) {}

  async authenticate(request: AuthRequest): Promise<PrincipalInput | null> {
    const header = request.header('x-api-token');
    const token = header ?? bearerToken(request);
    // In the header of their own nothing else can be meant.
    if (token === undefined || (header === undefined && !looksLikeToken(token))) return null;
    if (token.length > MAX_CREDENTIAL_LENGTH) throw new AuthenticationError('INVALID_CREDENTIALS');
    const { name, scopes, namespaces, expiresAt } = await this.tokens.verify(token);
    return { subject: `token:${name}`, permissions: scopes, namespaces, expiresAt };
  }
}
