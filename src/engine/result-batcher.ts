/**
 * Group commit: collects what comes in while a flush is under way and hands it on in one batch when the way is free.
 * Under load one flush carries hundreds; when idle a single item goes at once.
 */
export class ResultBatcher<T> {
  private waiting: T[] = [];
  private inFlight = 0;
  private scheduled = false;
  private idle: (() => void)[] = [];

  /**
   * @param flush must not reject: what it cannot deliver it keeps trying
   * @param weigh size of an item in bytes; a batch stays under `maxBytes` unless one item alone is larger
   */
  constructor(
    private readonly flush: (batch: readonly T[]) => Promise<void>,
    private readonly weigh: (item: T) => number,
    private readonly limits: { maxItems: number; maxBytes: number; maxInFlight: number },
  ) {}

  add(item: T): void {
    this.waiting.push(item);
    this.schedule();
  }

  /** Items that are not yet delivered. */
  get pending(): readonly T[] {
    return this.waiting;
  }

  get size(): number {
    return this.waiting.length;
  }

  get flushesInFlight(): number {
    return this.inFlight;
  }

  /** Resolves when everything added so far, and what is added meanwhile, is delivered. */
  async drain(): Promise<void> {
    if (this.isIdle) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private get isIdle(): boolean {
    return this.waiting.length === 0 && this.inFlight === 0;
  }

  /** After the current turn, so that all results of one turn of the event loop share a batch. */
  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.limits.maxInFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.waiting.length > 0 && this.inFlight < this.limits.maxInFlight) void this.send(this.take());
    });
  }

  private take(): T[] {
    let count = 0;
    let bytes = 0;
    while (count < this.waiting.length && count < this.limits.maxItems) {
      bytes += this.weigh(this.waiting[count]!);
      if (count > 0 && bytes > this.limits.maxBytes) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  private async send(batch: T[]): Promise<void> {
    this.inFlight++;
    try {
      await this.flush(batch);
    } finally {
      this.inFlight--;
      if (this.waiting.length > 0) this.schedule();
      else if (this.isIdle) this.idle.splice(0).forEach((resolve) => resolve());
    }
  }
}
