import { type StepState, type TaskState } from './states.js';

/** A task as the stores return it and the facade hands it on. Times are UTC instants, ids plain numbers. */
export interface TaskRecord {
  readonly taskId: number;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly state: TaskState;
  readonly context: unknown;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly reason: string;
  readonly tags: readonly string[];
  readonly bypassSteps: readonly string[];
  readonly priority: number;
  readonly correlationId: string;
  readonly identityHash: string;
  /** The snapshot of the definition it runs with. */
  readonly definitionId: number;
  readonly totalSteps: number;
  /** Steps that are neither complete, resolved nor skipped. */
  readonly openSteps: number;
  /** Steps that have failed for good. */
  readonly failedSteps: number;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  /** When it reached a final state; null while it has not. */
  readonly finishedAt: Date | null;
  /** Since when an operator holds it back; null while none does. */
  readonly pausedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is kept of a failed attempt, bounded in size. */
export interface StepFailure {
  readonly message: string;
  /** The error's class name. */
  readonly errorClass: string;
  readonly errorCode?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  /** The first lines of the stack. */
  readonly stack?: readonly string[];
  /** True when no further attempt was due whatever the limit. */
  readonly permanent: boolean;
}

export interface StepRecord {
  readonly stepId: number;
  readonly taskId: number;
  readonly namedStepId: number;
  readonly name: string;
  readonly dependentSystem: string;
  /** Index in the definition. */
  readonly position: number;
  readonly state: StepState;
  readonly attempts: number;
  readonly retryable: boolean;
  readonly retryLimit: number;
  readonly skippable: boolean;
  readonly inputs: unknown;
  readonly results: unknown;
  /** The last failure; null once the step has succeeded. */
  readonly error: StepFailure | null;
  readonly parentIds: readonly number[];
  readonly childIds: readonly number[];
  /** From when it may run; null while it may not (waiting, running, finished, exhausted). */
  readonly readyAt: Date | null;
  /** Seconds the called system asked to wait, when it did. */
  readonly backoffRequestSeconds: number | null;
  readonly lastAttemptedAt: Date | null;
  readonly processedAt: Date | null;
  readonly claimedBy: string | null;
}

/** One row of a task's or step's history. */
export interface TransitionRecord {
  /** 1, 2, 3… within its task or step. */
  readonly sortKey: number;
  /** Null only for the first row. */
  readonly fromState: string | null;
  readonly toState: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

/** An annotation of a task. */
export interface AnnotationRecord {
  readonly annotationId: number;
  readonly taskId: number;
  readonly type: string;
  readonly annotation: unknown;
  readonly createdAt: Date;
}
