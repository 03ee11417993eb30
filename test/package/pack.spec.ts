/** What a host gets: the tarball, installed and used the way a host would. Needs the package registry. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestDatabase, createEmptyDatabase } from '../support/database.js';
import { type HostKind, NEST_11_COMMONJS, NEST_12_ESM, compileHost, installHost, runHost } from './host-app.js';
import { run } from './run.js';
import { packTarball } from './tarball.js';

const ROOT = resolve(import.meta.dirname, '../..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tasker-pack-')));
const hosts = [NEST_12_ESM, NEST_11_COMMONJS];
const home = (kind: HostKind) => join(folder, kind.type);
let tarball: string;

beforeAll(async () => {
  tarball = await packTarball(folder);
  await Promise.all(hosts.map((kind) => installHost(home(kind), kind, tarball)));
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds the build and the migrations, and no tests', async () => {
    const installed = join(home(NEST_12_ESM), 'node_modules', 'nestjs-tasker');
    const has = (path: string) => existsSync(join(installed, path));
    expect(['dist/index.js', 'dist/index.d.ts', 'migrations', 'LICENSE'].filter((path) => !has(path))).toEqual([]);
    expect(['src', 'test', 'bench', '.ci', 'dist/tsconfig.build.tsbuildinfo'].filter(has)).toEqual([]);
  });

  it('is what publint and attw call well made', async () => {
    const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
    await run(bin('publint'), ['run', tarball, '--strict'], { cwd: ROOT });
    await run(bin('attw'), [tarball, '--profile', 'esm-only'], { cwd: ROOT });
  });
});

describe.each(hosts)('in a host of $name', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createEmptyDatabase({ label: 'host' });
  });
  afterAll(() => database.drop());

  it('brings no optional peer along', () => {
    const { peerDependenciesMeta } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      peerDependenciesMeta: Record<string, { optional?: boolean }>;
    };
    const installed = Object.keys(peerDependenciesMeta).filter((name) =>
      existsSync(join(home(kind), 'node_modules', name)),
    );
    expect(installed).toEqual([]);
  });

  it('type-checks, runs a task to its end, and shuts down', async () => {
    await compileHost(home(kind));
    const compiled = readFileSync(join(home(kind), 'dist', 'main.js'), 'utf8');
    expect(compiled.includes('require("nestjs-tasker")')).toBe(kind.type === 'commonjs');

    expect((await runHost(home(kind), database.url)).trim().split('\n')).toEqual([
      'paying 700 in attempt 1, one order costs 100',
      'task process_order is complete',
      'closed',
    ]);
  });
});
