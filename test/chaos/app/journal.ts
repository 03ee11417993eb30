/**
 * The handlers' own record of what was really executed, over connections of its own: a row when a handler is entered,
 * committed before it does anything, and the moment when it was left.
 */
import { Injectable, Inject, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { type StepContext, TaskerWorker } from 'nestjs-tasker';
import pg from 'pg';
import { type Setup } from '../setup.js';

export const SETUP = Symbol('CHAOS_SETUP');

const RETRY_MS = 100;
/** What could not be written by then stays unwritten; the checks know rows without an end. */
const LAST_WORDS_MS = 1_000;

@Injectable()
export class Journal implements OnApplicationShutdown {
  private readonly pool: pg.Pool;
  private readonly unwritten = new Set<Promise<void>>();
  private closing = false;

  constructor(
    @Inject(SETUP) setup: Setup,
    private readonly worker: TaskerWorker,
  ) {
    this.pool = new pg.Pool({
      connectionString: setup.url,
      max: 4,
      application_name: `chaos-journal-${process.pid}`,
    });
    this.pool.on('error', () => undefined);
  }

  /** @throws when it cannot be recorded; then the work is not done either */
  async record<T>({ step, task, attempt }: StepContext, deaf: boolean, work: (run: number) => Promise<T>): Promise<T> {
    const { rows } = await this.pool.query<{ run: string }>(
      `insert into chaos_runs (step_id, task_id, attempt, worker_id, deaf) values ($1, $2, $3, $4, $5)
       returning run_id as run`,
      [step.stepId, task.taskId, attempt, this.worker.status.workerId, deaf],
    );
    const run = Number(rows[0]!.run);
    const enteredAt = performance.now();
    let outcome = 'threw';
    try {
      const result = await work(run);
      outcome = 'returned';
      return result;
    } finally {
      this.left(run, performance.now() - enteredAt, outcome);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.race([Promise.all(this.unwritten), delay(LAST_WORDS_MS)]);
    this.closing = true;
    await this.pool.end();
  }

  /** In the background: a handler must not take longer because the database is away. */
  private left(run: number, elapsedMs: number, outcome: string): void {
    const written = this.write(run, elapsedMs, outcome).finally(() => this.unwritten.delete(written));
    this.unwritten.add(written);
  }

  private async write(run: number, elapsedMs: number, outcome: string): Promise<void> {
    while (!this.closing) {
      try {
        // From the moment of entering, not from now: this may be written much later.
        await this.pool.query(
          `update chaos_runs set left_at = entered_at + $2 * interval '1 ms', outcome = $3 where run_id = $1`,
          [run, elapsedMs, outcome],
        );
        return;
      } catch {
        await delay(RETRY_MS);
      }
    }
  }
}
