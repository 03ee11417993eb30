/** Child processes that run the repository's TypeScript, for tests of what several processes do to each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export interface ProcessOptions {
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  /** What it wrote so far, to stdout and stderr. */
  readonly lines: readonly string[];
  /** Resolves with the first line that fits, whenever it was written; fails when the process ends without it. */
  waitForLine(pattern: RegExp | string, options?: { readonly timeoutMs?: number }): Promise<string>;
  /** Resolves when it has ended and all its output is in. */
  readonly exited: Promise<Exit>;
  /** Sends a signal and waits for the end. @default 'SIGKILL' */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const IMPORTS = ['lifeline.mjs', 'typescript-loader.mjs'].map(
  (file) => `--import=${pathToFileURL(resolve(import.meta.dirname, file)).href}`,
);
const running = new Set<RunningProcess>();

// Those of a spec file end with it. (A child may start children too; it knows no jest.)
if (typeof afterAll === 'function') afterAll(() => Promise.all([...running].map((one) => one.kill())));

/** @param entry a TypeScript file, from the root of the repository */
export function startProcess(entry: string, options: ProcessOptions = {}): RunningProcess {
  const child = spawn(process.execPath, [...IMPORTS, resolve(ROOT, entry), ...(options.args ?? [])], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const listener of listeners) listener();
    });
  }
  const exited = new Promise<Exit>((done) => {
    child.once('close', (code, signal) => done({ code, signal }));
    child.once('error', (error) => lines.push(String(error)));
  });

  const waitForLine: RunningProcess['waitForLine'] = (pattern, { timeoutMs = 20_000 } = {}) =>
    new Promise((done, fail) => {
      const look = () => {
        const found = lines.find((line) => (typeof pattern === 'string' ? line.includes(pattern) : pattern.test(line)));
        if (found !== undefined) end(() => done(found));
      };
      const end = (act: () => void) => {
        listeners.delete(look);
        clearTimeout(timer);
        act();
      };
      const giveUp = (why: string) =>
        end(() =>
          fail(new Error(`${entry} ${why} without a line like ${String(pattern)}. It wrote:\n${lines.join('\n')}`)),
        );
      const timer = setTimeout(() => giveUp(`went on for ${timeoutMs} ms`), timeoutMs);
      listeners.add(look);
      look();
      void exited.then(({ code, signal }) => giveUp(`ended (${signal ?? code})`));
    });

  const one: RunningProcess = {
    child,
    lines,
    waitForLine,
    exited,
    kill: (signal = 'SIGKILL') => {
      child.kill(signal);
      return exited;
    },
  };
  running.add(one);
  void exited.then(() => running.delete(one));
  return one;
}
