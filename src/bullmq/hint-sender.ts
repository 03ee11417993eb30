import { type Queue } from 'bullmq';
import { within } from './within.js';

/** Hints that come within this time after one was sent are sent together. */
const THROTTLE_MS = 20;
/** Wake-ups that wait in a queue at the most. Whoever takes one looks for everything, so more would wake nobody new. */
const MAX_WAITING = 100;
/** Later moments that are held back while the queue does not answer; beyond, the poll finds them. */
const MAX_LATER = 1_000;
/** Wake-ups for later are joined when they are due within the same so many milliseconds. */
const MOMENT_MS = 100;

/** What a wake-up says. */
export interface WakeupJob {
  readonly taskId: number;
  /** The process that gave the hint: it is meant for others. */
  readonly from: string;
  /** How often that process got it itself and put it back. */
  readonly returned: number;
}

/** Told how each sending ended. */
export interface SendingOutcome {
  succeeded(): void;
  failed(error: unknown): void;
}

/**
 * Puts hints for one namespace into its queue, one wake-up per task and, for later, one per moment: as long as it waits,
 * what is told again joins it. One sending at a time; what is held back meanwhile is bounded.
 */
export class HintSender {
  /** By task. */
  private readonly now = new Map<number, WakeupJob>();
  /** By the moment they are due, on the clock; the task is only one of those concerned. */
  private readonly later = new Map<number, WakeupJob>();
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** How many more may wait, as far as we know. */
  private room = MAX_WAITING;

  constructor(
    private readonly queue: Queue,
    private readonly outcome: SendingOutcome,
  ) {}

  add(wakeup: WakeupJob, delayMs = 0): void {
    if (delayMs <= 0) {
      if (this.now.size < MAX_WAITING) this.now.set(wakeup.taskId, wakeup);
    } else if (this.later.size < MAX_LATER) {
      // A moment late rather than early: an early look finds nothing.
      this.later.set(Math.ceil((Date.now() + delayMs) / MOMENT_MS) * MOMENT_MS, wakeup);
    }
    if (!this.timer) this.send();
  }

  /** Sends what is held back; gives up after so many milliseconds. */
  async drain(ms: number): Promise<void> {
    clearTimeout(this.timer);
    const all = async () => {
      await this.sending;
      this.send();
      await this.sending;
    };
    await within(ms, all());
    clearTimeout(this.timer);
  }

  private send(): void {
    if (this.sending || this.now.size + this.later.size === 0) return;
    this.sending = this.sendHeld()
      .then(
        () => this.outcome.succeeded(),
        (error) => this.outcome.failed(error),
      )
      .finally(() => {
        this.sending = undefined;
        this.timer = setTimeout(() => {
          this.timer = undefined;
          this.send();
        }, THROTTLE_MS);
        this.timer.unref();
      });
  }

  private async sendHeld(): Promise<void> {
    const later = [...this.later].map(([moment, data]) => ({
      name: 'wake',
      data,
      opts: { delay: Math.max(0, moment - Date.now()), deduplication: { id: `at-${moment}` } },
    }));
    const now = [...this.now.values()].map((data) => ({
      name: 'wake',
      data,
      opts: { deduplication: { id: `task-${data.taskId}` } },
    }));
    this.later.clear();
    this.now.clear();
    if (now.length > this.room) this.room = MAX_WAITING - (await this.queue.getWaitingCount());
    const jobs = [...now.slice(0, Math.max(0, this.room)), ...later];
    this.room -= Math.min(now.length, Math.max(0, this.room));
    if (jobs.length > 0) await this.queue.addBulk(jobs);
  }
}
