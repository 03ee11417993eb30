import { type EventEmitter } from 'node:events';
import { type Queue, type Worker } from 'bullmq';
import { type ResolvedBullMqOptions } from './bullmq.options.js';
import { wakeupQueueName } from './queue-names.js';
import { within } from './within.js';

/** How long a connection may take to say goodbye before it is cut. */
const GOODBYE_MS = 250;
/** How long one wait for a wake-up takes. A process that ends while the backend is lost waits for that wait. */
const DRAIN_SECONDS = 2;
/** Events that BullMQ keeps per queue for those who listen; nobody needs those of wake-ups for long. */
const MAX_EVENTS = 1_000;

/** Opens and closes BullMQ's objects, and never throws: what goes wrong is told to `onTrouble`. */
export class QueueOpener {
  constructor(
    private readonly options: ResolvedBullMqOptions,
    private readonly onTrouble: (error: Error) => void,
  ) {}

  queue(namespace: string): Queue {
    const { classes, connection, prefix, removeOnComplete, removeOnFail } = this.options;
    const queue = new classes.Queue(this.nameOf(namespace), {
      connection,
      prefix,
      streams: { events: { maxLen: MAX_EVENTS } },
      defaultJobOptions: { removeOnComplete: { count: removeOnComplete }, removeOnFail: { count: removeOnFail } },
    }) as Queue;
    this.watch(queue);
    return queue;
  }

  /** One that fetches when it is asked to: only its owner knows when there is room. */
  worker(namespace: string): Worker {
    const { classes, connection, prefix } = this.options;
    const worker = new classes.Worker(this.nameOf(namespace), null, {
      connection,
      prefix,
      autorun: false,
      drainDelay: DRAIN_SECONDS,
    }) as Worker;
    this.watch(worker);
    return worker;
  }

  async closeQueue(queue: Queue): Promise<void> {
    if (await within(GOODBYE_MS, queue.close())) return;
    // It waits for an answer that may never come; a client of the host's is not ours to cut.
    if (!this.options.isShared) void queue.disconnect().catch(() => undefined);
  }

  async closeWorker(worker: Worker): Promise<void> {
    // BullMQ's PostgreSQL backend would else wait for the next wake-up, up to an hour, and keep the process alive.
    const backend = (worker as Partial<Pick<Worker, 'getBackend'>>).getBackend?.bind(worker)();
    void backend?.disconnectBlocking(false).catch(() => undefined);
    await within(GOODBYE_MS, worker.close(true));
  }

  private nameOf(namespace: string): string {
    return wakeupQueueName(namespace, this.options.queuePrefix);
  }

  private watch(one: EventEmitter): void {
    one.on('error', this.onTrouble);
    one.on('ioredis:close', () => this.onTrouble(new Error('the connection was lost')));
  }
}
