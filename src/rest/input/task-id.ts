import { refused } from './read-input.js';

/**
 * The id in a path, in its one spelling.
 * @throws ValidationError for everything else: `abc`, `0`, `-1`, `1e3`, `007`, 2^53
 */
export function readId(value: unknown, path: string): number {
  const id = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(id)) return id;
  throw refused([{ path, code: 'type', message: 'must be a positive whole number up to 2^53 - 1' }]);
}
