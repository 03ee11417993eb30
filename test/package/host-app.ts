import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './run.js';

/** A kind of host: what it is built with, and which module system it uses. */
export interface HostKind {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  readonly dependencies: Readonly<Record<string, string>>;
}

const COMMON = {
  '@types/node': '^20',
  pg: '^8.11.0',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
  'class-transformer': '^0.5.1',
};

export const NEST_12_ESM: HostKind = {
  name: 'Nest 12 as ES modules',
  type: 'module',
  dependencies: {
    ...COMMON,
    '@nestjs/common': '^12.0.0',
    '@nestjs/core': '^12.0.0',
    '@nestjs/platform-express': '^12.0.0',
    '@nestjs/typeorm': '^12.0.0',
    'class-validator': '^0.15.1',
    typeorm: '^1.1.1',
    typescript: '~6.0.3',
  },
};

export const NEST_11_COMMONJS: HostKind = {
  name: 'Nest 11 as CommonJS',
  type: 'commonjs',
  dependencies: {
    ...COMMON,
    '@nestjs/common': '^11.0.0',
    '@nestjs/core': '^11.0.0',
    '@nestjs/platform-express': '^11.0.0',
    '@nestjs/typeorm': '^11.0.0',
    'class-validator': '^0.14.0',
    typeorm: '^0.3.20',
    typescript: '~5.9.0',
  },
};

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    // In a package without "type": "module" this emits require() of our ES modules.
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};

/** Writes the host (its sources are the files of `app/`) and installs it, our tarball included. */
export async function installHost(folder: string, kind: HostKind, tarball: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  cpSync(resolve(import.meta.dirname, 'app'), join(folder, 'src'), { recursive: true });
  const manifest = {
    name: 'host',
    private: true,
    type: kind.type,
    dependencies: { ...kind.dependencies, 'nestjs-tasker': `file:${tarball}` },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...flags], { cwd: folder });
}

export async function compileHost(folder: string): Promise<void> {
  await run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc')], { cwd: folder });
}

/** What the host wrote to stdout; it must end by itself, without an error. */
export function runHost(folder: string, databaseUrl: string): Promise<string> {
  return run(process.execPath, ['dist/main.js'], { cwd: folder, env: { HOST_DATABASE_URL: databaseUrl } });
}
