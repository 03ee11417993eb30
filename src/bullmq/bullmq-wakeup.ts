import { randomUUID } from 'node:crypto';
import { type OnApplicationShutdown } from '@nestjs/common';
import { PostgresWakeup } from '../engine/wakeup/postgres-wakeup.js';
import { type Sleeper, Wakeup, type WakeHint } from '../engine/wakeup/wakeup.js';
import { type Notifications } from '../persistence/notifications.js';
import { BackendWatch } from './backend-watch.js';
import { type ResolvedBullMqOptions } from './bullmq.options.js';
import { QueueOpener } from './queue-opener.js';
import { WakeupQueues } from './wakeup-queues.js';
import { TaskerLogger } from '../logging/tasker-logger.js';

/** How often it asks whether the backend answers and which namespaces there are. */
const TICK_MS = 1_000;
/** Connections that have not come back by themselves for so long are thrown away and made anew. */
const RENEW_MS = 5_000;

/**
 * Wakes through BullMQ: every hint wakes one process that has room for more, and that one wakes the next when it could
 * not take everything. So wide work spreads over many machines without all of them looking at every change.
 *
 * While the backend does not answer, hints go out as notifications of PostgreSQL, and the poll finds what no hint named.
 * Those notifications are heard at all times: what a transaction of the host's tells at its commit comes that way.
 */
export class BullMqWakeup extends Wakeup implements OnApplicationShutdown {
  private readonly logger = new TaskerLogger('BullMqWakeup');
  private readonly self = randomUUID();
  private readonly postgres: PostgresWakeup;
  private readonly opener: QueueOpener;
  private readonly watch: BackendWatch;
  private queues: WakeupQueues | undefined;
  private sleeper: Sleeper | undefined;
  private isStopped = false;
  private ticker: NodeJS.Timeout | undefined;
  private renewAt = 0;
  private closing: Promise<unknown> = Promise.resolve();
  /** Tasks whose wake-up was taken since the last time it was passed on, one per namespace. */
  private readonly taken = new Map<string, number>();

  constructor(options: ResolvedBullMqOptions, notifications: Notifications) {
    super();
    this.postgres = new PostgresWakeup(notifications);
    this.opener = new QueueOpener(options, (error) => this.watch.suspect(error));
    this.watch = new BackendWatch({
      ask: async (isLost) => this.queues?.ask(isLost),
      lost: (why) =>
        this.logger.warn(
          `BullMQ does not answer (${why}). Wake-ups go through PostgreSQL until it does; work goes on.`,
        ),
      back: () => this.back(),
    });
  }

  async start(sleeper: Sleeper): Promise<void> {
    if (this.sleeper) return;
    this.sleeper = sleeper;
    this.isStopped = false;
    await this.postgres.start(sleeper);
    this.tick();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.sleeper = undefined;
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.close();
    await this.postgres.stop();
    await this.closing;
  }

  /** A process without a worker opens queues too, to tell of the tasks it creates. */
  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** After `stop` hints still go out, but not through connections that nobody would close. */
  announce(hints: readonly WakeHint[]): void {
    if (this.isStopped || !this.watch.isSure) this.postgres.announce(hints);
    if (this.isStopped || hints.length === 0) return;
    this.attempt(() => {
      for (const hint of hints) this.open().announce(hint);
    });
  }

  override passOn(): void {
    const taken = [...this.taken];
    this.taken.clear();
    this.announce(taken.map(([namespace, taskId]) => ({ namespace, taskId, delayMs: 0 })));
  }

  get isHealthy(): boolean {
    return this.sleeper ? this.watch.isUp : !this.watch.isLost;
  }

  private tick(): void {
    if (this.isStopped) return;
    this.attempt(() => {
      if (this.watch.isLost && performance.now() > this.renewAt) this.close();
      const queues = this.open();
      if (this.sleeper) queues.take(this.sleeper.namespaces(), this.sleeper);
      this.watch.ask();
    });
  }

  private open(): WakeupQueues {
    this.ticker ??= setInterval(() => this.tick(), TICK_MS).unref();
    if (this.queues) return this.queues;
    this.renewAt = performance.now() + RENEW_MS;
    // What those say that have been closed since is no news.
    const ifOpen = (act: () => void): void => (this.queues === queues ? act() : undefined);
    const queues = new WakeupQueues(this.self, this.opener, {
      succeeded: () => ifOpen(() => this.watch.succeeded()),
      failed: (error) => ifOpen(() => this.watch.failed(error)),
      trouble: (error) => ifOpen(() => this.watch.suspect(error)),
      looked: (namespace, { taskId }) => this.taken.set(namespace, taskId),
    });
    this.queues = queues;
    return queues;
  }

  private close(): void {
    const { queues, closing } = this;
    this.queues = undefined;
    this.watch.forget();
    if (queues) this.closing = Promise.all([closing, queues.close(this.watch.isLost)]);
  }

  private lost(why: string): void {
    this.logger.warn(`BullMQ does not answer (${why}). Wake-ups go through PostgreSQL until it does; work goes on.`);
    this.renewAt = performance.now() + RENEW_MS;
  }

  private back(): void {
    this.logger.log('BullMQ answers again.');
    // What was told meanwhile is unknown.
    this.sleeper?.look();
  }

  /** BullMQ's constructors throw at options they do not like. */
  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.watch.failed(error);
    }
  }
}
