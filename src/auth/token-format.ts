import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `tasker_` and 16 hex digits, by which a token is found; `_` and 256 random bits, which nobody can guess. */
const TOKEN = /^(tasker_[0-9a-f]{16})_[\w-]{43}$/;

export interface NewToken {
  /** All of it: shown once, kept nowhere. */
  readonly token: string;
  readonly prefix: string;
  readonly hash: string;
}

export function newToken(): NewToken {
  const prefix = `tasker_${randomBytes(8).toString('hex')}`;
  const token = `${prefix}_${randomBytes(32).toString('base64url')}`;
  return { token, prefix, hash: hashToken(token) };
}

/** True for what claims to be a token of ours, good or not. */
export function looksLikeToken(text: string): boolean {
  return text.startsWith('tasker_');
}

/** Undefined when it cannot be a token. */
export function prefixOf(token: string): string | undefined {
  return TOKEN.exec(token)?.[1];
}

/** Plain SHA-256: what makes passwords need more, that they are guessable, is not so here. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Takes as long for a token that is nearly right as for one that is not at all. */
export function matchesHash(token: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(token), 'hex'), Buffer.from(hash, 'hex'));
}
