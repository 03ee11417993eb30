import { type EventFor } from 'nestjs-tasker';

type Failure = EventFor<'task.failed' | 'step.failed'>;

/**
 * What makes two failures the same issue: the workflow, the step and the kind of error. Neither ids nor messages: they
 * differ each time, and every task would be an issue of its own.
 */
export function fingerprintOf(event: Failure): readonly string[] {
  const workflow = `${event.namespace}.${event.taskName}`;
  const kind = event.error?.errorCode ?? event.error?.errorClass ?? 'unknown';
  if (event.name === 'task.failed') return ['tasker', 'task_failed', workflow, ...event.errorSteps, kind];
  return ['tasker', 'step_failed', workflow, event.stepName, kind];
}

/** An attempt that is tried again is a warning; what has failed for good is an error. */
export function levelOf(event: Failure): 'warning' | 'error' {
  return event.name === 'step.failed' && !event.final ? 'warning' : 'error';
}
