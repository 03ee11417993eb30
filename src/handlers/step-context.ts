import { type EntityManager } from 'typeorm';
import { type StepState } from '../core/states.js';
import { type StepEventPublisher } from './step-events.js';

/** The task a step belongs to, as its handler sees it. Frozen: a handler changes the world through its result. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is the workflow's own; a handler may name it
export interface TaskView<Context = any> {
  readonly taskId: number;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** What the task was created with, defaults of the schema applied. */
  readonly context: Context;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly reason: string;
  readonly tags: readonly string[];
  readonly correlationId: string;
  readonly priority: number;
  readonly requestedAt: Date;
}

/** A step that ended before this one could start. */
export interface FinishedStepView {
  readonly name: string;
  readonly state: StepState;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly results: any;
}

/** The steps that this one waited for, directly or through others. */
export interface StepSequence {
  /** All of them, in the order of the definition. */
  readonly steps: readonly FinishedStepView[];
  /** One of them by name, or undefined. */
  findStepByName(name: string): FinishedStepView | undefined;
  /**
   * The results of one of them.
   * @throws TaskerError `UNKNOWN_STEP` when the step does not exist or this one does not wait for it
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  results(name: string): any;
}

/** The step that runs now. */
export interface StepView {
  readonly stepId: number;
  readonly name: string;
  readonly dependentSystem: string;
  /** Attempts in all, this one included. */
  readonly attempts: number;
  readonly retryLimit: number;
  readonly retryable: boolean;
  /** `handler_config` of the definition the task was created with. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Inputs an operator set on this step; empty unless someone did. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Writes log lines that carry task, step and attempt. */
export interface StepLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** All that a handler gets. `StepContext<MyContext>` types `task.context`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export interface StepContext<Context = any> {
  readonly task: TaskView<Context>;
  readonly sequence: StepSequence;
  readonly step: StepView;
  /** Aborted on timeout, cancellation and shutdown; hand it to `fetch` and the like. */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
  /** The same for every attempt of this step of this task, and for no other: give it to the systems you call. */
  readonly idempotencyKey: string;
  readonly logger: StepLogger;
  /** Publishes events of the application's own: `events.publish('order.shipped', { carrier })`. */
  readonly events: StepEventPublisher;
  /**
   * The transaction of a handler that is declared `transactional`, on the DataSource the library uses; undefined for all
   * others. Unusable once the attempt has ended.
   */
  readonly manager: EntityManager | undefined;
}
