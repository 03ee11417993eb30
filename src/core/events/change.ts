import { type StepState, type TaskState } from '../states.js';

interface Move<State> {
  readonly taskId: number;
  /** Its place in the history of its task or step. */
  readonly sortKey: number;
  readonly from: State | null;
  readonly to: State;
  readonly at: Date;
  /** As the history keeps it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What is known of the task; where it is missing it is looked up. */
  facts?: TaskFacts | undefined;
}

/** A row of a task's history. */
export interface TaskChange extends Move<TaskState> {
  readonly kind: 'task';
}

/** A row of a step's history. */
export interface StepChange extends Move<StepState> {
  readonly kind: 'step';
  readonly stepId: number;
  /** Index in the definition. */
  readonly position: number;
}

/** A row of `tasker_events`: what a handler published, or the library says of itself. */
export interface StoredEvent {
  readonly kind: 'event';
  /** Its `event_id`. */
  readonly id: string;
  readonly name: string;
  readonly taskId: number | null;
  readonly stepId: number | null;
  readonly position: number | null;
  readonly attempt: number | null;
  readonly payload: unknown;
  readonly at: Date;
  facts?: TaskFacts | undefined;
}

/** What happens in one process and is kept nowhere. */
export interface LocalEvent {
  readonly kind: 'local';
  readonly name: string;
  readonly taskId: number;
  readonly at: Date;
  facts?: TaskFacts | undefined;
  make(facts: TaskFacts): object;
}

/** One committed row that events are made of, or what happened here. */
export type Change = TaskChange | StepChange | StoredEvent | LocalEvent;

/** What never changes of a task, and events tell of it. */
export interface TaskFacts {
  readonly taskId: number;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly correlationId: string;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  /** By position in the definition. */
  readonly steps: readonly { readonly name: string; readonly dependentSystem: string; readonly retryLimit: number }[];
}
