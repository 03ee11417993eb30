import { type Duty } from './duty.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/**
 * Runs the duties of a process, each at its own interval, never twice at once. One that fails is logged, once until it
 * works again, and tried at its next turn. `start` and `stop` may be called twice; `stop` returns when all is at rest.
 */
export class Maintainer {
  private readonly logger = new TaskerLogger('TaskerMaintenance');
  private readonly timers = new Map<Duty, NodeJS.Timeout>();
  private readonly running = new Map<Duty, Promise<void>>();
  private readonly failing = new Set<Duty>();
  private stopping = new AbortController();

  constructor(private readonly duties: readonly Duty[]) {}

  start(): void {
    if (this.timers.size > 0) return;
    this.stopping = new AbortController();
    // Spread, so that processes started together do not all come at once.
    for (const duty of this.duties) this.schedule(duty, duty.intervalMs * Math.random());
  }

  async stop(): Promise<void> {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.stopping.abort();
    await Promise.all(this.running.values());
  }

  private schedule(duty: Duty, ms: number): void {
    const timer = setTimeout(() => {
      const round = this.round(duty).finally(() => {
        this.running.delete(duty);
        if (this.timers.get(duty) === timer) this.schedule(duty, duty.intervalMs);
      });
      this.running.set(duty, round);
    }, ms);
    this.timers.set(duty, timer);
  }

  private async round(duty: Duty): Promise<void> {
    try {
      await duty.run(this.stopping.signal);
      if (this.failing.delete(duty)) this.logger.log(`${duty.name} works again.`);
    } catch (error) {
      if (this.failing.has(duty)) return;
      this.failing.add(duty);
      this.logger.warn(`${duty.name} failed and will be tried again: ${String(error)}`);
    }
  }
}
