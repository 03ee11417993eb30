import { type EntityManager } from 'typeorm';
import { type Clock } from '../../core/clock.js';
import { type StepFailure } from '../../core/records.js';
import { type StepState, type TaskState } from '../../core/states.js';
import { type TaskerDatabase } from '../database.js';
import { type Claim, type ClaimRow, toClaim } from './claim.js';

/** An event that a handler published. */
export interface PublishedEvent {
  readonly id: string;
  readonly name: string;
  readonly payloadText: string;
}

/** How one attempt ended. */
export interface AttemptResult {
  readonly taskId: number;
  readonly stepId: number;
  readonly attempt: number;
  /** Of the claim. */
  readonly token: number;
  /** `retry` runs again while the step may; `fail` never does. */
  readonly outcome: 'complete' | 'retry' | 'fail';
  /** JSON text of the results, for `complete`. */
  readonly resultsText: string | null;
  readonly error: StepFailure | null;
  /** Until the next attempt, for `retry`. */
  readonly delayMs: number;
  /** What the called system asked for, when it did. */
  readonly requestedSeconds: number | null;
  readonly durationMs: number;
  /** The events that the handler published, to be stored with it; their payload is JSON text that is known to be storable. */
  readonly events: readonly PublishedEvent[];
}

/** A result that counted. */
export interface AppliedResult {
  readonly taskId: number;
  readonly stepId: number;
  readonly position: number;
  readonly attempt: number;
  readonly state: StepState;
  /** When the next attempt is due; null when there will be none. */
  readonly readyAt: Date | null;
  /** True: there will be another, but not while the task is held back. */
  readonly isHeldBack: boolean;
  /** Its place in the step's history. */
  readonly sortKey: number;
  /** JSON text of what the history says of it, where the caller cannot know; else null. */
  readonly metadataText: string | null;
}

export interface FinishedTask {
  readonly taskId: number;
  readonly state: TaskState;
  readonly finishedAt: Date;
  /** Its place in the task's history, and the JSON text of what that says of it; null when another process told us. */
  readonly move: { readonly sortKey: number; readonly metadataText: string | null } | null;
}

/** All that one advance changed. */
export interface Advance {
  /** The results that counted; one that is missing had lost its claim and changed nothing. */
  readonly applied: readonly AppliedResult[];
  /** Children that this worker shall run now. */
  readonly claims: readonly Claim[];
  readonly finished: readonly FinishedTask[];
  /** Children that are due but were left for others. */
  readonly readyLeft: number;
  /** The instant that all rows of it bear; null when there are none. */
  readonly at: Date | null;
}

export interface AdvanceRow extends ClaimRow {
  kind: 'applied' | 'claimed' | 'task' | 'ready';
  state: string;
  ready_at: Date | number | null;
}

const SQL = `select kind, task_id, workflow_step_id, position, attempt, retryable, retry_limit, inputs, state, ready_at, token
  from $schema.tasker_advance($1, $2, $3, $4, $5, $6, $7)`;

/**
 * Ends a batch of attempts in one round trip and one commit: results, history, children's readiness, the tasks' roll-up,
 * and the claim of up to `capacity` children for the same worker. Within a transaction when a manager is given. The function `tasker_advance` states its invariants.
 */
export async function advance(
  db: TaskerDatabase,
  clock: Clock,
  request: {
    workerId: number;
    results: readonly AttemptResult[];
    capacity: number;
    laneIds: readonly number[];
    leaseMs: number;
  },
  manager?: EntityManager,
): Promise<Advance> {
  const tasks = [...new Set(request.results.map((result) => result.taskId))].sort((a, b) => a - b);
  const json = `[${request.results.map(toJson).join(',')}]`;
  const { workerId, capacity, laneIds, leaseMs } = request;
  const values = [workerId, tasks, json, capacity, laneIds, leaseMs, clock.sqlNow()];
  return readAdvance(
    await (manager ? db.rowsWithin<AdvanceRow>(manager, SQL, values) : db.rows<AdvanceRow>(SQL, values)),
  );
}

export function readAdvance(rows: readonly AdvanceRow[]): Advance {
  const applied: AppliedResult[] = [];
  const claims: Claim[] = [];
  const finished: FinishedTask[] = [];
  let readyLeft = 0;
  const last = rows.find(({ kind }) => kind === 'ready')?.ready_at;
  const at = last instanceof Date ? last : null;
  for (const row of rows) {
    if (row.kind === 'applied') {
      applied.push({
        taskId: row.task_id,
        stepId: row.workflow_step_id,
        position: row.position,
        attempt: row.attempt,
        state: row.state as StepState,
        // 'infinity' when the task is held back.
        readyAt: row.ready_at instanceof Date ? row.ready_at : null,
        isHeldBack: row.ready_at !== null && !(row.ready_at instanceof Date),
        sortKey: row.token,
        metadataText: row.inputs,
      });
    } else if (row.kind === 'claimed') claims.push(toClaim(row, at!));
    else if (row.kind === 'task') {
      finished.push({
        taskId: row.task_id,
        state: row.state as TaskState,
        finishedAt: row.ready_at as Date,
        move: { sortKey: row.token, metadataText: row.inputs },
      });
    } else readyLeft = row.position;
  }
  return { applied, claims, finished, readyLeft, at };
}

function toJson(result: AttemptResult): string {
  const events = result.events.length === 0 ? '' : `,"events":[${result.events.map(eventJson).join(',')}]`;
  const head = `{"task":${result.taskId},"step":${result.stepId},"attempt":${result.attempt},"token":${result.token},"outcome":"${result.outcome}","duration_ms":${result.durationMs}${events}`;
  if (result.outcome === 'complete') return `${head},"results":${result.resultsText ?? 'null'}}`;
  const requested = result.requestedSeconds === null ? '' : `,"requested_seconds":${result.requestedSeconds}`;
  return `${head},"delay_ms":${result.delayMs}${requested},"error":${JSON.stringify(result.error)}}`;
}

function eventJson({ id, name, payloadText }: PublishedEvent): string {
  return `{"id":"${id}","name":${JSON.stringify(name)},"payload":${payloadText}}`;
}
