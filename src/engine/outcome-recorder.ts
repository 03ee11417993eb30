import { type ControlStore } from '../persistence/control-store.js';
import { type AttemptResult } from '../persistence/sql/advance.js';

const FLUSH_MS = 50;

/**
 * Tells the circuit breakers how attempts ended: joined, every few milliseconds, and only of systems that have one. A
 * permanent error is an answer of the system, not a sign that it is down, and counts as a call that went well.
 */
export class OutcomeRecorder {
  private systems: ReadonlySet<string> = new Set();
  private counts = new Map<string, { calls: number; failures: number }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: ControlStore) {}

  /** The systems that have a breaker. */
  watch(systems: ReadonlySet<string>): void {
    this.systems = systems;
  }

  record(system: string, result: AttemptResult): void {
    if (!this.systems.has(system)) return;
    const count = this.counts.get(system) ?? { calls: 0, failures: 0 };
    count.calls++;
    if (result.outcome === 'retry') count.failures++;
    this.counts.set(system, count);
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Books what is still to be booked. Failing to is no error: a breaker that opens late only opens late. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.counts.size === 0) return;
    const counts = this.counts;
    this.counts = new Map();
    try {
      await this.store.recordOutcomes(counts);
    } catch {
      // The next outcomes say the same.
    }
  }
}
