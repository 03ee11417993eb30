import {
  SATISFYING_STEP_STATES,
  STEP_TRANSITIONS,
  TASK_TRANSITIONS,
  type StepState,
  type TaskState,
} from '../../core/states.js';

/** The rules of core as SQL, so that the checks cannot say anything else. */

/** States of a step that let its dependents run. */
export const SATISFYING = list(SATISFYING_STEP_STATES);
/** States of a task in which something of it runs or will. */
export const OPEN = list<TaskState>(['pending', 'in_progress']);
/** States of a task that no step of it can change any more. */
export const CLOSED = list<TaskState>(['complete', 'cancelled', 'resolved_manually']);

/** Every allowed move as `from>to`; a history begins with `>pending`. */
export const TASK_MOVES = moves(TASK_TRANSITIONS);
export const STEP_MOVES = moves(STEP_TRANSITIONS);

function list<T extends string>(values: readonly T[]): string {
  return `(${values.map((value) => `'${value}'`).join(', ')})`;
}

function moves(matrix: Readonly<Record<string, readonly (TaskState | StepState)[]>>): string {
  return list(['>pending', ...Object.entries(matrix).flatMap(([from, next]) => next.map((to) => `${from}>${to}`))]);
}
