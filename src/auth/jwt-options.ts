import { ConfigurationError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { type JSONWebKeySet, type JWTPayload } from 'jose';
import { type PrincipalInput } from './principal.js';

export type JwtAlgorithm = (typeof ALGORITHMS)[number];

/** Which tokens are accepted. Exactly one of `secret`, `publicKey`, `jwks` and `jwksUrl` is given. */
export interface JwtOptions {
  /** Shared with who signs (HS algorithms), at least as long as the hash: 32, 48 or 64 bytes. */
  readonly secret?: string | Uint8Array;
  /** In PEM (RS and ES algorithms). */
  readonly publicKey?: string;
  /** The keys themselves. */
  readonly jwks?: JSONWebKeySet;
  /** Where the keys are. HTTPS, or a loopback address. Fetched when first needed, then at most every 30 seconds. */
  readonly jwksUrl?: string;
  /** Nothing but these is accepted, whatever a token says. @default HS256 with a secret, else RS256 and ES256 */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** The only issuer; required unless there is a secret. Tokens of others are left to the next authenticator. */
  readonly issuer?: string;
  /** Whom tokens must be meant for; required unless there is a secret. */
  readonly audience?: string | readonly string[];
  /** How far clocks may differ, up to 300. @default 5 */
  readonly clockSkewSeconds?: number;
  /** Tokens issued longer ago are refused even when they have not expired. */
  readonly maxAgeSeconds?: number;
  /**
   * Who a token stands for. @default subject `sub`, roles `roles`, permissions `scope` (words parted by spaces) or `scp`,
   * namespaces `namespaces` (a list; without that claim all)
   */
  readonly principal?: (claims: JWTPayload) => PrincipalInput | Promise<PrincipalInput>;
}

/** All that are accepted. `none` is not among them. */
export const ALGORITHMS = [
  ...(['HS256', 'HS384', 'HS512'] as const),
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
];

const SOURCES = ['secret', 'publicKey', 'jwks', 'jwksUrl'] as const;
const KEYS: readonly string[] = [
  ...SOURCES,
  ...['algorithms', 'issuer', 'audience', 'clockSkewSeconds', 'maxAgeSeconds', 'principal'],
];

/** @throws ConfigurationError with one message that names the key */
export function checkJwtOptions(options: JwtOptions): readonly JwtAlgorithm[] {
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object');
  for (const key of Object.keys(options)) {
    if (!KEYS.includes(key)) throw wrong(key, `left out: there is no such option.${didYouMean(key, KEYS)}`);
  }
  const given = SOURCES.filter((key) => options[key] !== undefined);
  if (given.length !== 1) {
    throw wrong(given[1] ?? 'secret', 'the only key: give one of secret, publicKey, jwks and jwksUrl');
  }
  const { secret, jwksUrl, issuer, audience, clockSkewSeconds = 5, maxAgeSeconds, principal } = options;
  const algorithms = checkAlgorithms(options);
  if (secret !== undefined) checkSecret(secret, algorithms);
  if (jwksUrl !== undefined && !isSafeUrl(jwksUrl)) throw wrong('jwksUrl', 'an https address, or one of this machine');
  if (issuer === undefined ? secret === undefined : !isText(issuer))
    throw wrong('issuer', 'text: who signs the tokens');
  if (audience === undefined ? secret === undefined : !isAudience(audience)) {
    throw wrong('audience', 'text, or a list of texts: whom the tokens are meant for');
  }
  if (!(clockSkewSeconds >= 0 && clockSkewSeconds <= 300)) throw wrong('clockSkewSeconds', 'a number from 0 to 300');
  if (maxAgeSeconds !== undefined && !(maxAgeSeconds > 0)) throw wrong('maxAgeSeconds', 'a number above 0');
  if (principal !== undefined && typeof principal !== 'function') throw wrong('principal', 'a function');
  return algorithms;
}

/** A public key is public: were it accepted as a secret, everybody could sign. So each kind of key has its algorithms. */
function checkAlgorithms({ secret, algorithms }: JwtOptions): readonly JwtAlgorithm[] {
  const fitting = ALGORITHMS.filter((name) => name.startsWith('HS') === (secret !== undefined));
  if (algorithms === undefined) return secret === undefined ? ['RS256', 'ES256'] : ['HS256'];
  const isList = Array.isArray as (value: unknown) => value is readonly JwtAlgorithm[];
  if (isList(algorithms) && algorithms.length > 0 && algorithms.every((name) => fitting.includes(name))) {
    return algorithms;
  }
  throw wrong('algorithms', `a list of ${fitting.join(', ')}, which are those of this kind of key`);
}

function checkSecret(secret: string | Uint8Array, algorithms: readonly JwtAlgorithm[]): void {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) throw wrong('secret', 'text or bytes');
  if (typeof secret === 'string' && secret.includes('-----BEGIN')) {
    throw wrong('secret', 'a secret; this is a key in PEM, which belongs into publicKey');
  }
  const wanted = Math.max(...algorithms.map((name) => Number(name.slice(2)) / 8));
  if (Buffer.byteLength(secret) < wanted) throw wrong('secret', `at least ${wanted} bytes long`);
}

function isSafeUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isAudience(value: unknown): boolean {
  return isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
}

/** The value is left out of the message: it may be a secret. */
function wrong(option: string, expected: string): ConfigurationError {
  return new ConfigurationError(`JwtAuthenticator's option "${option}" must be ${expected}.`, {
    code: 'INVALID_OPTION',
    details: { option },
  });
}
