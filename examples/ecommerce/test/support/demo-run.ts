/** The demo as a child process, with a folder for temporary files of its own that shows what it leaves behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type RunningProcess, startProcess } from '../../../../test/support/processes.js';

export interface DemoRun extends RunningProcess {
  /** Files and processes of this run that there are at the moment. */
  left(): string[];
}

/** As `npm run demo -- <args>` does, without npm. */
export function startDemo(...args: string[]): DemoRun {
  const folder = temporaryFolder();
  const demo = startProcess('examples/ecommerce/demo/main.ts', { args, env: { TMPDIR: folder } });
  return { ...demo, left: () => leftIn(folder) };
}

export interface NpmRun {
  readonly npm: ChildProcess;
  readonly lines: readonly string[];
  readonly left: () => string[];
}

/** `npm run demo -- <args>` to the letter. */
export function startDemoByNpm(...args: string[]): NpmRun {
  const folder = temporaryFolder();
  const npm = spawn('npm', ['run', 'demo', '--', ...args], {
    cwd: resolve(import.meta.dirname, '../../../..'),
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, so that all of it can be ended whatever becomes of npm.
    detached: true,
  });
  groups.push(npm);
  const lines: string[] = [];
  createInterface({ input: npm.stdout }).on('line', (line) => lines.push(line));
  return { npm, lines, left: () => leftIn(folder) };
}

const groups: ChildProcess[] = [];
const folders: string[] = [];

afterAll(() => {
  for (const { pid } of groups) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended, as it should have.
    }
  }
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});

/** PostgreSQL may run as another user, who must be let in. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-demo-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

function leftIn(folder: string): string[] {
  return [...readdirSync(folder), ...commandLines().filter((command) => command.includes(folder))];
}

function commandLines(): string[] {
  if (!existsSync('/proc/self/cmdline'))
    return execFileSync('ps', ['-Aww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // It has ended meanwhile.
      }
    });
}
