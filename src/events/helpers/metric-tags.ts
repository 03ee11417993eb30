import { type TaskerEvent } from '../../core/events/event-map.js';
import { extractErrorMetrics } from './error-metrics.js';
import { fieldOf, numberField, textField } from './field-of.js';

export interface MetricTagOptions {
  /** @default NODE_ENV, else 'development' */
  readonly environment?: string;
}

/**
 * Tags for a metric, always in this order: `task:`, `step:`, `environment:`, `source:`, `retryable:`, `attempt:`,
 * `priority:`. What an event does not have is left out. Names of tasks and steps are few; ids are not, and are no tags.
 */
export function extractMetricTags(event: TaskerEvent, options: MetricTagOptions = {}): readonly string[] {
  const environment = options.environment ?? process.env.NODE_ENV ?? 'development';
  const priority = fieldOf(event, 'priority') ?? fieldOf(event, 'payload.priority');
  const tags: readonly (readonly [string, unknown])[] = [
    ['task', known(textField(event, 'taskName'), 'unknown')],
    ['step', known(textField(event, 'stepName'), 'unknown', 'unknown_step')],
    ['environment', environment],
    ['source', textField(event, 'sourceSystem')],
    ['retryable', extractErrorMetrics(event).isRetryable || undefined],
    ['attempt', numberField(event, 'attempt')],
    ['priority', typeof priority === 'string' || typeof priority === 'number' ? priority : undefined],
  ];
  return tags.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}:${String(value)}`);
}

function known(name: string | undefined, ...placeholders: readonly string[]): string | undefined {
  return name === undefined || placeholders.includes(name) ? undefined : name;
}
