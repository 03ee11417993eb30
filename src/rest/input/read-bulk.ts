import { refused } from './read-input.js';

/** Items of one request at the most. */
const MAX_BULK = 100;

/** The items of a bulk request. @throws ValidationError when there are none, or too many */
export function readBulk(path: string, items: readonly unknown[]): readonly unknown[] {
  if (items.length >= 1 && items.length <= MAX_BULK) return items;
  throw refused([{ path, code: 'length', message: `must have 1 to ${MAX_BULK} entries` }]);
}
