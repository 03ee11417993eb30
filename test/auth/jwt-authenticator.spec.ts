import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { JwtAuthenticator } from '../../src/auth/jwt-authenticator.js';
import { authRequestOf } from '../../src/auth/authenticator.js';
import * as by from './support.js';

const { bearer, claims, hs256, nowSeconds, rs256, token } = by;
const checks = { issuer: by.ISSUER, audience: by.AUDIENCE };
const hs = new JwtAuthenticator({ secret: by.SECRET, ...checks });
const rs = new JwtAuthenticator({ publicKey: by.pem(by.RSA.publicKey), ...checks });
const es = new JwtAuthenticator({ publicKey: by.pem(by.EC.publicKey), ...checks });

const INVALID = { code: 'INVALID_CREDENTIALS', message: 'The credentials are not valid.' };
const EXPIRED = { code: 'EXPIRED_CREDENTIALS', message: 'The credentials have expired.' };

describe('a good token', () => {
  it.each([
    ['HS256', hs, () => hs256()],
    ['RS256', rs, () => rs256()],
    ['ES256', es, () => token({ alg: 'ES256' }, claims(), by.ec(by.EC.privateKey))],
  ])('of %s says who it is', async (_, authenticator, make) => {
    expect(await authenticator.authenticate(bearer(make()))).toMatchObject({ subject: 'ann', namespaces: null });
  });

  it('says what it may do, and where', async () => {
    const made = hs256(claims({ roles: ['viewer'], scope: 'task.* openid', namespaces: ['payments'] }));
    expect(await hs.authenticate(bearer(made))).toMatchObject({
      ...{ roles: ['viewer'], permissions: ['task.*', 'openid'], namespaces: ['payments'] },
      expiresAt: expect.any(Date) as Date,
    });
  });

  it('is read as the application wants it', async () => {
    const own = new JwtAuthenticator({
      secret: by.SECRET,
      principal: ({ tenant }) => ({ subject: 'tenant', namespaces: [tenant as string] }),
    });
    expect(await own.authenticate(bearer(hs256(claims({ tenant: 't1' }))))).toMatchObject({ namespaces: ['t1'] });
  });

  it('may be meant for several', async () => {
    expect(await hs.authenticate(bearer(hs256(claims({ aud: ['other', by.AUDIENCE] }))))).not.toBeNull();
  });
});

describe('a token is refused', () => {
  const publicPem = by.pem(by.RSA.publicKey);
  const wrong: [string, JwtAuthenticator, () => string][] = [
    ['that nobody signed', hs, () => token({ alg: 'none' }, claims(), () => '')],
    ['that nobody signed, for a public key', rs, () => token({ alg: 'none' }, claims(), () => '')],
    ['with "none" in other letters', rs, () => token({ alg: 'nOnE' }, claims(), () => '')],
    ['without an algorithm', rs, () => token({}, claims(), by.rsa(by.RSA.privateKey))],
    ['signed with the public key as a secret', rs, () => token({ alg: 'HS256' }, claims(), by.hmac(publicPem))],
    [
      'signed with the public key in DER as a secret',
      rs,
      () => token({ alg: 'HS256' }, claims(), by.hmac(by.RSA.publicKey.export({ type: 'spki', format: 'der' }))),
    ],
    ['signed with another key', rs, () => rs256(claims(), {}, by.OTHER_RSA.privateKey)],
    [
      'that brings its own key',
      rs,
      () => rs256(claims(), { jwk: by.OTHER_RSA.publicKey.export({ format: 'jwk' }) }, by.OTHER_RSA.privateKey),
    ],
    ['signed with another secret', hs, () => token({ alg: 'HS256' }, claims(), by.hmac('x'.repeat(32)))],
    ['of an algorithm that was not asked for', hs, () => token({ alg: 'HS512' }, claims(), by.hmac(by.SECRET))],
    ['whose signature was cut off', hs, () => hs256().replace(/[^.]*$/, '')],
    [
      'whose claims were changed',
      hs,
      () =>
        hs256().replace(/\.[^.]*\./, `.${Buffer.from(JSON.stringify(claims({ sub: 'eve' }))).toString('base64url')}.`),
    ],
    ['with critical headers that nobody knows', hs, () => hs256(claims(), { crit: ['b64'], b64: false })],
    ['meant for another', hs, () => hs256(claims({ aud: 'other' }))],
    ['meant for nobody', hs, () => hs256(claims({ aud: undefined }))],
    ['without an end', hs, () => hs256(claims({ exp: undefined }))],
    ['whose end is text', hs, () => hs256(claims({ exp: '9999999999' }))],
    ['that is not good yet', hs, () => hs256(claims({ nbf: nowSeconds() + 60 }))],
    ['without a subject', hs, () => hs256(claims({ sub: undefined }))],
    ['whose namespaces are no list', hs, () => hs256(claims({ namespaces: 'payments' }))],
    ['whose claims are no object', hs, () => hs256([] as never)],
  ];

  it.each(wrong)('%s', async (_, authenticator, make) => {
    const request = bearer(make());
    const found = await authenticator.authenticate(request).catch((error: unknown) => error);
    // What has no readable issuer is left to others, and so to a refusal in the end.
    if (found !== null) expect(found).toMatchObject(INVALID);
  });

  it('of another issuer, by being left to the next authenticator', async () => {
    expect(await hs.authenticate(bearer(hs256(claims({ iss: 'https://evil.example' }))))).toBeNull();
    expect(await hs.authenticate(bearer(hs256(claims({ iss: undefined }))))).toBeNull();
  });

  it('when it has expired, but for what clocks may differ', async () => {
    const ended = (ago: number) => bearer(hs256(claims({ exp: nowSeconds() - ago })));
    await expect(hs.authenticate(ended(30))).rejects.toMatchObject(EXPIRED);
    const patient = new JwtAuthenticator({ secret: by.SECRET, ...checks, clockSkewSeconds: 60 });
    expect(await patient.authenticate(ended(30))).toMatchObject({ subject: 'ann' });
    await expect(patient.authenticate(ended(90))).rejects.toMatchObject(EXPIRED);
    const early = bearer(hs256(claims({ nbf: nowSeconds() + 30 })));
    expect(await patient.authenticate(early)).toMatchObject({ subject: 'ann' });
    const strict = new JwtAuthenticator({ secret: by.SECRET, ...checks, clockSkewSeconds: 0 });
    await expect(strict.authenticate(ended(2))).rejects.toMatchObject(EXPIRED);
  });

  it('when it is older than it may be', async () => {
    const young = new JwtAuthenticator({ secret: by.SECRET, ...checks, maxAgeSeconds: 60 });
    expect(await young.authenticate(bearer(hs256(claims({ iat: nowSeconds() - 10 }))))).not.toBeNull();
    await expect(young.authenticate(bearer(hs256(claims({ iat: nowSeconds() - 120 }))))).rejects.toThrow();
    await expect(young.authenticate(bearer(hs256(claims())))).rejects.toMatchObject(INVALID);
  });

  it('unread when it is huge', async () => {
    expect(await hs.authenticate(bearer(hs256(claims({ more: 'x'.repeat(9_000) }))))).toBeNull();
  });
});

it.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic YTpi',
  'Bearer a b.c',
  'bearer\ta.b.c',
  'Bearer not-a-token',
  'Bearer a.b.c.d.e',
])('leaves "%s" to others', async (authorization) => {
  expect(await hs.authenticate(authRequestOf({ headers: { authorization } }))).toBeNull();
});

it('takes a token only behind the word Bearer, and from one header only', async () => {
  expect(await hs.authenticate(authRequestOf({ headers: { authorization: hs256() } }))).toBeNull();
  expect(
    await hs.authenticate(authRequestOf({ headers: { authorization: [`Bearer ${hs256()}`, 'Bearer x'] } })),
  ).toBeNull();
});

describe('keys from an address', () => {
  let server: Server;
  let url: string;
  let fetched = 0;
  let works = true;
  const jwk = { ...by.RSA.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' };
  beforeAll(async () => {
    server = createServer((_, response) => {
      fetched += 1;
      response.writeHead(works ? 200 : 500, { 'content-type': 'application/json' });
      response.end(works ? JSON.stringify({ keys: [jwk] }) : 'no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });
  beforeEach(() => {
    fetched = 0;
    works = true;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const remote = () => new JwtAuthenticator({ jwksUrl: url, ...checks });

  it('are fetched once, when first needed', async () => {
    const authenticator = remote();
    expect(fetched).toBe(0);
    const requests = Array.from({ length: 20 }, () => bearer(rs256(claims(), { kid: 'one' })));
    const found = await Promise.all(requests.map((request) => authenticator.authenticate(request)));
    expect(found.every((one) => one?.subject === 'ann')).toBe(true);
    expect(fetched).toBe(1);
  });

  it('are not fetched again for each key id that somebody invents', async () => {
    const authenticator = remote();
    for (let i = 0; i < 30; i++) {
      await expect(authenticator.authenticate(bearer(rs256(claims(), { kid: `k${i}` })))).rejects.toMatchObject(
        INVALID,
      );
    }
    expect(fetched).toBe(1);
  });

  it('are good for nothing but what they are for', async () => {
    const made = token({ alg: 'HS256', kid: 'one' }, claims(), by.hmac(by.pem(by.RSA.publicKey)));
    await expect(remote().authenticate(bearer(made))).rejects.toMatchObject(INVALID);
  });

  it('that cannot be had are no fault of the token', async () => {
    works = false;
    const request = bearer(rs256(claims(), { kid: 'one' }));
    await expect(remote().authenticate(request)).rejects.toMatchObject({ code: 'AUTHENTICATION_UNAVAILABLE' });
    const nowhere = new JwtAuthenticator({ jwksUrl: 'http://127.0.0.1:1/', ...checks });
    await expect(nowhere.authenticate(request)).rejects.toMatchObject({ code: 'AUTHENTICATION_UNAVAILABLE' });
  });

  it('may be given as they are', async () => {
    const local = new JwtAuthenticator({ jwks: { keys: [jwk] }, ...checks });
    expect(await local.authenticate(bearer(rs256(claims(), { kid: 'one' })))).toMatchObject({ subject: 'ann' });
  });
});

describe('options', () => {
  const publicKey = by.pem(by.RSA.publicKey);
  it.each<[string, object]>([
    ['secret', {}],
    ['secret', { secret: 'too short' }],
    ['secret', { secret: 7 }],
    ['secret', { secret: publicKey }],
    ['secret', { secret: by.SECRET, algorithms: ['HS512'] }],
    ['publicKey', { secret: by.SECRET, publicKey }],
    ['publicKey', { publicKey: 'no key', ...checks }],
    ['algorithms', { secret: by.SECRET, algorithms: ['none'] }],
    ['algorithms', { secret: by.SECRET, algorithms: ['RS256'] }],
    ['algorithms', { secret: by.SECRET, algorithms: [] }],
    ['algorithms', { publicKey, ...checks, algorithms: ['RS256', 'HS256'] }],
    ['issuer', { publicKey, audience: 'tasker' }],
    ['audience', { publicKey, issuer: by.ISSUER }],
    ['audience', { publicKey, issuer: by.ISSUER, audience: [] }],
    ['jwksUrl', { jwksUrl: 'http://keys.example/', ...checks }],
    ['jwksUrl', { jwksUrl: 'file:///etc/passwd', ...checks }],
    ['clockSkewSeconds', { secret: by.SECRET, clockSkewSeconds: 301 }],
    ['clockSkewSeconds', { secret: by.SECRET, clockSkewSeconds: Number.NaN }],
    ['maxAgeSeconds', { secret: by.SECRET, maxAgeSeconds: 0 }],
    ['principal', { secret: by.SECRET, principal: 'sub' }],
    ['isuer', { secret: by.SECRET, isuer: by.ISSUER }],
  ])('refuse a wrong "%s", without telling a secret', (option, given) => {
    const make = () => new JwtAuthenticator(given);
    expect(make).toThrow(`JwtAuthenticator's option "${option}" must be`);
    expect(make).not.toThrow(/thirty-two|BEGIN PUBLIC/);
  });
});
