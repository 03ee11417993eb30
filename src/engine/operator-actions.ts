import { mayStepMove, mayTaskMove, type StepState, type TaskState } from '../core/states.js';

/** What an operator can do with a task in this state, as words of the interfaces. */
export function taskActions(state: TaskState, isPaused = false): string[] {
  const isOpen = state === 'pending' || state === 'in_progress' || state === 'error';
  return [
    ...(mayTaskMove(state, 'cancelled') ? ['cancel'] : []),
    ...(state === 'error' ? ['retry', 'resolve'] : []),
    ...(isOpen ? [isPaused ? 'resume' : 'pause'] : []),
  ];
}

/** What an operator can do with a step in this state. */
export function stepActions(state: StepState, skippable: boolean): string[] {
  return [
    ...(mayStepMove(state, 'cancelled') ? ['cancel'] : []),
    ...(state === 'error' ? ['retry'] : []),
    ...(mayStepMove(state, 'resolved_manually') ? ['resolve'] : []),
    ...(skippable && mayStepMove(state, 'skipped') ? ['skip'] : []),
  ];
}
