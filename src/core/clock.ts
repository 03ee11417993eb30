/**
 * Where the engine reads the time. In production the database's own clock decides (`sqlNow()` is null), so that machines
 * with different clocks agree; a test gives an instant of its own and moves it.
 */
export abstract class Clock {
  /** The current time of this process. */
  abstract now(): Date;

  /** The instant that statements shall take as "now", or null to let the database say. */
  abstract sqlNow(): Date | null;

  /** Calls `listener` when the time jumps, so that sleepers look again. Returns how to stop that. */
  abstract onJump(listener: () => void): () => void;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  sqlNow(): Date | null {
    return null;
  }

  onJump(): () => void {
    return () => {};
  }
}
