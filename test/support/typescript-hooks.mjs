import { transform } from '@swc/core';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
/** The package under its own names, as jest.config.mjs maps them too. */
const ENTRIES = {
  'nestjs-tasker': new URL('src/index.ts', ROOT).href,
  'nestjs-tasker/bullmq': new URL('src/bullmq/index.ts', ROOT).href,
  'nestjs-tasker/testing': new URL('src/testing/index.ts', ROOT).href,
};

export async function resolve(specifier, context, next) {
  if (specifier in ENTRIES) return { url: ENTRIES[specifier], shortCircuit: true };
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, 'utf8'), {
    filename: path,
    root: fileURLToPath(ROOT),
    configFile: fileURLToPath(new URL('.swcrc', ROOT)),
    sourceMaps: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}
