/** The PostgreSQL under chaos. An embedded one can be stopped and started again on the same data and port. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/testing/embedded-postgres.js';

export interface Server {
  /** Of a database that others can be created from. */
  readonly url: string;
  /** Undefined for a server that is not ours to stop. */
  readonly restart?: (how: 'fast' | 'immediate', downMs: number) => Promise<void>;
  close(): Promise<void>;
}

export async function openServer(url: string | undefined): Promise<Server> {
  return url === undefined ? OwnServer.start() : { url, close: async () => undefined };
}

const FLAGS = ['-c', 'max_connections=300'];

/** Commits are durable: what it said was committed must be there after every stop. */
class OwnServer implements Server {
  private lastRestart: Promise<void> = Promise.resolve();

  private constructor(
    private readonly home: string,
    private running: EmbeddedPostgres,
  ) {}

  static async start(): Promise<OwnServer> {
    const home = mkdtempSync(join(tmpdir(), 'tasker-chaos-'));
    return new OwnServer(home, await startEmbeddedPostgres({ durable: true, dataDir: home, flags: FLAGS }));
  }

  get url(): string {
    return this.running.url;
  }

  /** One after the other, however many are asked for. */
  readonly restart = (how: 'fast' | 'immediate', downMs: number): Promise<void> => {
    this.lastRestart = this.lastRestart.then(() => this.stopAndStart(how, downMs));
    return this.lastRestart;
  };

  async close(): Promise<void> {
    await this.lastRestart.catch(() => undefined);
    await this.running.stop();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private async stopAndStart(how: 'fast' | 'immediate', downMs: number): Promise<void> {
    if (how === 'immediate') await this.crash();
    await this.running.stop();
    await delay(downMs);
    const { port } = this.running;
    this.running = await startEmbeddedPostgres({ durable: true, dataDir: this.home, port, flags: FLAGS });
  }

  /** Without a checkpoint, and without a word to the clients: the next start has to recover. */
  private async crash(): Promise<void> {
    const pid = Number(readFileSync(join(this.home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    while (isAlive(pid)) await delay(10);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
