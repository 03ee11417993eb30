import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionTrouble, isDataError } from '../persistence/conflicts.js';
import { type Advance, type AttemptResult } from '../persistence/sql/advance.js';
import { type OrchestrationService, type WorkerIdentity } from './orchestration.service.js';
import { engineFailure, FAILURE_CODES } from './step-failure.js';
import { TaskerLogger } from '../logging/tasker-logger.js';

const RETRY_MS = [100, 200, 500, 1000, 2000, 5000];
const NOTHING: Advance = { applied: [], claims: [], finished: [], readyLeft: 0, at: null };

/**
 * Brings results to the database whatever happens to the way there: while it cannot be reached they are kept and tried
 * again; a batch the database refuses is taken apart, and the one result at fault becomes a failure of its step.
 */
export class ResultDelivery {
  private readonly logger = new TaskerLogger('TaskerWorker');
  private trouble: string | undefined;
  private answerLost = false;
  private fencedCount = 0;
  private stopped = false;

  /** @param reconcile called once the way is free again after an answer may have been lost */
  constructor(
    private readonly orchestration: OrchestrationService,
    private readonly reconcile: () => void,
  ) {}

  /** False while the database cannot be reached. */
  get isReachable(): boolean {
    return this.trouble === undefined;
  }

  /** Results that came too late: their claim had been taken back, and they changed nothing. */
  get fenced(): number {
    return this.fencedCount;
  }

  async deliver(worker: WorkerIdentity, batch: readonly AttemptResult[], capacity: number): Promise<Advance> {
    for (let attempt = 0; ; attempt++) {
      try {
        const outcome = await this.orchestration.advance(worker, batch, capacity);
        // After a lost answer "not applied" may mean "applied the first time": nothing can be said about those.
        if (attempt === 0) this.fencedCount += batch.length - outcome.applied.length;
        await this.recall(worker, batch, outcome);
        this.succeeded();
        return outcome;
      } catch (error) {
        if (isDataError(error)) return this.deliverApart(worker, batch, error);
        this.failed(`write ${batch.length} results`, error);
        if (this.stopped) throw error;
        await sleep(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
      }
    }
  }

  /** What the first time was committed after all has not been told yet. */
  private async recall(worker: WorkerIdentity, batch: readonly AttemptResult[], { applied }: Advance): Promise<void> {
    const counted = new Set(applied.map(({ stepId }) => stepId));
    const lost = batch.filter(({ stepId }) => !counted.has(stepId));
    if (lost.length === 0) return;
    try {
      await this.orchestration.recallResults(worker, lost);
    } catch (error) {
      this.logger.warn(`Could not look after ${lost.length} results; their events are not told here: ${String(error)}`);
    }
  }

  /** Keeps results for as long as it takes. */
  start(): void {
    this.stopped = false;
  }

  /** Gives up what cannot be written: the leases bring those steps back. */
  stop(): void {
    this.stopped = true;
  }

  /** To be told of every statement that failed. */
  failed(what: string, error: unknown): void {
    this.answerLost = true;
    const message = error instanceof Error ? error.message : String(error);
    if (this.trouble === undefined) {
      const kind = isConnectionTrouble(error) ? 'The database cannot be reached' : 'The database refused';
      this.logger.error(`${kind}: could not ${what}: ${message}. Results are kept and tried again.`);
    }
    if (isConnectionTrouble(error)) this.trouble = message;
  }

  /** To be told of every statement that went through. */
  succeeded(): void {
    if (this.trouble !== undefined) this.logger.log('The database is back.');
    this.trouble = undefined;
    if (!this.answerLost) return;
    this.answerLost = false;
    this.reconcile();
  }

  private async deliverApart(
    worker: WorkerIdentity,
    batch: readonly AttemptResult[],
    error: unknown,
  ): Promise<Advance> {
    if (batch.length === 1) {
      const [result] = batch;
      if (result!.error?.errorCode === FAILURE_CODES.refused) throw error;
      return this.deliver(worker, [withoutContents(result!, error)], 0);
    }
    let whole = NOTHING;
    for (const result of batch) {
      const { applied, finished, readyLeft } = await this.deliver(worker, [result], 0);
      whole = {
        applied: [...whole.applied, ...applied],
        claims: [],
        finished: [...whole.finished, ...finished],
        readyLeft: whole.readyLeft + readyLeft,
        at: null,
      };
    }
    return whole;
  }
}

/** Of a result in a batch, in bytes, roughly. */
export function weightOf(result: AttemptResult): number {
  return (result.resultsText?.length ?? 0) + 300;
}

/** What is left to say of an attempt when the database refuses what it returned, or what is kept of its error. */
function withoutContents(result: AttemptResult, error: unknown): AttemptResult {
  const permanent = result.outcome !== 'retry';
  const what = result.outcome === 'complete' ? 'what the step returned' : "the details of the step's failure";
  const message = `the database refused ${what}: ${(error as Error).message}`;
  return {
    ...result,
    outcome: permanent ? 'fail' : 'retry',
    resultsText: null,
    error: engineFailure(FAILURE_CODES.refused, message, permanent),
  };
}
