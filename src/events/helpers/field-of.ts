import { type TaskerEvent } from '../../core/events/event-map.js';

/** A field of an event of whatever kind: undefined when this kind has none, or it is null. Dots go into objects. */
export function fieldOf(event: TaskerEvent, path: string): unknown {
  let value: unknown = event;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value ?? undefined;
}

/** The same of a field that is a text; undefined when it is something else. */
export function textField(event: TaskerEvent, path: string): string | undefined {
  const value = fieldOf(event, path);
  return typeof value === 'string' ? value : undefined;
}

/** The same of a field that is a number. */
export function numberField(event: TaskerEvent, path: string): number | undefined {
  const value = fieldOf(event, path);
  return typeof value === 'number' ? value : undefined;
}
