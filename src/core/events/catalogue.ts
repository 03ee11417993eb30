import { type SystemEventName } from './event-map.js';

export type EventCategory = 'task' | 'step' | 'workflow' | 'observability' | 'delivery' | 'custom';

/** What is known of one kind of event. */
export interface EventInfo {
  readonly name: string;
  readonly category: EventCategory;
  /** One line: what has happened when it is told. */
  readonly description: string;
  /** What fires it. Of custom events: the steps or workflows that declare it. */
  readonly firedBy: readonly string[];
  /**
   * True: it stands in the committed history, so a durable subscriber can have it. False: it is told in the process where
   * it happens, and nowhere else.
   */
  readonly durable: boolean;
  /** The fields beside those that every event of its category has. */
  readonly fields: readonly string[];
}

type Entry = Omit<EventInfo, 'name' | 'category'>;

const MOVE = ['fromState', 'toState', 'cause', 'by', 'why'];
const task = (move: string, description: string, ...fields: string[]): Entry => ({
  description,
  firedBy: [`the commit that moves a task ${move}`],
  durable: true,
  fields: [...MOVE, ...fields],
});
const step = (move: string, description: string, ...fields: string[]): Entry => ({
  description,
  firedBy: [`the commit that moves a step ${move}`],
  durable: true,
  fields: [...MOVE, 'attempt', ...fields],
});

const ENTRIES: Readonly<Record<SystemEventName, Entry>> = {
  'task.initialize_requested': task(
    'into pending for the first time',
    'A task was created.',
    'totalSteps',
    'initiator',
    'sourceSystem',
  ),
  'task.start_requested': task('from pending to in_progress', 'The first step of a task was claimed.', 'totalSteps'),
  'task.completed': task(
    'to complete',
    'Every step of a task is complete, resolved or skipped.',
    'totalSteps',
    'completedSteps',
    'durationMs',
  ),
  'task.failed': task(
    'to error',
    'A step failed for good, and nothing else of its task can run.',
    'totalSteps',
    'errorSteps',
    'failedSteps',
    'error',
    'durationMs',
  ),
  'task.retry_requested': task('from error to pending', 'An operator lets a task in error go on.'),
  'task.cancelled': task('to cancelled', 'A task was cancelled.', 'durationMs'),
  'task.resolved_manually': task('to resolved_manually', 'An operator declared a task dealt with.', 'durationMs'),

  'step.initialize_requested': step('into pending for the first time', 'A step was created with its task.'),
  'step.execution_requested': step(
    'from pending to in_progress',
    'A worker claimed a step: an attempt begins.',
    'worker',
  ),
  'step.before_handle': {
    description: "The handler's process() is about to be called.",
    firedBy: ['the worker that runs the attempt'],
    durable: false,
    fields: ['attempt'],
  },
  'step.completed': step('to complete', 'An attempt succeeded and its results are stored.', 'worker', 'durationMs'),
  'step.failed': step(
    'from in_progress to error',
    'An attempt failed; `final` says whether for good.',
    'worker',
    'durationMs',
    'error',
    'final',
    'nextRetryAt',
    'retryLimit',
  ),
  'step.retry_requested': step(
    'from error to pending',
    'A failed step is tried again, by its schedule or an operator.',
  ),
  'step.handed_back': step(
    'from in_progress to pending',
    'A worker gave a claim back unused; the attempt is not counted.',
    'worker',
  ),
  'step.cancelled': step('to cancelled', 'A step was cancelled, alone or with its task.'),
  'step.resolved_manually': step('to resolved_manually', 'An operator declared a step done.'),
  'step.skipped': step('to skipped', 'A step was left out on purpose; its dependents go on.'),

  'workflow.viable_steps_discovered': {
    description: 'Steps of one task were claimed together and run at once.',
    firedBy: ['the worker that claimed them'],
    durable: false,
    fields: ['stepIds', 'stepNames', 'stepCount', 'processingMode'],
  },
  'observability.step.backoff': {
    description: 'A failed step waits for its next attempt.',
    firedBy: ['the commit of a failed attempt that is tried again'],
    durable: true,
    fields: ['attempt', 'backoffSeconds', 'backoffType', 'nextRetryAt'],
  },
  'observability.step.max_retries_reached': {
    description: 'A step failed for good because its attempts are used up.',
    firedBy: ['the commit of the last failed attempt'],
    durable: true,
    fields: ['attempt', 'retryLimit', 'error'],
  },
  'subscriber.dead_lettered': {
    description:
      'A durable subscriber could not take an event; it is set aside until somebody looks. For durable subscribers only.',
    firedBy: ['the delivery to durable subscribers'],
    durable: true,
    fields: ['subscriber', 'eventId', 'eventName', 'attempts', 'error'],
  },
  'webhook.disabled': {
    description:
      'A webhook failed so often that it gets nothing any more until somebody enables it. For durable subscribers only.',
    firedBy: ['the delivery to webhooks'],
    durable: true,
    fields: ['webhook', 'url', 'failures', 'error'],
  },
};

const CATEGORIES: Readonly<Record<string, EventCategory>> = {
  task: 'task',
  step: 'step',
  workflow: 'workflow',
  observability: 'observability',
};

/** Every event the library fires, in the order of the documentation. */
export const SYSTEM_EVENTS: readonly EventInfo[] = Object.entries(ENTRIES).map(([name, entry]) =>
  Object.freeze({ name, category: CATEGORIES[name.split('.', 1)[0]!] ?? 'delivery', ...entry }),
);

/** First segments that an application's own events may not begin with. */
export const RESERVED_ROOTS: readonly string[] = [
  'task',
  'step',
  'workflow',
  'observability',
  'subscriber',
  'webhook',
  'handler',
  'plugin',
  'registry',
  'worker',
  'breaker',
  'schedule',
  'tasker',
  'custom',
  'test',
];

const byName = new Map(SYSTEM_EVENTS.map((info) => [info.name, info]));

export function systemEvent(name: string): EventInfo | undefined {
  return byName.get(name);
}

/** The names as constants: `TASKER_EVENTS.TASK_COMPLETED` is `'task.completed'`. */
export const TASKER_EVENTS = {
  TASK_INITIALIZE_REQUESTED: 'task.initialize_requested',
  TASK_START_REQUESTED: 'task.start_requested',
  TASK_COMPLETED: 'task.completed',
  TASK_FAILED: 'task.failed',
  TASK_RETRY_REQUESTED: 'task.retry_requested',
  TASK_CANCELLED: 'task.cancelled',
  TASK_RESOLVED_MANUALLY: 'task.resolved_manually',
  STEP_INITIALIZE_REQUESTED: 'step.initialize_requested',
  STEP_EXECUTION_REQUESTED: 'step.execution_requested',
  STEP_BEFORE_HANDLE: 'step.before_handle',
  STEP_COMPLETED: 'step.completed',
  STEP_FAILED: 'step.failed',
  STEP_RETRY_REQUESTED: 'step.retry_requested',
  STEP_HANDED_BACK: 'step.handed_back',
  STEP_CANCELLED: 'step.cancelled',
  STEP_RESOLVED_MANUALLY: 'step.resolved_manually',
  STEP_SKIPPED: 'step.skipped',
  VIABLE_STEPS_DISCOVERED: 'workflow.viable_steps_discovered',
  STEP_BACKOFF: 'observability.step.backoff',
  STEP_MAX_RETRIES_REACHED: 'observability.step.max_retries_reached',
  SUBSCRIBER_DEAD_LETTERED: 'subscriber.dead_lettered',
  WEBHOOK_DISABLED: 'webhook.disabled',
} as const satisfies Record<string, SystemEventName>;
