import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { ConfigurationError } from '../core/errors.js';
import { type Advance, type AttemptResult } from '../persistence/sql/advance.js';
import { type Claim } from '../persistence/sql/claim.js';
import { ControlStore } from '../persistence/control-store.js';
import { Notifications } from '../persistence/notifications.js';
import { WorkerStore } from '../persistence/worker-store.js';
import { AttemptTable } from './attempt-table.js';
import { DefinitionCatalog } from './definition-catalog.js';
import { EngineSignals } from './engine-signals.js';
import { type EngineOptions, type WorkerOptions } from './engine.options.js';
import { ENGINE_OPTIONS } from './engine.tokens.js';
import { OrchestrationService, type PreparedClaim } from './orchestration.service.js';
import { LeaseReaper } from './maintenance/lease-reaper.js';
import { Maintainer } from './maintenance/maintainer.js';
import { StandingDuties } from './maintenance/standing-duties.js';
import { ResultBatcher } from './result-batcher.js';
import { ResultDelivery, weightOf } from './result-delivery.js';
import { StartStop } from './start-stop.js';
import { Wakeup } from './wakeup/wakeup.js';
import { WorkerSession } from './worker-session.js';
import { hearNews } from './worker-news.js';
import { type WorkerStatus } from './worker-status.js';
import { WakeTimer } from './wakeup/wake-timer.js';
import { TaskerLogger } from '../logging/tasker-logger.js';

/** How soon a worker looks again for steps that a limit holds back. */
const CONTROLLED_LOOK_MS = 50;

/**
 * The loop of one process: claims due steps while it has room, runs them, and hands their results to the batcher, whose
 * advance brings the next steps. `start` and `stop` may each be called twice; `stop` returns when all is at rest.
 */
@Injectable()
export class TaskerWorker {
  private readonly logger = new TaskerLogger('TaskerWorker');
  private readonly options: WorkerOptions | null;
  private readonly attempts = new AttemptTable();
  private readonly session: WorkerSession | null;
  private readonly batcher: ResultBatcher<AttemptResult>;
  private readonly delivery: ResultDelivery;
  private readonly timer: WakeTimer;
  private readonly maintainer: Maintainer;
  private readonly reaper: LeaseReaper;
  private readonly lifecycle = new StartStop(
    () => this.startUp(),
    () => this.shutDown(),
  );
  private state: WorkerStatus['state'] = 'stopped';
  private unsubscribe: (() => void)[] = [];
  private heartbeat: NodeJS.Timeout | undefined;
  /** Handlers at work. */
  private running = 0;
  /** Slots promised to claims that are under way. */
  private reserved = 0;
  private claiming = false;
  private lookAgain = false;
  /** An answer was lost: what the rows say is ours must be compared with what we know, at a quiet moment. */
  private reconciliation: 'none' | 'wanted' | 'running' = 'none';
  private restListeners: (() => void)[] = [];

  constructor(
    private readonly orchestration: OrchestrationService,
    catalog: DefinitionCatalog,
    workers: WorkerStore,
    private readonly wakeup: Wakeup,
    private readonly clock: Clock,
    private readonly signals: EngineSignals,
    private readonly notifications: Notifications,
    controls: ControlStore,
    duties: StandingDuties,
    @Inject(ENGINE_OPTIONS) options: EngineOptions,
  ) {
    this.options = options.worker;
    this.session =
      options.worker && new WorkerSession(options.worker, this.attempts, orchestration, catalog, workers, controls);
    this.delivery = new ResultDelivery(this.orchestration, () => {
      this.reconciliation = 'wanted';
      this.pump();
    });
    this.batcher = new ResultBatcher((batch) => this.flush(batch), weightOf, {
      maxItems: this.options?.flushSize ?? 1,
      maxBytes: 8 * 1024 * 1024,
      maxInFlight: 2,
    });
    const reap = (): Promise<Advance> => orchestration.reap(this.options?.poisonLimit ?? 1);
    this.reaper = new LeaseReaper(reap, (taken) => this.tookBack(taken));
    this.maintainer = new Maintainer([this.reaper, ...duties.list]);
    this.timer = new WakeTimer(this.options?.pollIntervalMs ?? 1000, () => this.look());
  }

  get status(): WorkerStatus {
    return {
      workerId: this.session?.isOpen ? this.session.identity.workerId : null,
      state: this.state,
      running: this.running,
      concurrency: this.options?.concurrency ?? 0,
      unwrittenResults: this.batcher.size,
      databaseReachable: this.delivery.isReachable,
      fencedResults: this.delivery.fenced + this.orchestration.fencedTransactions,
      lostClaims: this.attempts.lost,
      reapedClaims: this.reaper.reaped,
    };
  }

  /** Begins to work. Called by the module when the application has started, unless `worker.autoStart` is false. */
  async start(): Promise<void> {
    await this.lifecycle.start();
  }

  /** Stops claiming, waits for what runs, aborts what does not end in time and hands it back. */
  async stop(): Promise<void> {
    await this.lifecycle.stop();
  }

  private async startUp(): Promise<void> {
    const { options, session } = this;
    if (!options || !session) {
      throw new ConfigurationError('Started a worker in a process that is set up with `worker: false`.');
    }
    await session.open();
    this.state = 'running';
    this.delivery.start();
    this.unsubscribe = [
      hearNews(this.signals, this.notifications, {
        created: () => this.look(),
        cancelled: (taskIds) => this.attempts.abortTasks(taskIds),
        changed: (taskIds) => this.checkClaims(taskIds),
        controls: () => void this.controlsChanged(),
      }),
      this.clock.onJump(() => void this.beat().then(() => this.look())),
    ];
    await this.wakeup.start({
      look: () => this.look(),
      hasRoom: () => this.hasRoom,
      namespaces: () => session.namespaces,
    });
    this.timer.start();
    this.maintainer.start();
    this.heartbeat = setInterval(() => void this.beat(), Math.max(50, options.leaseMs / 3));
    this.look();
  }

  /** Looks for due steps now. */
  look(): void {
    this.lookAgain = true;
    this.pump();
  }

  private get free(): number {
    return this.options!.concurrency - this.running - this.reserved;
  }

  private pump(): void {
    if (this.state !== 'running' || this.claiming) return;
    if (this.reconciliation === 'wanted') return this.reconcile();
    if (!this.lookAgain || this.free <= 0) return;
    // Results that cannot be written must not pile up behind steps that run on. While they are being tried, that tells
    // when the database is back; with none to write, the claim itself tries.
    if (!this.delivery.isReachable && this.batcher.flushesInFlight > 0) return;
    if (this.batcher.size > 2 * this.options!.concurrency) return;
    void this.claim();
  }

  private async claim(): Promise<void> {
    const worker = this.session!.identity;
    const limit = this.free;
    this.claiming = true;
    this.lookAgain = false;
    this.reserved += limit;
    let claims: Claim[] = [];
    try {
      claims = await this.orchestration.claim(worker, limit);
      await this.begin(claims);
      this.delivery.succeeded();
    } catch (error) {
      this.delivery.failed('claim steps', error);
      this.timer.wakeIn(1000);
    } finally {
      this.reserved -= limit;
      this.claiming = false;
    }
    if (claims.length === limit) this.wakeup.passOn();
    // Found some: there may be more. A full house looks again when a slot is free.
    if (claims.length > 0) this.lookAgain = true;
    // What a limit or a breaker holds back becomes free without anybody saying so.
    else if (worker.controlledLaneIds.length > 0) this.timer.wakeIn(CONTROLLED_LOOK_MS);
    this.pump();
    this.checkRest();
  }

  /** Starts claims. What cannot be prepared now is handed back by the reconciliation. */
  private async begin(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    for (const prepared of await this.orchestration.prepare(claims)) this.run(prepared);
  }

  private run(prepared: PreparedClaim): void {
    const { claim } = prepared;
    const { controller } = this.attempts.add(claim);
    this.running++;
    // A transactional step takes its children when it commits, its own slot among those that are free then.
    let promised = 0;
    const capacity = (): number => {
      promised = this.mayTakeChildren ? Math.max(0, this.free + 1) : 0;
      this.reserved += promised;
      return promised;
    };
    void this.orchestration.run(this.session!.identity, prepared, controller, capacity).then(async (result) => {
      this.running--;
      // One that was given up (cancelled, lease lost) has nothing to say any more.
      if (!result) this.attempts.gaveUp(controller);
      else this.session!.outcomes.record(systemOf(prepared), 'committed' in result ? result.result : result);
      if (result && !('committed' in result) && this.attempts.isCurrent(claim)) this.batcher.add(result);
      else this.attempts.remove(claim);
      if (result && 'committed' in result) await this.follow(result.committed);
      this.reserved -= promised;
      this.pump();
      this.checkRest();
    });
  }

  private async flush(batch: readonly AttemptResult[]): Promise<void> {
    const worker = this.session!.identity;
    const capacity = this.mayTakeChildren ? Math.max(0, this.free) : 0;
    this.reserved += capacity;
    try {
      const outcome = await this.delivery.deliver(worker, batch, capacity);
      for (const result of batch) this.attempts.remove(result);
      const retries = batch.filter((result) => result.outcome === 'retry');
      // A moment late rather than early: an early look finds nothing.
      for (const { delayMs } of retries) this.timer.wakeIn(delayMs + 5);
      // Others are told now, because this process may be gone, or full, when they are due.
      this.wakeup.announce(this.orchestration.wakeHints(retries));
      // The slot of a limited system that was given back may be what others of its steps wait for.
      if (worker.controlledLaneIds.length > 0) this.lookAgain = true;
      await this.follow(outcome);
    } catch (error) {
      // Only when the worker stops for good: the leases bring those steps back.
      this.logger.warn(`Gave up ${batch.length} results that could not be written: ${String(error)}`);
    } finally {
      this.reserved -= capacity;
      this.pump();
      // The batcher counts this flush until it has returned.
      setImmediate(() => this.checkRest());
    }
  }

  /** Does what a commit brought: runs the children that came with it, tells others of those left. */
  private async follow({ applied, claims, readyLeft }: Advance): Promise<void> {
    if (readyLeft > 0) {
      this.lookAgain = true;
      this.wakeup.announce(this.orchestration.wakeHints(applied));
    }
    try {
      await this.begin(claims);
    } catch (error) {
      this.delivery.failed('load the next steps', error);
    }
  }

  /** Steps of dead workers are due again: here and elsewhere. */
  private tookBack({ applied, finished }: Advance): void {
    if (finished.length > 0) this.signals.emit('finished', finished);
    this.wakeup.announce(this.orchestration.wakeHints(applied));
    this.look();
  }

  private get hasRoom(): boolean {
    return this.state === 'running' && this.free > 0 && this.delivery.isReachable;
  }

  private get mayTakeChildren(): boolean {
    return this.state === 'running' && this.reconciliation === 'none';
  }

  private async beat(): Promise<void> {
    await this.tell('renew leases', () => this.session!.beat());
  }

  private async controlsChanged(): Promise<void> {
    await this.tell('read the controls', () => this.session!.refreshLanes());
    this.look();
  }

  /** Runs a statement of the worker's own, and lets its outcome count for the state of the way to the database. */
  private async tell(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.delivery.succeeded();
    } catch (error) {
      this.delivery.failed(what, error);
    }
  }

  /** Asks at once whether the claims on these tasks still hold, not at the next beat. */
  private checkClaims(taskIds: readonly number[]): void {
    if (this.attempts.worksOn(taskIds)) void this.beat();
  }

  /** Compares what the rows say is ours with what we know. Nothing new is claimed meanwhile, children neither. */
  private reconcile(): void {
    if (this.reserved > 0) return;
    this.reconciliation = 'running';
    this.claiming = true;
    void this.tell('compare claims', () => this.session!.releaseUnknown()).then(() => {
      if (this.reconciliation === 'running') this.reconciliation = 'none';
      this.claiming = false;
      this.look();
      this.checkRest();
    });
  }

  private async shutDown(): Promise<void> {
    this.state = 'stopping';
    this.timer.stop();
    await this.maintainer.stop();
    this.unsubscribe.splice(0).forEach((stop) => stop());
    await this.atRest(this.options!.shutdownGraceMs);
    this.delivery.stop();
    this.attempts.abortAll();
    if (this.attempts.size > 0) await this.atRest(500);
    clearInterval(this.heartbeat);
    try {
      this.wakeup.announce(this.orchestration.wakeHints(await this.session!.close()));
    } catch (error) {
      this.logger.warn(`Could not hand back the worker's claims; their leases will: ${String(error)}`);
    }
    await this.wakeup.stop();
    this.attempts.clear();
    this.state = 'stopped';
  }

  /** Resolves when nothing runs and nothing is unwritten, or after the time is up. */
  private async atRest(timeoutMs: number): Promise<void> {
    if (this.isAtRest) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.restListeners.push(resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs))),
    ]);
    clearTimeout(timer);
  }

  private get isAtRest(): boolean {
    return this.running === 0 && !this.claiming && this.batcher.size === 0 && this.batcher.flushesInFlight === 0;
  }

  private checkRest(): void {
    if (this.state === 'stopping' && this.isAtRest) this.restListeners.splice(0).forEach((resolve) => resolve());
  }
}

function systemOf({ claim, entry }: PreparedClaim): string {
  return entry.definition.steps[claim.position]!.dependentSystem;
}
