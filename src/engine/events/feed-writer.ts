import { type Change, type LocalEvent, type StoredEvent } from '../../core/events/change.js';
import { type Advance, type AttemptResult } from '../../persistence/sql/advance.js';
import { type Claim } from '../../persistence/sql/claim.js';
import { type HeldClaim, type ReleasedClaim } from '../../persistence/sql/leases.js';
import { type Queryable } from '../../persistence/database.js';
import { changesOfLostCommits, type StepRow } from '../../persistence/sql/load-changes.js';
import { type TaskMemory } from '../task-memory.js';
import { type ChangeFeed } from './change-feed.js';
import { type CommitTicket } from './commit-order.js';
import { changesOfAdvance, changesOfClaims, changesOfRelease, viableSteps } from './engine-changes.js';
import { factsOfRemembered } from './task-facts.js';

const MAX_NOTED = 20_000;

/** A commit that is sent late in a transaction. */
export interface PendingCommit {
  /** To be called before the statement is sent. */
  begin(results: readonly AttemptResult[]): void;
  done(outcome: Advance): void;
  failed(): void;
}

/** Takes what a worker's statements commit to the feed. Costs one look when nobody listens. */
export class FeedWriter {
  /** Rows that claims wrote and that were told, the newest: whoever asks after lost answers finds them too. */
  private readonly told = new Set<string>();

  constructor(
    private readonly feed: ChangeFeed,
    private readonly memory: TaskMemory,
  ) {}

  async claiming(worker: number, claim: () => Promise<Claim[]>): Promise<Claim[]> {
    return this.through(undefined, claim, (claims) => this.claimed(changesOfClaims(claims, worker), claims));
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

  /**
   * Tells what was committed although its answer never came.
   * @param rows those of steps' histories that would have been written
   */
  async recall(db: Queryable, worker: number, rows: readonly StepRow[]): Promise<void> {
    if (!this.feed.isListening || rows.length === 0) return;
    const changes = await changesOfLostCommits(db, worker, rows);
    // A commit may be asked after twice: for the results that it took, and for the claims that it made.
    const news = changes.filter((change) => !this.told.has(keyOf(change)));
    this.note(news);
    this.feed.add(this.known(news));
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
    return this.claimed(changesOfAdvance(results, outcome, worker), outcome.claims);
  }

  private claimed(changes: Change[], claims: readonly Claim[]): Change[] {
    if (claims.length === 0) return changes;
    this.note(changes);
    return [...changes, ...this.viable(claims)];
  }

  private note(changes: readonly Change[]): void {
    for (const change of changes) this.told.add(keyOf(change));
    // A Set keeps insertion order: the first is the oldest.
    for (const key of this.told) {
      if (this.told.size <= MAX_NOTED) break;
      this.told.delete(key);
    }
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

function keyOf(change: Change): string {
  if (change.kind === 'task') return `t${change.taskId}.${change.sortKey}`;
  return change.kind === 'step' ? `s${change.stepId}.${change.sortKey}` : change.kind === 'event' ? change.id : '';
}

function tasksOf(of: readonly { readonly taskId: number }[]): number[] {
  return of.map(({ taskId }) => taskId);
}
