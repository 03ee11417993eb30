import { type StepState, type TaskState } from '../states.js';

/** What every event has. Events are frozen plain JSON: times are ISO texts in UTC, durations milliseconds. */
export interface EventBase<Name extends string = string> {
  /** The same whenever and wherever this event is told: by it a subscriber knows one it has had before. */
  readonly id: string;
  readonly name: Name;
  /** When it was committed, or rather: the instant that the rows of its commit bear. */
  readonly occurredAt: string;
  /** Of the task; null for events that belong to none. */
  readonly correlationId: string | null;
  /** Durable delivery only: the event may have been given to this subscriber before. */
  readonly redelivered?: true;
}

/** What every event about a task has, those of its steps included. */
export interface TaskEventBase<Name extends string = string> extends EventBase<Name> {
  readonly correlationId: string;
  readonly taskId: number;
  readonly namespace: string;
  readonly taskName: string;
  readonly version: string;
  readonly tags: readonly string[];
}

/** What every event about a step has. */
export interface StepEventBase<Name extends string = string> extends TaskEventBase<Name> {
  readonly stepId: number;
  readonly stepName: string;
  readonly dependentSystem: string;
}

/** Why it happened, when it was not the engine's ordinary course. */
export interface Cause {
  /** `operator`, `retry`, `handed_back`, `bypassed`, `doctor`…; null in the ordinary course. */
  readonly cause: string | null;
  /** Who asked for it, of an operator's action. */
  readonly by: string | null;
  /** The reason that was given with it. */
  readonly why: string | null;
}

/** What an event tells of an error: enough to group and to read, never the whole. */
export interface EventError {
  readonly message: string;
  readonly errorClass: string;
  readonly errorCode: string | null;
}

interface TaskMoved<Name extends string> extends TaskEventBase<Name>, Cause {
  readonly fromState: TaskState | null;
  readonly toState: TaskState;
}

interface StepMoved<Name extends string> extends StepEventBase<Name>, Cause {
  readonly fromState: StepState | null;
  readonly toState: StepState;
  /** Attempts so far, the one concerned included; 0 before the first. */
  readonly attempt: number;
}

export interface TaskEvents {
  'task.initialize_requested': TaskMoved<'task.initialize_requested'> & {
    readonly totalSteps: number;
    readonly initiator: string;
    readonly sourceSystem: string;
  };
  'task.start_requested': TaskMoved<'task.start_requested'> & { readonly totalSteps: number };
  'task.completed': TaskMoved<'task.completed'> & {
    readonly totalSteps: number;
    readonly completedSteps: number;
    /** Since the task was created. */
    readonly durationMs: number;
  };
  'task.failed': TaskMoved<'task.failed'> & {
    readonly totalSteps: number;
    /** Steps that failed for good, by name; the first twenty. */
    readonly errorSteps: readonly string[];
    readonly failedSteps: number;
    /** Why the first of them failed. */
    readonly error: EventError | null;
    readonly durationMs: number;
  };
  'task.retry_requested': TaskMoved<'task.retry_requested'>;
  'task.cancelled': TaskMoved<'task.cancelled'> & { readonly durationMs: number };
  'task.resolved_manually': TaskMoved<'task.resolved_manually'> & { readonly durationMs: number };
}

export interface StepEvents {
  'step.initialize_requested': StepMoved<'step.initialize_requested'>;
  'step.execution_requested': StepMoved<'step.execution_requested'> & {
    /** Id of the worker that claimed it. */
    readonly worker: number | null;
  };
  'step.before_handle': StepEventBase<'step.before_handle'> & { readonly attempt: number };
  'step.completed': StepMoved<'step.completed'> & {
    readonly worker: number | null;
    /** Of the attempt, by the clock of the process that ran it. */
    readonly durationMs: number;
  };
  'step.failed': StepMoved<'step.failed'> & {
    readonly worker: number | null;
    readonly durationMs: number;
    readonly error: EventError;
    /** True: there will be no further attempt unless an operator asks for one. */
    readonly final: boolean;
    /** When the next attempt is due; null when final, or while the task is held back. */
    readonly nextRetryAt: string | null;
    readonly retryLimit: number;
  };
  'step.retry_requested': StepMoved<'step.retry_requested'>;
  'step.handed_back': StepMoved<'step.handed_back'> & { readonly worker: number | null };
  'step.cancelled': StepMoved<'step.cancelled'>;
  'step.resolved_manually': StepMoved<'step.resolved_manually'>;
  'step.skipped': StepMoved<'step.skipped'>;
}

export interface ObservabilityEvents {
  'observability.step.backoff': StepEventBase<'observability.step.backoff'> & {
    readonly attempt: number;
    readonly backoffSeconds: number;
    readonly backoffType: 'exponential' | 'server_requested';
    readonly nextRetryAt: string;
  };
  'observability.step.max_retries_reached': StepEventBase<'observability.step.max_retries_reached'> & {
    readonly attempt: number;
    readonly retryLimit: number;
    readonly error: EventError;
  };
}

export interface WorkflowEvents {
  'workflow.viable_steps_discovered': TaskEventBase<'workflow.viable_steps_discovered'> & {
    readonly stepIds: readonly number[];
    readonly stepNames: readonly string[];
    readonly stepCount: number;
    readonly processingMode: 'concurrent';
  };
}

/** What the library says of its own deliveries. */
export interface DeliveryEvents {
  'subscriber.dead_lettered': EventBase<'subscriber.dead_lettered'> & {
    readonly subscriber: string;
    readonly eventId: string;
    readonly eventName: string;
    readonly attempts: number;
    readonly error: string;
  };
  'webhook.disabled': EventBase<'webhook.disabled'> & {
    readonly webhook: string;
    /** Without its query. */
    readonly url: string;
    readonly failures: number;
    readonly error: string;
  };
}

/** Every event of the library, by name. */
export interface SystemEvents extends TaskEvents, StepEvents, ObservabilityEvents, WorkflowEvents, DeliveryEvents {}

export type SystemEventName = keyof SystemEvents;

/**
 * The payloads of an application's own events, for the compiler. To be extended by the application:
 *
 * ```ts
 * declare module 'nestjs-tasker' {
 *   interface CustomEventPayloads { 'order.shipped': { carrier: string } }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it is there to be extended
export interface CustomEventPayloads {}

/** An event that a handler published. */
export interface CustomEvent<Name extends string = string, Payload = unknown> extends StepEventBase<Name> {
  readonly attempt: number;
  readonly payload: Payload;
}

type CustomEventName = Extract<keyof CustomEventPayloads, string>;
type KnownName = SystemEventName | CustomEventName;

type Matching<Name extends string, Pattern extends string> = Pattern extends '**'
  ? Name
  : Pattern extends `${infer Head}.**`
    ? Name extends `${Head}.${string}`
      ? Name
      : never
    : Pattern extends `${infer Head}.*`
      ? Name extends `${Head}.${infer Last}`
        ? Last extends `${string}.${string}`
          ? never
          : Name
        : never
      : Name extends Pattern
        ? Name
        : never;

type Named<Name extends KnownName> = Name extends SystemEventName
  ? SystemEvents[Name]
  : Name extends CustomEventName
    ? CustomEvent<Name, CustomEventPayloads[Name]>
    : never;

/** The event, or the union of events, that a name or a pattern stands for. A name nobody declared is a {@link CustomEvent}. */
export type EventFor<Pattern extends string> = [Matching<KnownName, Pattern>] extends [never]
  ? CustomEvent
  : Named<Matching<KnownName, Pattern>>;

/** Any event. */
export type TaskerEvent = SystemEvents[SystemEventName] | CustomEvent;
