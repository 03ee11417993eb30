import { type WorkerStore } from '../../persistence/worker-store.js';
import { type Duty } from './duty.js';

const KEEP_SECONDS = 7 * 86_400;

/** Forgets workers that are gone for a week; until then their names explain the history. */
export class WorkerSweeper implements Duty {
  readonly name = 'worker sweeper';
  readonly intervalMs = 3_600_000;

  constructor(private readonly workers: WorkerStore) {}

  async run(): Promise<void> {
    await this.workers.sweep(KEEP_SECONDS);
  }
}
