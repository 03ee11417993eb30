import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { StepHandlerRegistry } from '../definitions/step-handler-registry.js';
import { EventRegistry } from '../events/event-registry.js';
import { TaskerDatabase } from '../persistence/database.js';
import { advance, type Advance, type AttemptResult, type PublishedEvent } from '../persistence/sql/advance.js';
import { claimSteps, type Claim } from '../persistence/sql/claim.js';
import { type HeldClaim, releaseClaims, renewClaims } from '../persistence/sql/leases.js';
import { publishEvent } from '../persistence/sql/publish-event.js';
import { reapLeases } from '../persistence/sql/reap.js';
import { loadFinishedSteps, loadRunningTasks } from '../persistence/sql/load-tasks.js';
import { AttemptLog } from './attempt-log.js';
import { DefinitionCatalog } from './definition-catalog.js';
import { type EngineOptions } from './engine.options.js';
import { EngineSignals } from './engine-signals.js';
import { ENGINE_OPTIONS } from './engine.tokens.js';
import { type PublishAtOnce } from './events/attempt-events.js';
import { ChangeFeed } from './events/change-feed.js';
import { beforeHandle, publishedEvent } from './events/engine-changes.js';
import { FeedWriter } from './events/feed-writer.js';
import { StepRunner } from './step-runner.js';
import { type WakeHint } from './wakeup/wakeup.js';
import { type CommittedAttempt, TransactionalRun } from './transactional-run.js';
import { type RememberedTask, TaskMemory } from './task-memory.js';

/** Who claims, and what: a registered worker with the lanes it can run. */
export interface WorkerIdentity {
  readonly workerId: number;
  readonly laneIds: readonly number[];
  readonly controlledLaneIds: readonly number[];
  readonly leaseMs: number;
}

/** A claim with all that its handler may read. */
export interface PreparedClaim {
  readonly claim: Claim;
  readonly entry: RememberedTask;
}

/**
 * The way of a step: claim → run → advance, the roll-up of its task included in the advance. Workers call it; it keeps
 * no loop, no timer and no queue of its own. A worker that is stopped at any point between two calls loses nothing.
 */
@Injectable()
export class OrchestrationService {
  private readonly memory: TaskMemory;
  private readonly log: AttemptLog;
  private readonly runner: StepRunner;
  private readonly transactional: TransactionalRun;
  private readonly feed: FeedWriter;

  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
    private readonly catalog: DefinitionCatalog,
    private readonly signals: EngineSignals,
    handlers: StepHandlerRegistry,
    registry: EventRegistry,
    feed: ChangeFeed,
    @Inject(ENGINE_OPTIONS) options: EngineOptions,
  ) {
    this.memory = new TaskMemory(options.execution.taskMemoryBytes);
    this.log = new AttemptLog(this.memory);
    const publishAtOnce =
      (claim: Claim): PublishAtOnce =>
      (event, payload) =>
        this.publish(claim, event, payload);
    this.runner = new StepRunner(handlers, registry, publishAtOnce, options.execution, options.backoff);
    this.feed = new FeedWriter(feed, this.memory);
    this.transactional = new TransactionalRun(db, clock, this.runner, this.feed);
  }

  /** Takes up to `limit` due steps. */
  async claim(worker: WorkerIdentity, limit: number): Promise<Claim[]> {
    return this.feed.claiming(worker.workerId, () => claimSteps(this.db, this.clock, { ...worker, limit }));
  }

  /**
   * Loads what a batch of claims may read and is not known here: one query for the tasks, one for their ancestors'
   * results, none when all of it is in memory. Each prepared claim holds its task in memory until it has run. A claim
   * whose task is gone is left out.
   */
  async prepare(claims: readonly Claim[]): Promise<PreparedClaim[]> {
    const entries = new Map<number, RememberedTask>();
    for (const { taskId } of claims) {
      const entry = entries.get(taskId) ?? this.memory.get(taskId);
      if (!entry) continue;
      entry.inUse++;
      entries.set(taskId, entry);
    }
    try {
      await this.load(claims, entries);
    } catch (error) {
      for (const { taskId } of claims) this.letGo(entries.get(taskId));
      throw error;
    }
    return claims.flatMap((claim) => {
      const entry = entries.get(claim.taskId);
      return entry ? [{ claim, entry }] : [];
    });
  }

  /**
   * Runs one attempt of a prepared claim.
   * @param capacity how many children a transactional step may claim when it commits
   * @returns how it ended; what was committed, when it was a transactional step that succeeded; or null when it was
   *   aborted from outside and counts for nothing
   */
  async run(
    worker: WorkerIdentity,
    prepared: PreparedClaim,
    controller: AbortController,
    capacity: () => number,
  ): Promise<AttemptResult | CommittedAttempt | null> {
    const { claim, entry } = prepared;
    this.feed.tell(() => beforeHandle(claim), 'step.before_handle');
    try {
      if (!this.runner.isTransactional(claim, entry)) return await this.runner.run(claim, entry, controller);
      const outcome = await this.transactional.run(worker, prepared, controller, capacity);
      if (outcome && 'committed' in outcome) this.announce([outcome.result], outcome.committed);
      return outcome;
    } finally {
      this.letGo(entry);
    }
  }

  /**
   * Commits a batch of results and claims up to `capacity` of the steps that became ready by it. Announces what was
   * committed, after it was.
   */
  async advance(worker: WorkerIdentity, results: readonly AttemptResult[], capacity: number): Promise<Advance> {
    const outcome = await this.feed.advancing(worker.workerId, results, () =>
      advance(this.db, this.clock, { ...worker, results, capacity }),
    );
    this.announce(results, outcome);
    return outcome;
  }

  /** Tells of results that were committed, though their answer was lost: to be called with those that did not count. */
  async recallResults(worker: WorkerIdentity, results: readonly AttemptResult[]): Promise<void> {
    const rows = results.map(({ stepId, token }) => ({ stepId, sortKey: token + 1 }));
    await this.feed.recall(this.db, worker.workerId, rows);
  }

  /** As {@link recallResults}, of claims. */
  async recallClaims(worker: WorkerIdentity, claims: readonly { stepId: number; token: number }[]): Promise<void> {
    const rows = claims.map(({ stepId, token }) => ({ stepId, sortKey: token }));
    await this.feed.recall(this.db, worker.workerId, rows);
  }

  /** What others are told when steps of these tasks are left to them, at once or after a delay. */
  wakeHints(of: readonly { readonly taskId: number; readonly delayMs?: number }[]): WakeHint[] {
    const hints = new Map<string, WakeHint>();
    for (const { taskId, delayMs = 0 } of of) {
      const namespace = this.memory.get(taskId)?.task.namespace;
      if (namespace !== undefined) hints.set(`${taskId} ${delayMs}`, { namespace, taskId, delayMs });
    }
    return [...hints.values()];
  }

  /** Transactional results that came too late. */
  get fencedTransactions(): number {
    return this.transactional.fenced;
  }

  private announce(results: readonly AttemptResult[], outcome: Advance): void {
    this.rememberResults(results, outcome);
    this.log.tell(results, outcome);
    this.signals.emit('advanced', outcome);
    if (outcome.finished.length > 0) {
      for (const { taskId } of outcome.finished) this.memory.forget(taskId);
      this.signals.emit('finished', outcome.finished);
    }
    this.memory.trim();
  }

  /** Extends the leases of what is still running; returns the steps that are still this worker's. */
  async renew(worker: WorkerIdentity, claims: readonly HeldClaim[]): Promise<Set<number>> {
    return renewClaims(this.db, this.clock, worker.workerId, claims, worker.leaseMs);
  }

  /** Takes back claims whose lease is over; nothing when another process is doing it. */
  async reap(poisonLimit: number): Promise<Advance> {
    return this.feed.advancing(null, [], () => reapLeases(this.db, this.clock, poisonLimit));
  }

  /** Hands claims back unused; others may take them at once. */
  async release(worker: WorkerIdentity, claims: readonly HeldClaim[]): Promise<void> {
    await this.feed.releasing(worker.workerId, claims, () =>
      releaseClaims(this.db, this.clock, worker.workerId, claims),
    );
  }

  private async load(claims: readonly Claim[], entries: Map<number, RememberedTask>): Promise<void> {
    const unknown = [...new Set(claims.map((claim) => claim.taskId))].filter((taskId) => !entries.has(taskId));
    if (unknown.length > 0) {
      for (const task of await loadRunningTasks(this.db, unknown)) {
        const definition = await this.catalog.byDefinitionId(task.definitionId);
        // Another batch may have loaded it meanwhile.
        const entry = this.memory.get(task.taskId) ?? this.memory.add(task, definition);
        entry.inUse += claims.filter((claim) => claim.taskId === task.taskId).length;
        entries.set(task.taskId, entry);
      }
    }
    const wanted = new Map<string, { taskId: number; position: number }>();
    for (const { taskId, position } of claims) {
      const entry = entries.get(taskId);
      for (const ancestor of entry?.definition.ancestors(position) ?? []) {
        if (!entry!.steps.has(ancestor)) wanted.set(`${taskId}:${ancestor}`, { taskId, position: ancestor });
      }
    }
    for (const step of await loadFinishedSteps(this.db, [...wanted.values()])) {
      this.memory.remember(entries.get(step.taskId)!, step.position, step);
    }
  }

  private async publish(claim: Claim, event: PublishedEvent, payload: unknown): Promise<void> {
    const at = await publishEvent(this.db, event, claim, this.clock.sqlNow());
    this.feed.tell(() => publishedEvent(event, claim, at, payload), event.name);
  }

  private letGo(entry: RememberedTask | undefined): void {
    if (entry && entry.inUse > 0) entry.inUse--;
  }

  private rememberResults(results: readonly AttemptResult[], { applied }: Advance): void {
    const texts = new Map(results.map((result) => [result.stepId, result.resultsText]));
    for (const { taskId, stepId, position, state } of applied) {
      const entry: RememberedTask | undefined = this.memory.get(taskId);
      if (entry && state === 'complete') {
        this.memory.remember(entry, position, { state, resultsText: texts.get(stepId) ?? null });
      }
    }
  }
}
