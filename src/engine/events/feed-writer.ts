import { type Change, type LocalEvent, type StoredEvent } from '../../core/events/change.js';
import { type Advance, type AttemptResult } from '../../persistence/sql/advance.js';
import { type Claim } from '../../persistence/sql/claim.js';
import { type HeldClaim, type ReleasedClaim } from '../../persistence/sql/leases.js';
import { type TaskMemory } from '../task-memory.js';
import { type ChangeFeed } from './change-feed.js';
import { type CommitTicket } from './commit-order.js';
import { changesOfAdvance, changesOfClaims, changesOfRelease, viableSteps } from './engine-changes.js';
import { factsOfRemembered } from './task-facts.js';

/** A commit that is sent late in a transaction. */
export interface PendingCommit {
  /** To be called before the statement is sent. */
  begin(results: readonly AttemptResult[]): void;
  done(outcome: Advance): void;
  failed(): void;
}

/** Takes what a worker's statements commit to the feed. Costs one look when nobody listens. */
export class FeedWriter {
  constructor(
    private readonly feed: ChangeFeed,
    private readonly memory: TaskMemory,
  ) {}

  async claiming(worker: number, claim: () => Promise<Claim[]>): Promise<Claim[]> {
    return this.through(undefined, claim, (claims) => [...changesOfClaims(claims, worker), ...this.viable(claims)]);
  }

  /** @param worker null when claims are taken back from workers that are gone */
  async advancing(
    worker: number | null,
    results: readonly AttemptResult[],
    send: () => Promise<Advance>,
  ): Promise<Advance> {
    const tasks = worker === null ? undefined : tasksOf(results);
    return this.through(tasks, send, (outcome) => this.advanced(worker, results, outcome));
  }

  async releasing(
    worker: number,
    claims: readonly HeldClaim[],
    send: () => Promise<ReleasedClaim[]>,
  ): Promise<ReleasedClaim[]> {
    return this.through(tasksOf(claims), send, (released) => changesOfRelease(released, worker));
  }

  /** For an advance within a transaction: it counts when that commits. */
  committing(worker: number): PendingCommit {
    let ticket: CommitTicket<Change> | undefined;
    let sent: readonly AttemptResult[] = [];
    return {
      begin: (results) => {
        sent = results;
        if (this.feed.isListening) ticket = this.feed.open(tasksOf(results));
      },
      done: (outcome) => ticket?.close(this.known(this.advanced(worker, sent, outcome))),
      failed: () => ticket?.close([]),
    };
  }

  /** Something about one task, by itself: it was stored at once, or happens in this process only. */
  tell(make: () => LocalEvent | StoredEvent, name: string): void {
    if (!this.feed.isListening || !this.feed.wants(name)) return;
    const event = make();
    this.feed.add(this.known([event]));
  }

  private async through<T>(
    tasks: Iterable<number> | undefined,
    send: () => Promise<T>,
    changes: (outcome: T) => Change[],
  ): Promise<T> {
    if (!this.feed.isListening) return send();
    const ticket = this.feed.open(tasks);
    let outcome: T;
    try {
      outcome = await send();
    } catch (error) {
      ticket.close([]);
      throw error;
    }
    ticket.close(this.known(changes(outcome)));
    return outcome;
  }

  private advanced(worker: number | null, results: readonly AttemptResult[], outcome: Advance): Change[] {
    return [...changesOfAdvance(results, outcome, worker), ...this.viable(outcome.claims)];
  }

  private viable(claims: readonly Claim[]): Change[] {
    return claims.length > 0 && this.feed.wants('workflow.viable_steps_discovered') ? viableSteps(claims) : [];
  }

  /** Notes what the worker knows of the tasks, before it forgets them. */
  private known(changes: Change[]): Change[] {
    for (const change of changes) {
      const entry = change.taskId === null ? undefined : this.memory.peek(change.taskId);
      if (entry) change.facts = factsOfRemembered(entry);
    }
    return changes;
  }
}

function tasksOf(of: readonly { readonly taskId: number }[]): number[] {
  return of.map(({ taskId }) => taskId);
}
