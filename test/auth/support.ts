/** Requests as authenticators see them, and tokens that somebody may have made. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type AuthRequest, authRequestOf } from '../../src/auth/authenticator.js';

export const bearer = (token: string): AuthRequest => authRequestOf({ headers: { authorization: `Bearer ${token}` } });
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);
export const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const OTHER_RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string;
export const SECRET = 'a secret of more than thirty-two bytes';
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'tasker';

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const claims = (more: object = {}): object => ({
  ...{ sub: 'ann', iss: ISSUER, aud: AUDIENCE, exp: nowSeconds() + 60 },
  ...more,
});

/** A token put together by hand, so that it may be as wrong as one likes. */
export function token(header: object, payload: object, signature: (input: string) => Buffer | string): string {
  const input = `${base64(header)}.${base64(payload)}`;
  const signed = signature(input);
  return `${input}.${typeof signed === 'string' ? signed : signed.toString('base64url')}`;
}

export const hmac = (secret: string | Buffer) => (input: string) => createHmac('sha256', secret).update(input).digest();
export const rsa = (key: KeyObject) => (input: string) => sign('sha256', Buffer.from(input), key);
export const ec = (key: KeyObject) => (input: string) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });

export const hs256 = (payload: object = claims(), header: object = {}): string =>
  token({ alg: 'HS256', typ: 'JWT', ...header }, payload, hmac(SECRET));
export const rs256 = (payload: object = claims(), header: object = {}, key = RSA.privateKey): string =>
  token({ alg: 'RS256', typ: 'JWT', ...header }, payload, rsa(key));
