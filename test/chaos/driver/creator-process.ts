/** The process that creates and operates, seen from the driver: what it was told, and what it said came of it. */
import { type RunningProcess, startProcess } from '../../support/processes.js';
import { type CreatorCommand, type CreatorMessage } from '../messages.js';
import { type Setup, toEnvironment } from '../setup.js';
import { type Count } from './count.js';

/** What became of the requests, by their numbers. */
export interface Ledger {
  /** Number to id, of those whose creation was confirmed. */
  readonly created: ReadonlyMap<number, number>;
  /** Rolled back: must not exist. */
  readonly undone: ReadonlySet<number>;
  /** May exist or not. */
  readonly unknown: ReadonlySet<number>;
}

export class CreatorProcess implements Ledger {
  readonly troubles: string[] = [];
  private readonly process: RunningProcess;
  readonly created = new Map<number, number>();
  readonly undone = new Set<number>();
  readonly unknown = new Set<number>();
  private readonly heard = new Map<CreatorMessage['kind'], () => void>();
  private stopping = false;

  constructor(
    setup: Setup,
    private readonly actions: Count,
  ) {
    this.process = startProcess('test/chaos/app/creator.ts', { env: toEnvironment(setup) });
    this.process.child.on('message', (message: CreatorMessage) => this.receive(message));
    void this.process.exited.then(({ signal, code }) => {
      if (this.stopping) return;
      this.troubles.push(`The creator ended by itself (${signal ?? code}):\n${this.process.lines.join('\n')}`);
      for (const resolve of this.heard.values()) resolve();
    });
  }

  get pid(): number {
    return this.process.child.pid!;
  }

  /** Resolves when it creates. */
  ready(): Promise<void> {
    return this.hear('ready');
  }

  operate(action: string, pick: number, ms: number): void {
    this.send({ kind: 'operate', action, pick, ms });
  }

  /** Resolves when nothing more is created and every action has ended. */
  async stop(): Promise<void> {
    if (this.troubles.length > 0) return;
    const stopped = this.hear('stopped');
    this.send({ kind: 'stop' });
    await stopped;
  }

  /** Lets tasks go on that are held back. */
  async resume(ids: readonly number[]): Promise<void> {
    if (this.troubles.length > 0) return;
    const resumed = this.hear('resumed');
    this.send({ kind: 'resume', ids });
    await resumed;
  }

  async close(): Promise<void> {
    this.stopping = true;
    await this.process.kill('SIGTERM');
  }

  private hear(kind: CreatorMessage['kind']): Promise<void> {
    return new Promise((resolve) => this.heard.set(kind, resolve));
  }

  private send(command: CreatorCommand): void {
    if (this.process.child.connected) this.process.child.send(command);
  }

  private receive(message: CreatorMessage): void {
    this.heard.get(message.kind)?.();
    if (message.kind === 'created') message.numbers.forEach((n, i) => this.created.set(n, message.ids[i]!));
    else if (message.kind === 'undone') message.numbers.forEach((n) => this.undone.add(n));
    else if (message.kind === 'unknown') message.numbers.forEach((n) => this.unknown.add(n));
    else if (message.kind === 'acted') this.actions.done(`${message.action} ${message.end}`);
  }
}
