/**
 * The states of tasks and steps and every move between them, as data. The database functions, the state-machine service
 * and the interfaces all take their rules from here; a test holds the SQL against these tables (spec 02 §1).
 */

export const TASK_STATES = ['pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** A step has the six states of a task and `skipped`: left out on purpose, its dependents go on. */
export const STEP_STATES = [...TASK_STATES, 'skipped'] as const;
export type StepState = (typeof STEP_STATES)[number];

/** From each task state, the states that may follow it (spec 02 §1.2). */
export const TASK_TRANSITIONS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  pending: ['in_progress', 'error', 'cancelled'],
  in_progress: ['complete', 'error', 'cancelled', 'pending'],
  complete: ['cancelled'],
  error: ['pending', 'resolved_manually', 'cancelled'],
  cancelled: [],
  resolved_manually: ['cancelled'],
};

/** From each step state, the states that may follow it (spec 02 §1.3). */
export const STEP_TRANSITIONS: Readonly<Record<StepState, readonly StepState[]>> = {
  pending: ['in_progress', 'error', 'cancelled', 'resolved_manually', 'skipped'],
  // Back to pending: the claim was handed back unused, by a worker that shuts down.
  in_progress: ['complete', 'error', 'cancelled', 'pending'],
  complete: [],
  error: ['pending', 'resolved_manually', 'cancelled', 'skipped'],
  cancelled: [],
  resolved_manually: [],
  skipped: [],
};

/** The states of a step that let its dependents run. */
export const SATISFYING_STEP_STATES: readonly StepState[] = ['complete', 'resolved_manually', 'skipped'];

/** The states a task rests in: nothing happens to it any more unless an operator acts. */
export const FINAL_TASK_STATES: readonly TaskState[] = ['complete', 'error', 'cancelled', 'resolved_manually'];

export function isTaskState(value: unknown): value is TaskState {
  return (TASK_STATES as readonly unknown[]).includes(value);
}

export function isStepState(value: unknown): value is StepState {
  return (STEP_STATES as readonly unknown[]).includes(value);
}

export function mayTaskMove(from: TaskState, to: TaskState): boolean {
  return TASK_TRANSITIONS[from].includes(to);
}

export function mayStepMove(from: StepState, to: StepState): boolean {
  return STEP_TRANSITIONS[from].includes(to);
}

export function isFinalTaskState(state: TaskState): boolean {
  return FINAL_TASK_STATES.includes(state);
}

/** True when a step in this state lets its dependents run. */
export function satisfiesDependents(state: StepState): boolean {
  return SATISFYING_STEP_STATES.includes(state);
}
