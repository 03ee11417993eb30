import { createPublicKey } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { ConfigurationError } from '../core/errors.js';
import { AuthenticationError, AuthenticationUnavailableError } from './auth-errors.js';
import { type Authenticator, type AuthRequest, bearerToken } from './authenticator.js';
import { checkJwtOptions, type JwtAlgorithm, type JwtOptions } from './jwt-options.js';
import { type PrincipalInput } from './principal.js';

/** Three parts of base64url. The last is empty in a token that nobody has signed. */
const JWT = /^[\w-]+\.[\w-]*\.[\w-]*$/;
const FETCH_TIMEOUT_MS = 5_000;
/** Tokens with key ids of somebody's invention make us fetch the keys this often at the most. */
const REFETCH_AFTER_MS = 30_000;

/**
 * Signed JSON web tokens in `Authorization: Bearer`. Which algorithms and keys are good is said here; what a token says of
 * that only selects among them. A token needs an expiry.
 */
export class JwtAuthenticator implements Authenticator {
  private readonly algorithms: readonly JwtAlgorithm[];
  private readonly key: JWTVerifyGetKey;

  /** @throws ConfigurationError with one message that names the key */
  constructor(private readonly options: JwtOptions) {
    this.algorithms = checkJwtOptions(options);
    this.key = keyOf(options);
  }

  async authenticate(request: AuthRequest): Promise<PrincipalInput | null> {
    const token = bearerToken(request);
    if (token === undefined || !JWT.test(token) || this.isOfAnother(token)) return null;
    const claims = await this.verify(token);
    const found = await (this.options.principal ?? principalOf)(claims);
    const { clockSkewSeconds = 5 } = this.options;
    return { expiresAt: new Date((claims.exp! + clockSkewSeconds) * 1000), ...found };
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { issuer, audience, clockSkewSeconds = 5, maxAgeSeconds } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [...this.algorithms],
        issuer,
        audience: audience as string | string[] | undefined,
        clockTolerance: clockSkewSeconds,
        maxTokenAge: maxAgeSeconds,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new AuthenticationError('EXPIRED_CREDENTIALS', error);
      if (isOurTrouble(error)) throw new AuthenticationUnavailableError(error);
      throw new AuthenticationError('INVALID_CREDENTIALS', error);
    }
  }

  /** Several may stand side by side, one for each issuer. */
  private isOfAnother(token: string): boolean {
    if (this.options.issuer === undefined) return false;
    try {
      return decodeJwt(token).iss !== this.options.issuer;
    } catch {
      return false;
    }
  }
}

function keyOf({ secret, publicKey, jwks, jwksUrl }: JwtOptions): JWTVerifyGetKey {
  if (jwksUrl !== undefined) {
    return createRemoteJWKSet(new URL(jwksUrl), {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: REFETCH_AFTER_MS,
    });
  }
  if (jwks !== undefined) return createLocalJWKSet(jwks);
  const key = secret === undefined ? readPublicKey(publicKey!) : new Uint8Array(Buffer.from(secret as string));
  return async () => key;
}

function readPublicKey(pem: string): ReturnType<typeof createPublicKey> {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new ConfigurationError(`JwtAuthenticator's option "publicKey" must be a public key in PEM.`, {
      code: 'INVALID_OPTION',
      details: { option: 'publicKey' },
      cause: error,
    });
  }
}

/** The keys could not be fetched: no fault of the token's, which may be good. */
function isOurTrouble(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error.code === 'ERR_JOSE_GENERIC' || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  );
}

function principalOf(claims: JWTPayload): PrincipalInput {
  const { sub, roles, scope, scp, namespaces } = claims;
  if (typeof sub !== 'string' || sub === '') throw new AuthenticationError('INVALID_CREDENTIALS', 'no subject');
  // A claim of a strange kind must not turn into "all namespaces".
  if (namespaces !== undefined && !isTexts(namespaces)) {
    throw new AuthenticationError('INVALID_CREDENTIALS', 'namespaces is no list');
  }
  return {
    subject: sub,
    roles: words(roles),
    permissions: words(scope ?? scp),
    namespaces: namespaces ?? null,
    claims,
  };
}

function words(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((word) => word !== '');
  return isTexts(claim) ? claim : [];
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
