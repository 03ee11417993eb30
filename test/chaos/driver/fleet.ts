/** The worker processes: starts them, ends them in every way, and knows which ended without being asked to. */
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningProcess, startProcess } from '../../support/processes.js';
import { type WorkerMessage } from '../messages.js';
import { GRACE_MS, type Setup, toEnvironment } from '../setup.js';
import { type Count } from './count.js';

/** A process may need this long beyond its grace period, on a busy machine, to close its connections. */
const EXIT_SLACK_MS = 8_000;

interface Member {
  readonly process: RunningProcess;
  /** Resolves when it works or is gone. */
  readonly settled: Promise<void>;
  state: 'booting' | 'working' | 'frozen' | 'ending';
  fenced: number;
}

export class Fleet {
  private readonly members = new Set<Member>();
  /** What went wrong with processes, in words. */
  readonly troubles: string[] = [];
  /** Its steps take processes down; that is counted then, and no trouble. */
  mayDie = false;
  private fencedByGone = 0;
  private closed = false;

  constructor(
    private readonly setup: Setup,
    private readonly size: number,
    private readonly count: Count,
    private readonly entry = 'test/chaos/app/worker.ts',
  ) {}

  /** Results that came too late, as far as their processes lived to tell. */
  get fenced(): number {
    return [...this.members].reduce((sum, { fenced }) => sum + fenced, this.fencedByGone);
  }

  /** Starts as many as are missing; resolves when all work. One that cannot start while the database is away is replaced. */
  async fill(): Promise<void> {
    while (!this.closed && (this.active.length < this.size || this.booting.length > 0)) {
      for (let missing = this.size - this.active.length; missing > 0; missing--) this.start();
      await Promise.all(this.booting.map(({ settled }) => settled));
    }
  }

  /** kill -9, whatever it is doing, frozen or not. */
  async kill(pick: number): Promise<void> {
    const member = this.choose(pick, ['working', 'frozen']);
    if (!member) return this.count.missed('kill');
    member.state = 'ending';
    this.count.done('kill');
    await member.process.kill('SIGKILL');
  }

  /** SIGTERM: it must be gone within its grace period. */
  async terminate(pick: number): Promise<void> {
    const member = this.choose(pick, ['working']);
    if (!member) return this.count.missed('terminate');
    this.count.done('terminate');
    await this.end(member);
  }

  /** SIGSTOP, and after a while SIGCONT. */
  async freeze(pick: number, ms: number, as: 'freeze' | 'nap'): Promise<void> {
    const member = this.choose(pick, ['working']);
    if (!member) return this.count.missed(as);
    this.count.done(as);
    member.state = 'frozen';
    member.process.child.kill('SIGSTOP');
    await Promise.race([delay(ms), member.process.exited]);
    member.process.child.kill('SIGCONT');
    if (member.state === 'frozen') member.state = 'working';
  }

  /** The process ids of those that work, frozen or not. */
  get pids(): number[] {
    return this.active.filter(({ state }) => state !== 'booting').map(({ process }) => process.child.pid!);
  }

  /** The process id of one that works. */
  pid(pick: number): number | undefined {
    return this.choose(pick, ['working', 'frozen'])?.process.child.pid;
  }

  /** SIGTERM to all; resolves when all are gone. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.members].map((member) => this.end(member)));
  }

  private get active(): Member[] {
    return [...this.members].filter(({ state }) => state !== 'ending');
  }

  private get booting(): Member[] {
    return this.active.filter(({ state }) => state === 'booting');
  }

  private start(): void {
    const process = startProcess(this.entry, { env: toEnvironment(this.setup) });
    let settle!: () => void;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const member: Member = { process, settled, state: 'booting', fenced: 0 };
    this.members.add(member);
    process.child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'status') member.fenced = message.fenced;
      else if (member.state === 'booting') member.state = 'working';
      settle();
    });
    void process.exited.then((exit) => {
      settle();
      this.members.delete(member);
      this.fencedByGone += member.fenced;
      if (member.state === 'booting') this.count.done('failedStart');
      else if (this.mayDie) this.count.done('died');
      else if (member.state !== 'ending') {
        this.troubles.push(`A worker ended by itself (${exit.signal ?? exit.code}):\n${process.lines.join('\n')}`);
      }
    });
    this.count.done('start');
  }

  private async end(member: Member): Promise<void> {
    member.state = 'ending';
    member.process.child.kill('SIGTERM');
    const limit = GRACE_MS + EXIT_SLACK_MS;
    const late = new AbortController();
    const gone = await Promise.race([
      member.process.exited.then(() => true),
      delay(limit, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    if (gone) return;
    this.troubles.push(`A worker was not gone ${limit} ms after SIGTERM:\n${member.process.lines.join('\n')}`);
    await member.process.kill('SIGKILL');
  }

  private choose(pick: number, states: readonly Member['state'][]): Member | undefined {
    const fitting = [...this.members].filter(({ state }) => states.includes(state));
    return fitting[Math.floor(pick * fitting.length)];
  }
}
