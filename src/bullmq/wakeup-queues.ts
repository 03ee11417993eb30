import { type Queue, type Worker } from 'bullmq';
import { type Sleeper, type WakeHint } from '../engine/wakeup/wakeup.js';
import { HintSender, type SendingOutcome, type WakeupJob } from './hint-sender.js';
import { HintTaker } from './hint-taker.js';
import { type QueueOpener } from './queue-opener.js';

/** What is still held back when all is closed gets so long to be sent. */
const LAST_WORDS_MS = 250;

export interface QueueEvents extends SendingOutcome {
  /** A wake-up was taken, and the sleeper told to look. */
  looked(namespace: string, wakeup: WakeupJob): void;
  /** May mean nothing. */
  trouble(error: unknown): void;
}

/** The queues in use: opened when the first hint for a namespace goes out or its wake-ups are to be taken. */
export class WakeupQueues {
  private readonly sending = new Map<string, { queue: Queue; sender: HintSender }>();
  private readonly taking = new Map<string, { worker: Worker; taker: HintTaker }>();
  /** Nothing is opened any more. */
  private isClosed = false;

  /** @param self the name of this process, unlike that of any other */
  constructor(
    private readonly self: string,
    private readonly opener: QueueOpener,
    private readonly events: QueueEvents,
  ) {}

  announce({ namespace, taskId, delayMs }: WakeHint): void {
    this.open(namespace).sender.add({ taskId, from: this.self, returned: 0 }, delayMs);
  }

  /** Takes the wake-ups of these namespaces, and of no others any more. */
  take(namespaces: readonly string[], sleeper: Sleeper): void {
    for (const namespace of namespaces) if (!this.taking.has(namespace)) this.openTaker(namespace, sleeper);
    for (const [namespace, { worker, taker }] of this.taking) {
      if (namespaces.includes(namespace)) continue;
      this.taking.delete(namespace);
      void taker.stop().then(() => this.opener.closeWorker(worker));
    }
  }

  /** Asks a queue for an answer, or for a wake-up to get through. Nothing to ask is an answer too. */
  async ask(needsHint: boolean): Promise<void> {
    const [one] = this.sending.values();
    const [namespace] = this.taking.keys();
    const queue = one?.queue ?? (namespace === undefined ? undefined : this.open(namespace).queue);
    if (!queue) return;
    const data: WakeupJob = { taskId: 0, from: this.self, returned: 0 };
    if (needsHint) await queue.add('wake', data, { deduplication: { id: 'task-0' } });
    else await queue.getWaitingCount();
  }

  /** Passes on what is in hand, sends what is held back, and closes everything. */
  async close(isLost: boolean): Promise<void> {
    const takers = [...this.taking.values()].map(async ({ worker, taker }) => {
      await taker.stop();
      await this.opener.closeWorker(worker);
    });
    await Promise.all(takers);
    this.isClosed = true;
    const senders = [...this.sending.values()].map(async ({ queue, sender }) => {
      await sender.drain(isLost ? 0 : LAST_WORDS_MS);
      await this.opener.closeQueue(queue);
    });
    await Promise.all(senders);
  }

  private open(namespace: string): { queue: Queue; sender: HintSender } {
    const known = this.sending.get(namespace);
    if (known) return known;
    const queue = this.opener.queue(namespace);
    const opened = { queue, sender: new HintSender(queue, this.events) };
    this.sending.set(namespace, opened);
    return opened;
  }

  private openTaker(namespace: string, sleeper: Sleeper): void {
    const worker = this.opener.worker(namespace);
    const taker = new HintTaker(this.self, worker, sleeper, {
      looked: (wakeup) => this.events.looked(namespace, wakeup),
      left: (wakeup) => (this.isClosed ? undefined : this.open(namespace).sender.add(wakeup)),
      failed: (error) => this.events.trouble(error),
    });
    this.taking.set(namespace, { worker, taker });
  }
}
