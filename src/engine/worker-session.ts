import { hostname } from 'node:os';
import { LIBRARY_VERSION } from '../core/version.js';
import { type ControlStore } from '../persistence/control-store.js';
import { type HeldClaim } from '../persistence/sql/leases.js';
import { type WorkerStore } from '../persistence/worker-store.js';
import { type AttemptTable } from './attempt-table.js';
import { type DefinitionCatalog, type RunnableLanes } from './definition-catalog.js';
import { type WorkerOptions } from './engine.options.js';
import { type OrchestrationService, type WorkerIdentity } from './orchestration.service.js';
import { OutcomeRecorder } from './outcome-recorder.js';

/**
 * A worker's standing in the database from its registration to its retirement: its row, its heartbeat and the leases of
 * what it runs, the lanes it may claim from, and what the breakers are told.
 */
export class WorkerSession {
  readonly outcomes: OutcomeRecorder;
  private current: { identity: WorkerIdentity; lanes: RunnableLanes } | null = null;

  constructor(
    private readonly options: WorkerOptions,
    private readonly attempts: AttemptTable,
    private readonly orchestration: OrchestrationService,
    private readonly catalog: DefinitionCatalog,
    private readonly workers: WorkerStore,
    controls: ControlStore,
  ) {
    this.outcomes = new OutcomeRecorder(controls);
  }

  /** Registers the worker. */
  async open(): Promise<void> {
    const { concurrency } = this.options;
    const workerId = await this.workers.register({
      host: hostname(),
      pid: process.pid,
      version: LIBRARY_VERSION,
      concurrency,
    });
    await this.refreshLanes(workerId);
  }

  get isOpen(): boolean {
    return this.current !== null;
  }

  /** Who claims, and from where. */
  get identity(): WorkerIdentity {
    if (!this.current) throw new Error('The worker is not registered.');
    return this.current.identity;
  }

  get namespaces(): readonly string[] {
    return this.current?.lanes.namespaces ?? [];
  }

  /** Renews the leases, aborts what is not ours any more, and learns of lanes that came. */
  async beat(): Promise<void> {
    const held = this.attempts.claims();
    const still = await this.orchestration.renew(this.identity, held);
    this.attempts.abortLost(held, still);
    await this.refreshLanes();
  }

  /** Learns of lanes that came, and of pauses and limits that were set. */
  async refreshLanes(workerId = this.identity.workerId): Promise<void> {
    const lanes = await this.catalog.runnableLanes(this.options.namespaces);
    const { laneIds, controlledLaneIds, breakerSystems } = lanes;
    this.current = { identity: { workerId, leaseMs: this.options.leaseMs, laneIds, controlledLaneIds }, lanes };
    this.outcomes.watch(breakerSystems);
  }

  /** Hands back what the rows say is ours and we know nothing of: an answer was lost on the way. */
  async releaseUnknown(): Promise<void> {
    const held = await this.workers.heldBy(this.identity.workerId);
    const unknown = held.filter((claim) => !this.attempts.holds(claim));
    await this.orchestration.recallClaims(this.identity, unknown);
    await this.orchestration.release(this.identity, unknown);
  }

  /** Hands back all there is and retires. Returns what was handed back. */
  async close(): Promise<readonly HeldClaim[]> {
    await this.outcomes.flush();
    const held = await this.workers.heldBy(this.identity.workerId);
    await this.orchestration.release(this.identity, held);
    await this.workers.retire(this.identity.workerId);
    return held;
  }
}
