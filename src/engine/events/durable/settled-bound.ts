import { type Horizon } from '../../../persistence/event-stream-store.js';

/**
 * Up to which id the stream is settled: whatever of it will ever be committed is seen by a statement that begins after
 * the observation that said so.
 *
 * Ids are drawn in order and committed in any order. An observation gives the highest id drawn, and then who holds a lock
 * to write (see `tasker_event_horizon`): whoever drew an id up to it is among those, or has ended. So the id is settled
 * when none of those that were seen with it is left; who comes later draws higher ones. Every writer ends, so the bound
 * moves on even when there is always somebody who writes.
 */
export class SettledBound {
  private settled = 0;
  private candidate: { readonly last: number; readonly waitsFor: Set<string> } | undefined;

  get upTo(): number {
    return this.settled;
  }

  /** True while somebody who was seen may still commit: looking again soon is worth while. */
  get isWaiting(): boolean {
    return this.candidate !== undefined;
  }

  observe({ last, writers, prepared }: Horizon): void {
    const running = new Set([...writers, ...prepared]);
    if (this.candidate) {
      const { waitsFor } = this.candidate;
      const gone = [...waitsFor].filter((id) => !running.has(id));
      for (const id of gone) waitsFor.delete(id);
      // One that is gone may have been prepared for a two-phase commit, under another id: it may be any of these.
      if (gone.length > 0) for (const id of prepared) waitsFor.add(id);
      if (waitsFor.size > 0) return;
      this.settled = Math.max(this.settled, this.candidate.last);
      this.candidate = undefined;
    }
    if (running.size === 0) this.settled = Math.max(this.settled, last);
    else this.candidate = { last, waitsFor: running };
  }
}
