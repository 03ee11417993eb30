/** What docs/auth.md shows lets in whom it says, and nobody else. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AuthOptions, type PassportStrategy } from 'nestjs-tasker';
import { PERMISSIONS } from '../../src/auth/permissions.js';
import { RSA, rs256 } from '../auth/support.js';
import { startHost } from '../rest/support/host.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { tasker } from '../support/tasker-command.js';
import { anchors, codeBlocks, readMarkdown, ROOT } from './markdown.js';

interface Shown {
  readonly auth: AuthOptions;
  readonly authWith: (strategy: PassportStrategy) => AuthOptions;
}

const page = readMarkdown('docs/auth.md');
const blocks = codeBlocks(page, 'ts');
let folder: string;
let database: TestDatabase;
let keys: Server;
beforeAll(async () => {
  database = await createTestDatabase();
  // Inside the repository, so that imports are resolved as those of a host.
  folder = mkdtempSync(join(ROOT, 'test/docs/.auth-'));
  mkdirSync(folder, { recursive: true });
  const jwk = { ...RSA.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' };
  keys = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  process.env.JWKS_URL = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  delete process.env.JWKS_URL;
  await new Promise((resolve) => keys.close(resolve));
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

/** The one block in which all of these words stand. */
async function shown(...words: string[]): Promise<Shown> {
  const found = blocks.filter(({ text }) => words.every((word) => text.includes(word)));
  expect(found).toHaveLength(1);
  const file = join(folder, `block-${found[0]!.line}.ts`);
  writeFileSync(file, found[0]!.text);
  return (await import(file)) as Shown;
}

/** What an application with these options answers to GET /tasks and POST /tasks, by what is sent along. */
async function answers(auth: AuthOptions, ...sent: Record<string, string>[]): Promise<(readonly [number, number])[]> {
  const host = await startHost({ database, tasker: { auth } });
  try {
    const found: (readonly [number, number])[] = [];
    for (const headers of sent) {
      const read = await host.send('GET', '/tasker/tasks', undefined, headers);
      const made = await host.send('POST', '/tasker/tasks', { name: 'anything', context: {} }, headers);
      found.push([read.status, made.status]);
    }
    return found;
  } finally {
    await host.close();
  }
}

it('API tokens, made on the command line', async () => {
  const { auth } = await shown('ApiTokenAuthenticator', 'viewer');
  const make = async (...args: string[]) => (await tasker(database.url, 'token', 'create', ...args)).lines[0]!;
  const all = await make('all', '--scope', 'task.*');
  const payments = await make('payments', '--scope', 'task.*', '--namespace', 'payments');
  const found = await answers(auth, {}, { authorization: `Bearer ${all}` }, { 'x-api-token': payments });
  expect(found).toEqual([
    [401, 401],
    [200, 201],
    [200, 403],
  ]);
  await tasker(database.url, 'token', 'revoke', 'all');
  expect(await answers(auth, { authorization: `Bearer ${all}` })).toEqual([[401, 401]]);
});

it('JSON web tokens, with keys from an address', async () => {
  const { auth } = await shown('jwksUrl');
  const claims = { sub: 'ann', iss: 'https://id.example', aud: 'tasker', exp: Math.floor(Date.now() / 1000) + 60 };
  const bearer = (more: object) => ({ authorization: `Bearer ${rs256({ ...claims, ...more }, { kid: 'one' })}` });
  const sent = [bearer({ roles: ['viewer'] }), bearer({ scope: 'task.create' }), bearer({ aud: 'other' })];
  expect(await answers(auth, ...sent)).toEqual([
    [200, 403],
    [403, 201],
    [401, 401],
  ]);
});

it('a Passport strategy', async () => {
  const { authWith } = await shown('PassportAuthenticator');
  const strategy = {
    authenticate(this: { success(user: object): void; fail(): void }, request: { headers: Record<string, string> }) {
      const team = request.headers['x-team'];
      return team === undefined ? this.fail() : this.success({ id: 'ann', team });
    },
  };
  const found = await answers(authWith(strategy), {}, { 'x-team': 'default' }, { 'x-team': 'payments' });
  expect(found).toEqual([
    [401, 401],
    [200, 201],
    [200, 403],
  ]);
});

it('an authenticator of the application', async () => {
  const { auth } = await shown('PartnerKeys');
  const found = await answers(auth, {}, { 'x-partner-key': 'key-of-acme' }, { 'x-partner-key': 'guessed' });
  expect(found).toEqual([
    [401, 401],
    [403, 403],
    [401, 401],
  ]);
});

it('names every permission there is', () => {
  const table = page.text.split('## Permissions')[1]!.split('\n## ')[0]!;
  const missing = PERMISSIONS.filter((permission) => {
    const [resource, action] = permission.split('.');
    return !table.split('\n').some((row) => row.includes(`\`${resource}\``) && row.includes(`\`${action}\``));
  });
  expect(missing).toEqual([]);
});

it('has the headings that others point to', () => {
  expect(anchors(page)).toEqual(expect.arrayContaining(['api-tokens', 'deciding-yourself', 'namespaces']));
});
