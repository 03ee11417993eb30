import { type Clock } from '../core/clock.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { advance, type Advance, type AttemptResult } from '../persistence/sql/advance.js';
import { StepTransactions } from '../persistence/step-transaction.js';
import { type PreparedClaim, type WorkerIdentity } from './orchestration.service.js';
import { type FeedWriter } from './events/feed-writer.js';
import { type StepRunner } from './step-runner.js';

/** The attempt has ended and its results are committed already. */
export interface CommittedAttempt {
  readonly committed: Advance;
  readonly result: AttemptResult;
}

class RolledBack extends Error {
  constructor(readonly result: AttemptResult | null) {
    super('rolled back');
  }
}

/**
 * Runs a step in one transaction with its own completion. The completion checks the claim under the task's lock, as
 * every result does: an attempt that was taken back meanwhile rolls back, its writes with it.
 */
export class TransactionalRun {
  private readonly transactions: StepTransactions;
  private fencedCount = 0;

  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
    private readonly runner: StepRunner,
    private readonly feed: FeedWriter,
  ) {
    this.transactions = new StepTransactions(db);
  }

  /** Transactions rolled back because their claim no longer held. */
  get fenced(): number {
    return this.fencedCount;
  }

  /** @returns what was committed; else how the attempt failed, to be delivered as any failure; else null */
  async run(
    worker: WorkerIdentity,
    { claim, entry }: PreparedClaim,
    controller: AbortController,
    capacity: () => number,
  ): Promise<CommittedAttempt | AttemptResult | null> {
    const commit = this.feed.committing(worker.workerId);
    try {
      const ended = await this.transactions.run(async (manager, seal) => {
        const result = await this.runner.run(claim, entry, controller, manager);
        if (result?.outcome !== 'complete') throw new RolledBack(result);
        await seal();
        commit.begin([result]);
        const request = { ...worker, results: [result], capacity: capacity() };
        const committed = await advance(this.db, this.clock, request, manager);
        if (committed.applied.length === 0) {
          this.fencedCount++;
          throw new RolledBack(null);
        }
        return { committed, result };
      });
      commit.done(ended.committed);
      return ended;
    } catch (error) {
      commit.failed();
      if (error instanceof RolledBack) return error.result;
      // Begin or commit failed. If the commit went through after all, the claim is gone and this failure is fenced off.
      return this.runner.failure(claim, entry, error);
    }
  }
}
