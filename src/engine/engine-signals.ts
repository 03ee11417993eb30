import { Injectable } from '@nestjs/common';
import { outsideCorrelation } from '../handlers/correlation-context.js';
import { type Advance, type FinishedTask } from '../persistence/sql/advance.js';

interface Signals {
  /** An advance was committed. */
  advanced: Advance;
  /** Tasks reached a final state: here, or in another process that said so (then without details). */
  finished: readonly FinishedTask[];
  /** Tasks were created here. */
  created: readonly number[];
  /** Tasks were cancelled in this process: abort what runs of them. */
  cancelled: readonly number[];
  /** An operator changed steps of these tasks in this process: see whether the claims still hold. */
  changed: readonly number[];
  /** Pauses or limits were set in this process. */
  controls: null;
}

/**
 * What the parts of the engine tell each other inside one process, after the commit. A listener that throws disturbs
 * nobody.
 */
@Injectable()
export class EngineSignals {
  private readonly listeners = new Map<keyof Signals, Set<(value: never) => void>>();

  on<K extends keyof Signals>(signal: K, listener: (value: Signals[K]) => void): () => void {
    const set = this.listeners.get(signal) ?? new Set();
    this.listeners.set(signal, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  emit<K extends keyof Signals>(signal: K, value: Signals[K]): void {
    for (const listener of this.listeners.get(signal) ?? []) {
      try {
        // Who listens works for everybody, not for the request or step that made this happen.
        outsideCorrelation(() => (listener as (value: Signals[K]) => void)(value));
      } catch {
        // A listener's trouble is its own; the engine goes on.
      }
    }
  }
}
