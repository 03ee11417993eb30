/** Where a handler waits until the test lets it go on; the test waits for handlers to arrive. */
export class Gate {
  private readonly passage: Promise<void>;
  private release!: () => void;
  private readonly listeners: { count: number; resolve: () => void }[] = [];
  private count = 0;

  constructor() {
    this.passage = new Promise((resolve) => (this.release = resolve));
  }

  /** How many have come so far. */
  get arrivals(): number {
    return this.count;
  }

  /** What a handler awaits. */
  async pass(): Promise<void> {
    this.count++;
    for (const { count, resolve } of this.listeners) if (this.count >= count) resolve();
    await this.passage;
  }

  /** Resolves when that many have come. */
  arrived(count = 1): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    return new Promise((resolve) => this.listeners.push({ count, resolve }));
  }

  /** Lets everybody through, those who come later too. */
  open(): void {
    this.release();
  }
}
