import { type TaskerEvent } from '../../core/events/event-map.js';

/** An event as it is streamed: the keys of its own fields, and of an error in it, in snake_case. */
export function eventBody(event: TaskerEvent): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]: [string, unknown]) => [
      snake(key),
      key === 'error' && isObject(value) ? renamed(value) : value,
    ]),
  );
}

function renamed(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, inner]: [string, unknown]) => [snake(key), inner]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
