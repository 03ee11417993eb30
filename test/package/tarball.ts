import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { run } from './run.js';

const ROOT = resolve(import.meta.dirname, '../..');
const NOT_COPIED = new Set(['node_modules', '.git', 'dist', 'coverage']);

/** Builds and packs as a release does, in a copy of the tree, since others may be reading `dist`. Returns the tarball. */
export async function packTarball(folder: string): Promise<string> {
  const copy = join(folder, 'package');
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await run('npm', ['run', 'build'], { cwd: copy });
  const target = join(folder, 'tarball');
  mkdirSync(target);
  const output = await run('npm', ['pack', '--json', '--pack-destination', target], { cwd: copy });
  const [packed] = JSON.parse(output) as { filename: string }[];
  const tarball = join(target, packed?.filename ?? '');
  if (!existsSync(tarball)) throw new Error(`npm pack made no ${tarball}`);
  return tarball;
}
