import { type Claim } from '../persistence/sql/claim.js';
import { type HeldClaim } from '../persistence/sql/leases.js';
import { AttemptAborted } from './step-runner.js';

/** A step that runs here, or whose result is on its way. */
export interface Attempt {
  readonly claim: Claim;
  readonly controller: AbortController;
}

/** The claims this worker knows it holds, by step. */
export class AttemptTable {
  private readonly attempts = new Map<number, Attempt>();
  private lostCount = 0;

  /** Executions that were given up because their claim was gone. */
  get lost(): number {
    return this.lostCount;
  }

  get size(): number {
    return this.attempts.size;
  }

  /**
   * Notes a claim. An execution under an earlier claim of the same step is told to stop: that one was lost, or the step
   * could not have been claimed again.
   */
  add(claim: Claim): Attempt {
    this.attempts.get(claim.stepId)?.controller.abort(claimLost());
    const attempt: Attempt = { claim, controller: new AbortController() };
    this.attempts.set(claim.stepId, attempt);
    return attempt;
  }

  /** True while this attempt, as the rows name it, is ours. */
  holds({ stepId, attempt }: Pick<HeldClaim, 'stepId' | 'attempt'>): boolean {
    return this.attempts.get(stepId)?.claim.attempt === attempt;
  }

  /** True while the claim with this token is ours. */
  isCurrent({ stepId, token }: Pick<Claim, 'stepId' | 'token'>): boolean {
    return this.attempts.get(stepId)?.claim.token === token;
  }

  /** Forgets a claim; a later one of the same step stays. */
  remove(claim: Pick<Claim, 'stepId' | 'token'>): void {
    if (this.isCurrent(claim)) this.attempts.delete(claim.stepId);
  }

  /** Notes that an execution has ended without a result. What was cancelled, or shut down, has lost nothing. */
  gaveUp({ signal }: AbortController): void {
    const reason: unknown = signal.reason;
    if (reason instanceof AttemptAborted && reason.cause === 'claim_lost') this.lostCount++;
  }

  clear(): void {
    this.attempts.clear();
  }

  claims(): Claim[] {
    return [...this.attempts.values()].map(({ claim }) => claim);
  }

  /** @param taskIds none: any task */
  worksOn(taskIds: readonly number[]): boolean {
    if (taskIds.length === 0) return this.attempts.size > 0;
    return [...this.attempts.values()].some(({ claim }) => taskIds.includes(claim.taskId));
  }

  /** Aborts what runs of these tasks. */
  abortTasks(taskIds: readonly number[]): void {
    for (const { claim, controller } of this.attempts.values()) {
      if (taskIds.includes(claim.taskId)) controller.abort(new AttemptAborted('cancelled', 'the task was cancelled'));
    }
  }

  /** Aborts those of `held` that the database does not know as ours any more. */
  abortLost(held: readonly Claim[], still: ReadonlySet<number>): void {
    for (const claim of held) {
      const attempt = this.attempts.get(claim.stepId);
      if (still.has(claim.stepId) || attempt?.claim !== claim || attempt.controller.signal.aborted) continue;
      attempt.controller.abort(claimLost());
    }
  }

  abortAll(): void {
    for (const { controller } of this.attempts.values()) {
      controller.abort(new AttemptAborted('shutdown', 'the worker is shutting down'));
    }
  }
}

function claimLost(): AttemptAborted {
  return new AttemptAborted('claim_lost', 'the claim was taken back or the step cancelled');
}
