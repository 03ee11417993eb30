/** What a round says about the next. */
export interface NextRound {
  /** It comes after so long, unless something wakes it before. */
  readonly afterMs: number;
  /** And also then not sooner than this. */
  readonly gapMs?: number;
}

export interface RoundsOptions {
  readonly round: () => Promise<NextRound>;
  /** Told the first time a round fails, and when one succeeds again. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery: () => void;
}

/** After rounds that failed, so long each time; the last from then on. */
const RETRY_MS = [100, 250, 500, 1_000, 2_000];

/**
 * Does something again and again, one round after the other: when the round before has said, when it is woken, and after a
 * while when it failed.
 */
export class Rounds {
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private woken = false;
  private stopped = true;
  private notBefore = 0;
  private failures = 0;

  constructor(private readonly options: RoundsOptions) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.wake();
  }

  /** Resolves when the round that is under way is over; there is no other. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
    this.immediate = undefined;
    await this.running;
  }

  /** Another round, as soon as may be. */
  wake(): void {
    if (this.stopped || this.woken) return;
    this.woken = true;
    if (!this.running) this.arm(0);
  }

  private arm(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.immediate) return;
    const wait = Math.max(this.woken ? 0 : afterMs, this.notBefore - performance.now());
    if (wait === Infinity) return;
    // Never in the turn that woke it: what that one is about to change belongs to the round.
    if (wait <= 0) this.immediate = setImmediate(() => this.begin());
    else this.timer = setTimeout(() => this.begin(), wait);
  }

  private begin(): void {
    this.immediate = undefined;
    this.woken = false;
    this.running = this.run().then((afterMs) => {
      this.running = undefined;
      if (!this.stopped) this.arm(afterMs);
    });
  }

  private async run(): Promise<number> {
    const began = performance.now();
    try {
      const { afterMs, gapMs = 0 } = await this.options.round();
      this.notBefore = began + gapMs;
      if (this.failures > 0) this.options.onRecovery();
      this.failures = 0;
      return afterMs;
    } catch (error) {
      if (this.failures === 0) this.options.onTrouble(error);
      const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]!;
      this.notBefore = performance.now() + wait;
      return wait;
    }
  }
}
