import { type StepState, type TaskState } from '../states.js';
import { type Change, type StepChange, type StoredEvent, type TaskChange, type TaskFacts } from './change.js';
import { deepFreeze } from './deep-freeze.js';
import { type Cause, type EventError, type StepEventBase, type TaskerEvent, type TaskEventBase } from './event-map.js';

const TASK_EVENT: Readonly<Record<TaskState, string>> = {
  pending: 'task.initialize_requested',
  in_progress: 'task.start_requested',
  complete: 'task.completed',
  error: 'task.failed',
  cancelled: 'task.cancelled',
  resolved_manually: 'task.resolved_manually',
};

const STEP_EVENT: Readonly<Record<StepState, string>> = {
  pending: 'step.initialize_requested',
  in_progress: 'step.execution_requested',
  complete: 'step.completed',
  error: 'step.failed',
  cancelled: 'step.cancelled',
  resolved_manually: 'step.resolved_manually',
  skipped: 'step.skipped',
};

const ALONE = new Map([...Object.values(TASK_EVENT), ...Object.values(STEP_EVENT)].map((name) => [name, [name]]));
const TASK_RETRY = ['task.retry_requested'];
const STEP_RETRY = ['step.retry_requested'];
const HANDED_BACK = ['step.handed_back'];
const FAILED = ['step.failed'];
const BACKOFF = ['step.failed', 'observability.step.backoff'];
const EXHAUSTED = ['step.failed', 'observability.step.max_retries_reached'];

/** The names of the events that a row stands for, in their order. */
export function eventNamesOf(change: Change): readonly string[] {
  if (change.kind === 'event' || change.kind === 'local') return [change.name];
  if (change.kind === 'task') {
    return change.to === 'pending' && change.from === 'error' ? TASK_RETRY : ALONE.get(TASK_EVENT[change.to])!;
  }
  if (change.to === 'pending' && change.from !== null) {
    return change.from === 'error' ? STEP_RETRY : HANDED_BACK;
  }
  if (change.to !== 'error') return ALONE.get(STEP_EVENT[change.to])!;
  const { final, nextRetryAt, error } = failureOf(change);
  if (!final) return nextRetryAt === null ? FAILED : BACKOFF;
  return error.permanent ? FAILED : EXHAUSTED;
}

/**
 * The one place where events are made: of a committed row, and of what is known of its task. Whoever tells an event, in
 * the process that committed it or much later from the history, makes it here, so both are the same.
 * @param names of those that `eventNamesOf` gives
 */
export function toEvent(change: Change, name: string, facts: TaskFacts | undefined): TaskerEvent {
  const event = change.kind === 'event' ? stored(change, facts) : facts && ofTask(change, name, facts);
  if (!event) throw new Error(`${name} of a task that is not known`);
  return deepFreeze(event) as unknown as TaskerEvent;
}

function ofTask(change: Exclude<Change, StoredEvent>, name: string, facts: TaskFacts): object {
  if (change.kind === 'local') return change.make(facts);
  return change.kind === 'task' ? taskEvent(change, name, facts) : stepEvent(change, name, facts);
}

function taskEvent(change: TaskChange, name: string, facts: TaskFacts): object {
  const { from, to, at, metadata } = change;
  const base = {
    ...taskBase(`t${change.taskId}.${change.sortKey}`, name, at, facts),
    fromState: from,
    toState: to,
    ...causeOf(metadata),
  };
  const totalSteps = facts.steps.length;
  const durationMs = at.getTime() - facts.createdAt.getTime();
  switch (name) {
    case 'task.initialize_requested':
      return { ...base, totalSteps, initiator: facts.initiator, sourceSystem: facts.sourceSystem };
    case 'task.start_requested':
      return { ...base, totalSteps };
    case 'task.completed':
      return { ...base, totalSteps, completedSteps: totalSteps, durationMs };
    case 'task.failed': {
      const errorSteps = Array.isArray(metadata['error_steps']) ? (metadata['error_steps'] as string[]) : [];
      const failedSteps = Number(metadata['failed_steps'] ?? errorSteps.length);
      const error = metadata['error'] ? errorOf(metadata['error']) : null;
      return { ...base, totalSteps, errorSteps, failedSteps, error, durationMs };
    }
    case 'task.retry_requested':
      return base;
    default:
      return { ...base, durationMs };
  }
}

function stepEvent(change: StepChange, name: string, facts: TaskFacts): object {
  const { stepId, sortKey, at, metadata } = change;
  const attempt = Number(metadata['attempt'] ?? 0);
  const id = `s${stepId}.${sortKey}`;
  if (name === 'observability.step.backoff') {
    const nextRetryAt = failureOf(change).nextRetryAt!;
    const requested = metadata['requested_seconds'];
    return {
      ...stepBase(`${id}/backoff`, name, at, facts, stepId, change.position),
      attempt,
      backoffSeconds: Math.max(0, Math.round(Date.parse(nextRetryAt) - at.getTime()) / 1000),
      backoffType: requested === null || requested === undefined ? 'exponential' : 'server_requested',
      nextRetryAt,
    };
  }
  const retryLimit = facts.steps[change.position]?.retryLimit ?? 0;
  if (name === 'observability.step.max_retries_reached') {
    const base = stepBase(`${id}/max_retries`, name, at, facts, stepId, change.position);
    return { ...base, attempt, retryLimit, error: errorOf(failureOf(change).error) };
  }
  const move = stepMove(id, name, change, facts, attempt);
  if (name !== 'step.failed') return move;
  const { final, nextRetryAt, error } = failureOf(change);
  return { ...move, error: errorOf(error), final, nextRetryAt, retryLimit };
}

/** Most events are one of these: each in one piece, which is several times faster than putting parts together. */
function stepMove(
  id: string,
  name: string,
  { stepId, position, from, to, at, metadata }: StepChange,
  facts: TaskFacts,
  attempt: number,
): object {
  const step = facts.steps[position];
  const move = {
    id,
    name,
    occurredAt: isoOf(at),
    correlationId: facts.correlationId,
    taskId: facts.taskId,
    namespace: facts.namespace,
    taskName: facts.name,
    version: facts.version,
    tags: facts.tags,
    stepId,
    stepName: step?.name ?? 'unknown',
    dependentSystem: step?.dependentSystem ?? 'unknown',
    fromState: from,
    toState: to,
    cause: textOf(metadata['cause']),
    by: textOf(metadata['by']),
    why: textOf(metadata['reason']),
    attempt,
  };
  if (!TELLS_WORKER.has(name)) return move;
  const told = move as typeof move & { worker: number | null; durationMs?: number };
  told.worker = metadata['worker'] ? Number(metadata['worker']) : null;
  if (to !== 'in_progress' && to !== 'pending') told.durationMs = Number(metadata['duration_ms'] ?? 0);
  return told;
}

const TELLS_WORKER: ReadonlySet<string> = new Set([
  'step.execution_requested',
  'step.handed_back',
  'step.completed',
  'step.failed',
]);

function stored(change: StoredEvent, facts: TaskFacts | undefined): object {
  if (!facts) {
    const base = { id: change.id, name: change.name, occurredAt: change.at.toISOString(), correlationId: null };
    return { ...(change.payload as object), ...base };
  }
  const base =
    change.stepId === null
      ? taskBase(change.id, change.name, change.at, facts)
      : stepBase(change.id, change.name, change.at, facts, change.stepId, change.position ?? -1);
  return { ...base, attempt: change.attempt ?? 0, payload: change.payload };
}

/** What every event about this task begins with. */
export function taskBase<Name extends string>(id: string, name: Name, at: Date, facts: TaskFacts): TaskEventBase<Name> {
  return {
    id,
    name,
    occurredAt: isoOf(at),
    correlationId: facts.correlationId,
    taskId: facts.taskId,
    namespace: facts.namespace,
    taskName: facts.name,
    version: facts.version,
    tags: facts.tags,
  };
}

/** What every event about this step begins with. */
export function stepBase<Name extends string>(
  id: string,
  name: Name,
  at: Date,
  facts: TaskFacts,
  stepId: number,
  position: number,
): StepEventBase<Name> {
  const step = facts.steps[position];
  return {
    ...taskBase(id, name, at, facts),
    stepId,
    stepName: step?.name ?? 'unknown',
    dependentSystem: step?.dependentSystem ?? 'unknown',
  };
}

interface Failure {
  final: boolean;
  nextRetryAt: string | null;
  error: EventError & { permanent?: boolean };
}

function failureOf({ metadata }: StepChange): Failure {
  const next = metadata['next_retry_at'];
  const at = next instanceof Date ? next.getTime() : typeof next === 'string' ? Date.parse(next) : NaN;
  const nextRetryAt = Number.isNaN(at) ? null : new Date(at).toISOString();
  // A task that is held back has 'infinity' there: it goes on, nobody knows when.
  const final = next === null || next === undefined;
  return { final, nextRetryAt, error: (metadata['error'] ?? {}) as Failure['error'] };
}

function errorOf(error: unknown): EventError {
  const { message, errorClass, errorCode } = error as Partial<EventError>;
  return { message: message ?? 'unknown', errorClass: errorClass ?? 'Error', errorCode: errorCode ?? null };
}

function causeOf(metadata: Readonly<Record<string, unknown>>): Cause {
  return { cause: textOf(metadata['cause']), by: textOf(metadata['by']), why: textOf(metadata['reason']) };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

let lastDate: Date | undefined;
let lastText = '';

/** All rows of one commit share their date. */
function isoOf(at: Date): string {
  if (at !== lastDate) [lastDate, lastText] = [at, at.toISOString()];
  return lastText;
}
