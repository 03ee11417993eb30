/**
 * Starts and stops something, one after the other: either may be called twice, at once, and while the other is still
 * under way. Each call returns when what it asked for has happened; the last one decides.
 */
export class StartStop {
  private isStarted = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly open: () => Promise<void>,
    private readonly close: () => Promise<void>,
  ) {}

  /** A start that fails leaves it stopped. */
  async start(): Promise<void> {
    await this.next(async () => {
      if (!this.isStarted) await this.open();
      this.isStarted = true;
    });
  }

  async stop(): Promise<void> {
    await this.next(async () => {
      if (this.isStarted) await this.close();
      this.isStarted = false;
    });
  }

  private next(work: () => Promise<void>): Promise<void> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
