import { type EventFor } from 'nestjs-tasker';

const MAX_TEXT = 200;

/** What one reads at a glance: 30 s, 90 → 1m, 7200 → 2h. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return `${Math.floor(seconds / 3_600)}h`;
}

/** At most about two hundred characters, and no half of one. */
export function truncated(text: string, length = MAX_TEXT): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

export function messageOf(event: EventFor<'task.completed' | 'task.failed'>): string {
  const task = `${event.namespace}.${event.taskName} (task ${event.taskId})`;
  const took = durationText(event.durationMs / 1_000);
  if (event.name === 'task.completed')
    return `:white_check_mark: ${task} completed ${event.totalSteps} steps in ${took}`;
  const why = event.error?.message ?? 'no error was recorded';
  return truncated(`:x: ${task} failed after ${took} at ${event.errorSteps.join(', ')}: ${why}`);
}
