/** Moments beyond this many are left to the interval. */
const MAX_MOMENTS = 1_000;

/**
 * When to look without being woken: at the moments this process knows steps become due (its own retries), and at an
 * interval for all it cannot know. One timer, set to the earliest.
 */
export class WakeTimer {
  private timer: NodeJS.Timeout | undefined;
  private firesAt = Infinity;
  private running = false;
  /** Known moments on the process's monotonic clock, ascending. */
  private readonly moments: number[] = [];

  constructor(
    private readonly intervalMs: number,
    private readonly look: () => void,
  ) {}

  start(): void {
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
    this.firesAt = Infinity;
    this.moments.length = 0;
  }

  /** Looks after so many milliseconds, whatever the interval. */
  wakeIn(ms: number): void {
    if (!this.running) return;
    const at = Math.ceil(performance.now() + ms);
    let index = this.moments.length;
    while (index > 0 && this.moments[index - 1]! > at) index--;
    if (this.moments[index - 1] === at || index >= MAX_MOMENTS) return;
    this.moments.splice(index, 0, at);
    if (this.moments.length > MAX_MOMENTS) this.moments.pop();
    if (at < this.firesAt) this.arm();
  }

  private arm(): void {
    clearTimeout(this.timer);
    const now = performance.now();
    this.firesAt = Math.min(this.moments[0] ?? Infinity, now + this.intervalMs);
    this.timer = setTimeout(() => this.fire(), this.firesAt - now);
  }

  private fire(): void {
    const now = performance.now();
    while (this.moments.length > 0 && this.moments[0]! <= now + 1) this.moments.shift();
    this.arm();
    this.look();
  }
}
