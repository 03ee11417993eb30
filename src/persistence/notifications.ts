import { randomUUID } from 'node:crypto';
import { type EntityManager } from 'typeorm';
import { type DedicatedClient, type TaskerDatabase } from './database.js';

const RECONNECT_MS = [100, 250, 500, 1000, 2000, 5000];

const KINDS = ['ready', 'finished', 'cancelled', 'changed', 'controls'] as const;

/** A message between the processes of one database. Only a hint: losing one costs latency, never work. */
export interface Notification {
  /**
   * `ready`: steps are due; `finished`: tasks reached a final state; `cancelled`: abort what runs of these tasks;
   * `changed`: an operator changed steps of these tasks, see whether your claims still hold; `controls`: pauses or limits
   * were set.
   */
  readonly kind: (typeof KINDS)[number];
  /** The tasks concerned; empty means "any, look yourself". */
  readonly taskIds: readonly number[];
}

/**
 * LISTEN and NOTIFY on one channel per schema, over one connection of its own that is made again when it breaks.
 * A process does not hear itself.
 */
export class Notifications {
  private readonly self = randomUUID().slice(0, 8);
  private readonly listeners = new Set<(notification: Notification) => void>();
  private client: DedicatedClient | undefined;
  private retry: NodeJS.Timeout | undefined;
  private failures = 0;
  private stopped = true;

  constructor(private readonly db: TaskerDatabase) {}

  /** Connects in the background; returns at once. */
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    void this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** True while this process hears the others. */
  get isConnected(): boolean {
    return this.client !== undefined;
  }

  onNotification(listener: (notification: Notification) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells the others. With a manager: when its transaction commits. Failing to tell is no error. */
  async send(notification: Notification, manager?: EntityManager): Promise<void> {
    const ids = notification.taskIds.join(',');
    // What a transaction tells at its commit, this process must hear too: it does not know when that is.
    const sender = manager ? '-' : this.self;
    const payload = `${sender} ${notification.kind} ${ids.length > 7000 ? '' : ids}`;
    const values = [this.channel, payload];
    if (manager) await this.db.rowsWithin(manager, 'select pg_notify($1, $2)', values);
    else await this.db.rows('select pg_notify($1, $2)', values).catch(() => undefined);
  }

  private get channel(): string {
    return `tasker_${this.db.schema}`.slice(0, 63);
  }

  private async connect(): Promise<void> {
    const client = this.db.dedicatedClient();
    const lost = (): void => this.reconnectAfter(client);
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.receive(payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen "${this.channel.replaceAll('"', '""')}"`);
      if (this.stopped) return void (await client.end());
      this.client = client;
      this.failures = 0;
      // What was said while nobody listened is unknown: look at everything.
      for (const kind of KINDS) this.deliver({ kind, taskIds: [] });
    } catch {
      lost();
    }
  }

  private reconnectAfter(client: DedicatedClient): void {
    client.removeAllListeners();
    client.on('error', () => undefined);
    void client.end().catch(() => undefined);
    if (this.client === client) this.client = undefined;
    if (this.stopped) return;
    clearTimeout(this.retry);
    const delay = RECONNECT_MS[Math.min(this.failures++, RECONNECT_MS.length - 1)]!;
    this.retry = setTimeout(() => void this.connect(), delay);
  }

  private receive(payload: string): void {
    const [sender, kind, ids] = payload.split(' ');
    if (sender === this.self) return;
    const known = KINDS.find((candidate) => candidate === kind);
    if (!known) return;
    this.deliver({ kind: known, taskIds: ids ? ids.split(',').map(Number) : [] });
  }

  private deliver(notification: Notification): void {
    for (const listener of this.listeners) listener(notification);
  }
}
