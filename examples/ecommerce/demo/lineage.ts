import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 500;
const SHELLS = /(^|\/)-?(ba|da|a|z|k)?sh$/;

interface Process {
  readonly command: string;
  readonly parent: string;
}

/**
 * Calls back when npm, which started this process, is gone. A signal sent to npm alone ends npm and nobody else: without
 * this, what it had started would go on for ever. Between npm and this process there may be a shell, which stays too.
 */
export function whenNpmIsGone(act: () => void, env: NodeJS.ProcessEnv): void {
  if (env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const start = lineage();
  const timer = setInterval(() => {
    if (lineage() === start) return;
    clearInterval(timer);
    act();
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** The processes above this one, up to npm. */
function lineage(): string {
  const parent = inspect(process.ppid);
  return parent && SHELLS.test(parent.command) ? `${process.ppid} of ${parent.parent}` : `${process.ppid}`;
}

function inspect(pid: number): Process | undefined {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** `17 (name) S 16 …`, where a name may hold anything. */
function fromProc(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const end = stat.lastIndexOf(')');
  return { command: stat.slice(stat.indexOf('(') + 1, end), parent: stat.slice(end + 2).split(' ')[1] ?? '' };
}

function fromPs(pid: number): Process {
  const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  const [parent = '', ...command] = line.split(/\s+/);
  return { command: command.join(' '), parent };
}
