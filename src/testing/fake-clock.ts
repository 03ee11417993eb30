import { Clock } from '../core/clock.js';

/**
 * A clock that a test moves. All statements of the engine then take its instant as "now", so a backoff of three days is
 * over after `advance(3 * 86_400_000)`.
 */
export class FakeClock extends Clock {
  private readonly listeners = new Set<() => void>();

  constructor(private time = new Date('2030-01-01T00:00:00.000Z')) {
    super();
  }

  now(): Date {
    return new Date(this.time);
  }

  sqlNow(): Date {
    return this.now();
  }

  /** Moves the time on, and wakes whoever sleeps. */
  advance(ms: number): void {
    this.time = new Date(this.time.getTime() + ms);
    for (const listener of this.listeners) listener();
  }

  onJump(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
