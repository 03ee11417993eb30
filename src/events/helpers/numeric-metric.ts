import { type TaskerEvent } from '../../core/events/event-map.js';
import { fieldOf } from './field-of.js';

/**
 * A number of an event, of whatever kind it is: `extractNumericMetric(event, 'payload.amount')`. Texts that are numbers
 * count, an empty one is 0; everything else is the default.
 */
export function extractNumericMetric(event: TaskerEvent, key: string, byDefault = 0): number {
  const value = fieldOf(event, key);
  if (typeof value !== 'number' && typeof value !== 'string') return byDefault;
  const number = Number(value);
  return Number.isFinite(number) ? number : byDefault;
}
