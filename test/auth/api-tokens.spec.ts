import { FakeClock } from 'nestjs-tasker/testing';
import { ApiTokenAuthenticator } from '../../src/auth/api-token-authenticator.js';
import { type ApiTokenRequest, ApiTokens } from '../../src/auth/api-tokens.js';
import { authRequestOf } from '../../src/auth/authenticator.js';
import { ApiTokenStore } from '../../src/persistence/api-token-store.js';
import { connectDatabase } from '../../src/persistence/connect.js';
import { type TaskerDatabase } from '../../src/persistence/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { bearer } from './support.js';

let database: TestDatabase;
let db: TaskerDatabase;
let clock: FakeClock;
let tokens: ApiTokens;
let authenticator: ApiTokenAuthenticator;
beforeAll(async () => {
  database = await createTestDatabase();
  ({ database: db } = await connectDatabase({ url: database.url, poolSize: 4 }, undefined));
});
beforeEach(async () => {
  await db.rows('delete from $schema.tasker_api_tokens');
  await db.rows('delete from $schema.tasker_audit');
  clock = new FakeClock();
  tokens = new ApiTokens(new ApiTokenStore(db, clock));
  authenticator = new ApiTokenAuthenticator(tokens);
});
afterAll(async () => {
  await db.dataSource.destroy();
  await database.drop();
});

const REQUEST: ApiTokenRequest = { name: 'ci', scopes: ['task.*', 'task.*'], namespaces: ['payments'] };
const INVALID = { code: 'INVALID_CREDENTIALS', message: 'The credentials are not valid.' };

it('is told once, and only its hash is kept', async () => {
  const { token, record } = await tokens.create({ ...REQUEST, createdBy: 'ann' });
  expect(token).toMatch(/^tasker_[0-9a-f]{16}_[\w-]{43}$/);
  expect(record).toMatchObject({ name: 'ci', scopes: ['task.*'], namespaces: ['payments'], createdBy: 'ann' });
  const dump = JSON.stringify([
    await db.rows('select * from $schema.tasker_api_tokens'),
    await db.rows('select * from $schema.tasker_audit'),
    await tokens.list(),
  ]);
  expect(dump).not.toContain(token.split('_').slice(2).join('_'));
  expect(dump).toContain(record.prefix);
});

it('lets its bearer in as what it was made for, from either header', async () => {
  const { token, record } = await tokens.create(REQUEST);
  const expected = {
    subject: 'token:ci',
    permissions: ['task.*'],
    namespaces: ['payments'],
    expiresAt: record.expiresAt,
  };
  expect(await authenticator.authenticate(bearer(token))).toEqual(expected);
  expect(await authenticator.authenticate(authRequestOf({ headers: { 'x-api-token': token } }))).toEqual(expected);
});

it.each([
  ['with another last letter', (token: string) => token.slice(0, -1) + (token.endsWith('A') ? 'E' : 'A')],
  ['that nobody made', () => `tasker_${'0'.repeat(16)}_${'x'.repeat(43)}`],
  ['cut off', (token: string) => token.slice(0, -1)],
  ['with more behind it', (token: string) => `${token}A`],
  ['in capitals', (token: string) => token.toUpperCase()],
  ['with a wildcard in its prefix', (token: string) => token.replace(/^tasker_.{16}/, 'tasker_%%%%%%%%%%%%%%%%')],
  ['with a quote in it', (token: string) => token.replace(/_[\w-]{43}$/, `_' or true --`)],
  ['sent twice', (token: string) => `${token}, ${token}`],
  ['with a NUL behind it', (token: string) => `${token}\u0000`],
  ['huge', (token: string) => token + 'x'.repeat(100_000)],
  ['empty', () => ''],
])('is no good %s', async (_, change) => {
  const { token } = await tokens.create(REQUEST);
  const request = authRequestOf({ headers: { 'x-api-token': change(token) } });
  await expect(authenticator.authenticate(request)).rejects.toMatchObject(INVALID);
});

it('leaves other credentials to other authenticators', async () => {
  for (const other of ['a.b.c', 'opaque']) expect(await authenticator.authenticate(bearer(other))).toBeNull();
  expect(await authenticator.authenticate(authRequestOf({ headers: {} }))).toBeNull();
});

it('ends after 90 days unless told otherwise', async () => {
  const { token } = await tokens.create({ ...REQUEST, name: 'usual' });
  const { token: short } = await tokens.create({ ...REQUEST, name: 'short', expiresInSeconds: 60 });
  const { token: endless } = await tokens.create({ ...REQUEST, name: 'endless', expiresInSeconds: null });
  clock.advance(61_000);
  await expect(tokens.verify(short)).rejects.toMatchObject({ code: 'EXPIRED_CREDENTIALS' });
  expect(await tokens.verify(token)).toMatchObject({ name: 'usual' });
  clock.advance(90 * 86_400_000);
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'EXPIRED_CREDENTIALS' });
  expect(await tokens.verify(endless)).toMatchObject({ name: 'endless', expiresAt: null });
});

it('is refused from the moment it is revoked, and says no more than that', async () => {
  const { token, record } = await tokens.create({ ...REQUEST, expiresInSeconds: 60 });
  expect(await tokens.revoke(record.prefix, 'ann')).toMatchObject({ name: 'ci', revokedAt: clock.now() });
  await expect(tokens.verify(token)).rejects.toMatchObject(INVALID);
  clock.advance(120_000);
  await expect(tokens.verify(token)).rejects.toMatchObject(INVALID);
  await expect(tokens.revoke('ci')).rejects.toMatchObject({ code: 'TOKEN_NOT_FOUND' });
  const rows = await db.rows('select action, subject from $schema.tasker_audit order by audit_id');
  expect(rows).toEqual([
    { action: 'create', subject: 'token ci' },
    { action: 'revoke', subject: 'token ci' },
  ]);
  await expect(tokens.create(REQUEST)).resolves.toMatchObject({ record: { name: 'ci' } });
});

it('is noted when used, once a minute at the most', async () => {
  const { token } = await tokens.create(REQUEST);
  const used = async () => (await tokens.list())[0]!.lastUsedAt;
  expect(await used()).toBeNull();
  await tokens.verify(token);
  const first = clock.now();
  expect(await used()).toEqual(first);
  clock.advance(59_000);
  await tokens.verify(token);
  expect(await used()).toEqual(first);
  clock.advance(2_000);
  await tokens.verify(token);
  expect(await used()).toEqual(clock.now());
});

it('has a name of its own, also when two are made at once', async () => {
  const made = await Promise.allSettled([tokens.create(REQUEST), tokens.create(REQUEST)]);
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect(tokens.create(REQUEST)).rejects.toMatchObject({ code: 'TOKEN_EXISTS' });
});

it.each<[string, object]>([
  ['name', { name: '' }],
  ['name', { name: 'x'.repeat(129) }],
  ['name', { name: 'a\nb' }],
  ['scopes', { scopes: [] }],
  ['scopes[1]', { scopes: ['task.*', 'task.cancle'] }],
  ['namespaces', { namespaces: [] }],
  ['namespaces', { namespaces: [''] }],
  ['expiresInSeconds', { expiresInSeconds: 0 }],
  ['expiresInSeconds', { expiresInSeconds: Number.NaN }],
  ['expiresInSeconds', { expiresInSeconds: 1e12 }],
  ['createdBy', { createdBy: '' }],
])('is refused with a wrong %s', async (path, change) => {
  await expect(tokens.create({ ...REQUEST, ...change })).rejects.toMatchObject({ errors: [{ path }] });
  expect(await tokens.list()).toEqual([]);
});
