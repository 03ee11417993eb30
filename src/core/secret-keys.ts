/**
 * Tells names of secrets from other names. A name is compared in one spelling: `apiKey`, `Api-Key` and `api_key` are
 * the same word. Text patterns fit anywhere in that spelling; regular expressions see it, and the name as written.
 */
export type KeyPattern = string | RegExp;

/** Names whose values are masked wherever a payload leaves the process. */
export const DEFAULT_SECRET_KEYS: readonly KeyPattern[] = [
  'passw',
  'passphrase',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'certificate',
  'private',
  'session_id',
  'api_key',
  'apikey',
  'card_number',
  'cardnumber',
  'account_number',
  // Short words only where they stand alone: "otp" is also in "footprint", "salt" in "basalt".
  /_keys?$/,
  /crypt(?!o)/,
  /(^|_)(pwd|pin|salt|otp|ssn|cvv|cvc|iban|jwt|signature)\d?(_|$)/,
];

/** Names that only look like secrets. */
export const DEFAULT_PUBLIC_KEYS: readonly KeyPattern[] = [
  /^(idempotency|primary|foreign|partition|sort|routing|cache|group|natural|public|i18n|translation)_keys?$/,
  /^(max|min|total|input|output|prompt|completion|cached)_([a-z]+_)?tokens(_|$)|^tokens?_(count|used|limit|total|type)$/,
];

/** A longer name is no name any more, and not worth the time of a regular expression: it counts as a secret. */
const MAX_KEY = 256;
const MAX_CACHED = 5_000;

export class SecretKeys {
  private readonly known = new Map<string, boolean>();
  private readonly secret: (key: string, spelt: string) => boolean;
  private readonly open: (key: string, spelt: string) => boolean;

  constructor(secret: readonly KeyPattern[], open: readonly KeyPattern[]) {
    this.secret = matcher(secret);
    this.open = matcher(open);
  }

  has(key: string): boolean {
    if (key.length > MAX_KEY) return true;
    let is = this.known.get(key);
    if (is === undefined) {
      const spelt = oneSpelling(key);
      is = this.secret(key, spelt) && !this.open(key, spelt);
      if (this.known.size >= MAX_CACHED) this.known.clear();
      this.known.set(key, is);
    }
    return is;
  }
}

function matcher(patterns: readonly KeyPattern[]): (key: string, spelt: string) => boolean {
  const texts = patterns.filter((pattern) => typeof pattern === 'string').map(oneSpelling);
  const expressions = patterns
    .filter((pattern) => typeof pattern !== 'string')
    // With the flags g and y an expression remembers where it stood, and would miss every other name.
    .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')));
  return (key, spelt) =>
    texts.some((text) => spelt.includes(text)) ||
    expressions.some((expression) => expression.test(spelt) || expression.test(key));
}

function oneSpelling(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[\s.:-]+/g, '_')
    .toLowerCase();
}
