/**
 * Stops the server and clears up when the process that started it ends, in whatever way: a small process of its own
 * holds the reading end of a pipe, and the pipe closes when its other end dies, even by `kill -9`. It installs no signal
 * handler in the host, so the host's own shutdown is not disturbed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type Socket } from 'node:net';

/**
 * Run by `node -e`, since it must work from source and from the published build alike. Reads `+pid` and `-pid` lines.
 * A zombie whose new parent never collects it still counts as alive, so a vanished pid file means stopped as well.
 */
const SCRIPT = `
const { readFileSync, rmSync } = require('node:fs');
const [home, temporary] = process.argv.slice(1);
const pids = new Set();
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
const signal = (pid, name) => { try { return process.kill(pid, name); } catch { return false; } };
const serves = (pid) => {
  try { return readFileSync(home + '/data/postmaster.pid', 'utf8').startsWith(pid + '\\n'); } catch { return false; }
};
function stop(pid) {
  if (serves(pid)) signal(pid, 'SIGINT');
  for (let i = 0; i < 1000 && serves(pid) && signal(pid, 0); i++) pause();
  signal(-pid, 'SIGKILL') || signal(pid, 'SIGKILL');
}
function clean() {
  for (const pid of pids) stop(pid);
  if (temporary === 'true') rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit();
}
let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (text + chunk).split('\\n');
  text = lines.pop();
  for (const line of lines) line[0] === '+' ? pids.add(Number(line.slice(1))) : pids.delete(Number(line.slice(1)));
});
process.stdin.on('close', clean);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, clean);
`;

export class Watchdog {
  private readonly process: ChildProcess;
  private readonly gone: Promise<void>;

  constructor(home: string, temporary: boolean) {
    // The host's NODE_OPTIONS (loaders, inspectors) are not for this process.
    const env = { ...process.env, NODE_OPTIONS: '' };
    this.process = spawn(process.execPath, ['-e', SCRIPT, home, String(temporary)], {
      env,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.gone = new Promise((done) => this.process.once('exit', () => done()).once('error', () => done()));
    this.process.stdin?.on('error', () => undefined);
  }

  /** Stops this one too, unless it has ended by then. */
  guard(child: ChildProcess): void {
    if (child.pid === undefined) return;
    this.process.stdin?.write(`+${child.pid}\n`);
    child.once('exit', () => this.process.stdin?.write(`-${child.pid}\n`));
  }

  /** The host may end while this is on guard. */
  unref(): void {
    this.process.unref();
    (this.process.stdin as Socket | null)?.unref();
  }

  /** Resolves when everything has stopped and nothing is left. */
  async end(): Promise<void> {
    this.process.ref();
    this.process.stdin?.end();
    await this.gone;
  }
}
