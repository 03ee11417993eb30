import { type StepState, type TaskState } from '../states.js';
import { type Change, type TaskFacts } from './change.js';
import { type SystemEventName, type SystemEvents } from './event-map.js';
import { stepBase, taskBase, toEvent } from './lifecycle-events.js';

const CREATED = new Date('2026-01-05T09:30:00.000Z');
const AT = new Date('2026-01-05T09:30:02.500Z');
const DUE = '2026-01-05T09:30:04.500Z';
const ERROR = { message: 'the card was declined', errorClass: 'RetryableError', errorCode: 'CARD_DECLINED' };

const FACTS: TaskFacts = {
  taskId: 42,
  namespace: 'ecommerce',
  name: 'process_order',
  version: '1.0.0',
  correlationId: 'order-1042',
  initiator: 'checkout',
  sourceSystem: 'shop',
  tags: Object.freeze(['priority:high']),
  createdAt: CREATED,
  steps: ['validate_order', 'process_payment', 'send_confirmation'].map((name) => ({
    name,
    dependentSystem: 'payments',
    retryLimit: 3,
  })),
};

function task(from: TaskState | null, to: TaskState, metadata = {}): Change {
  return { kind: 'task', taskId: FACTS.taskId, sortKey: 20, from, to, at: AT, metadata };
}

function step(from: StepState | null, to: StepState, metadata = {}): Change {
  const of = { taskId: FACTS.taskId, stepId: 126, position: 1, sortKey: 30 };
  return { kind: 'step', ...of, from, to, at: AT, metadata: { attempt: 1, ...metadata } };
}

function stored(name: string, payload: object): Change {
  const id = '0b6ab4a8-95a4-4b9e-9ac4-0f4e7b2e5a11';
  return { kind: 'event', id, name, taskId: null, stepId: null, position: null, attempt: null, payload, at: AT };
}

const BY = { by: 'ann', reason: 'the bank was down' };
const FAILED = step('in_progress', 'error', { worker: 7, duration_ms: 812.4, error: ERROR, next_retry_at: DUE });
const EXHAUSTED = step('in_progress', 'error', { attempt: 3, worker: 7, duration_ms: 812.4, error: ERROR });

/** What each event may be made of: of real rows, so that an example is what a subscriber really gets. */
const CHANGES: Readonly<Record<SystemEventName, Change>> = {
  'task.initialize_requested': task(null, 'pending'),
  'task.start_requested': task('pending', 'in_progress'),
  'task.completed': task('in_progress', 'complete'),
  'task.failed': task('in_progress', 'error', { error_steps: ['process_payment'], failed_steps: 1, error: ERROR }),
  'task.retry_requested': task('error', 'pending', { cause: 'operator', ...BY }),
  'task.cancelled': task('in_progress', 'cancelled', { cause: 'operator', ...BY }),
  'task.resolved_manually': task('error', 'resolved_manually', { cause: 'operator', ...BY }),
  'step.initialize_requested': step(null, 'pending', { attempt: 0 }),
  'step.execution_requested': step('pending', 'in_progress', { worker: 7 }),
  'step.before_handle': {
    kind: 'local',
    name: 'step.before_handle',
    taskId: FACTS.taskId,
    at: AT,
    make: (facts) => ({ ...stepBase('s126.30/before_handle', 'step.before_handle', AT, facts, 126, 1), attempt: 1 }),
  },
  'step.completed': step('in_progress', 'complete', { worker: 7, duration_ms: 812.4 }),
  'step.failed': FAILED,
  'step.retry_requested': step('error', 'pending', { cause: 'retry' }),
  'step.handed_back': step('in_progress', 'pending', { worker: 7, cause: 'handed_back' }),
  'step.cancelled': step('pending', 'cancelled', { attempt: 0 }),
  'step.resolved_manually': step('error', 'resolved_manually', { attempt: 3, cause: 'operator', ...BY }),
  'step.skipped': step('pending', 'skipped', { attempt: 0, cause: 'bypassed' }),
  'workflow.viable_steps_discovered': {
    kind: 'local',
    name: 'workflow.viable_steps_discovered',
    taskId: FACTS.taskId,
    at: AT,
    make: (facts) => ({
      ...taskBase('s126.30/viable', 'workflow.viable_steps_discovered', AT, facts),
      stepIds: [126, 127],
      stepNames: ['process_payment', 'send_confirmation'],
      stepCount: 2,
      processingMode: 'concurrent',
    }),
  },
  'observability.step.backoff': FAILED,
  'observability.step.max_retries_reached': EXHAUSTED,
  'subscriber.dead_lettered': stored('subscriber.dead_lettered', {
    subscriber: 'billing',
    eventId: 't42.20',
    eventName: 'task.completed',
    attempts: 10,
    error: 'the ledger is closed',
  }),
  'webhook.disabled': stored('webhook.disabled', {
    webhook: 'partner',
    url: 'https://partner.example/hooks',
    failures: 20,
    error: 'answered 503',
  }),
};

/** One of each, as a subscriber gets it. For documentation, and to try a subscriber on. */
export function exampleEvent<Name extends SystemEventName>(name: Name): SystemEvents[Name] {
  const change = CHANGES[name];
  return toEvent(change, name, change.taskId === null ? undefined : FACTS) as SystemEvents[Name];
}
