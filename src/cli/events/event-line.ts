import { type TaskerEvent } from '../../core/events/event-map.js';

const NAME_WIDTH = 26;
const MAX_WHAT = 160;

/** An event as somebody reads it who follows: when, what, of which task, step and attempt, and the one thing to know. */
export function eventLine(event: TaskerEvent): string {
  const parts = [event.occurredAt, event.name.padEnd(NAME_WIDTH)];
  if ('taskId' in event) parts.push(`task ${event.taskId} ${event.namespace}.${event.taskName}`);
  if ('stepName' in event) parts.push(event.stepName);
  if ('attempt' in event && event.attempt > 0) parts.push(`#${event.attempt}`);
  const what = whatOf(event);
  if (what !== '') parts.push(`- ${what}`);
  return parts.join('  ');
}

function whatOf(event: TaskerEvent): string {
  const said: string[] = [];
  if ('durationMs' in event) said.push(duration(event.durationMs));
  if ('error' in event && event.error) {
    said.push(typeof event.error === 'string' ? event.error : event.error.message);
  }
  if ('errorSteps' in event && event.errorSteps.length > 0) said.push(`failed: ${event.errorSteps.join(', ')}`);
  if ('final' in event && event.final) said.push('for good');
  if ('nextRetryAt' in event && event.nextRetryAt !== null) said.push(`again at ${event.nextRetryAt}`);
  if ('totalSteps' in event && event.name === 'task.initialize_requested') said.push(`${event.totalSteps} steps`);
  if ('cause' in event && event.cause !== null) said.push(event.cause);
  if ('by' in event && event.by !== null) said.push(`by ${event.by}`);
  if ('why' in event && event.why !== null) said.push(`because ${event.why}`);
  if ('payload' in event) said.push(JSON.stringify(event.payload));
  if ('subscriber' in event) said.push(`${event.subscriber} gave up ${event.eventName} ${event.eventId}`);
  if ('webhook' in event) said.push(event.webhook);
  const what = said.join(', ').replaceAll(/\s+/g, ' ');
  return what.length > MAX_WHAT ? `${what.slice(0, MAX_WHAT - 1)}…` : what;
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
