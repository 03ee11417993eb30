import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, type Worker } from 'bullmq';
import { type Sleeper } from '../engine/wakeup/wakeup.js';
import { type WakeupJob } from './hint-sender.js';
import { within } from './within.js';

/** Between two wake-ups, and between two looks whether there is room: one look finds all that is due. */
const PACE_MS = 20;
/** After a fetch that failed. */
const RETRY_MS = 500;
/** What is being taken when it is stopped gets so long to be passed on. */
const LAST_ONE_MS = 250;

/** A process that got its own hint gives others this time to take it, and so often. */
const STEP_BACK_MS = 50;
const MAX_RETURNS = 3;

/** What becomes of a wake-up that was taken. */
export interface TakerEvents {
  /** The sleeper was told to look. */
  looked(wakeup: WakeupJob): void;
  /** Others should look, too or instead. */
  left(wakeup: WakeupJob): void;
  failed(error: unknown): void;
}

/**
 * Takes wake-ups of one namespace, one at a time and only while the sleeper has room, so that a full process leaves them
 * to others. A wake-up is finished *before* the look: what is told meanwhile joins it as long as it is there, and so the
 * look comes after everything that joined it.
 */
export class HintTaker {
  private readonly stopped = new AbortController();
  /** A wake-up in hand. */
  private taking: Promise<number> | undefined;

  /** @param self the name of this process, unlike that of any other */
  constructor(
    private readonly self: string,
    private readonly worker: Worker,
    private readonly sleeper: Sleeper,
    private readonly events: TakerEvents,
  ) {
    // Wake-ups that died in the hands of a process that was killed go back into the queue.
    void worker.startStalledCheckTimer().catch((error: unknown) => events.failed(error));
    void this.run();
  }

  /** Takes no more; returns when what it had in hand is out of it. The worker is its owner's to close. */
  async stop(): Promise<void> {
    this.stopped.abort();
    if (this.taking) await within(LAST_ONE_MS, this.taking);
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      if (!this.sleeper.hasRoom()) {
        await this.pause(PACE_MS);
        continue;
      }
      const start = performance.now();
      const job = await this.fetch();
      let restMs = PACE_MS;
      if (job) {
        this.taking = this.take(job);
        restMs = await this.taking;
        this.taking = undefined;
      }
      // Without a wake-up it has waited already, unless the queue is paused or closed.
      if (job || performance.now() - start < PACE_MS) await this.pause(restMs);
    }
  }

  /** The next wake-up, as soon as there is one; nothing now and then. */
  private async fetch(): Promise<Job<WakeupJob> | undefined> {
    try {
      return await this.worker.getNextJob(this.self);
    } catch (error) {
      if (!this.isStopped) this.events.failed(error);
      await this.pause(RETRY_MS);
      return undefined;
    }
  }

  /** @returns after how long the next may be taken */
  private async take(job: Job<WakeupJob>): Promise<number> {
    try {
      await job.moveToCompleted(null, this.self, false);
    } catch (error) {
      // It is gone with all the others, or will come again; the look is right in any case.
      this.events.failed(error);
    }
    const wakeup = job.data;
    if (this.isStopped || !this.sleeper.hasRoom()) {
      this.events.left(wakeup);
      return PACE_MS;
    }
    this.events.looked(wakeup);
    this.sleeper.look();
    if (wakeup.from !== this.self || wakeup.returned >= MAX_RETURNS) return PACE_MS;
    this.events.left({ ...wakeup, returned: wakeup.returned + 1 });
    return STEP_BACK_MS;
  }

  private get isStopped(): boolean {
    return this.stopped.signal.aborted;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }
}
