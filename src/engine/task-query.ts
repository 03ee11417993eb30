import { type FieldError, ValidationError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { isTaskState } from '../core/states.js';
import { storableJson } from '../core/storable-json.js';
import { decodeCursor } from '../persistence/task-cursor.js';
import { TASK_SORT_COLUMNS, type TaskQuery } from '../persistence/task-list.js';

/** Tasks in one list at the most. */
const MAX_LIMIT = 1_000;
/** What is looked for in annotations, as JSON. */
const MAX_CONTAINS_BYTES = 4_096;

const RULES: Readonly<Record<keyof TaskQuery, readonly [string, (value: unknown) => boolean]>> = {
  namespace: ['must be text', isText],
  namespaces: ['must be a list of texts', (v) => Array.isArray(v) && v.every(isText)],
  name: ['must be text', isText],
  version: ['must be text', isText],
  states: ['must be a list of task states', (v) => Array.isArray(v) && v.every(isTaskState)],
  tags: ['must be a list of texts', (v) => Array.isArray(v) && v.every(isText)],
  annotation: ['must be an object with a type, and perhaps what it contains', isAnnotation],
  initiator: ['must be text', isText],
  correlationId: ['must be text', isText],
  createdAfter: ['must be a valid Date', isDate],
  createdBefore: ['must be a valid Date', isDate],
  sortBy: [
    `must be one of ${TASK_SORT_COLUMNS.join(', ')}`,
    (v) => (TASK_SORT_COLUMNS as readonly unknown[]).includes(v),
  ],
  sortOrder: ["must be 'asc' or 'desc'", (v) => v === 'asc' || v === 'desc'],
  limit: [`must be a whole number from 1 to ${MAX_LIMIT}`, (v) => isWhole(v) && v >= 1 && v <= MAX_LIMIT],
  offset: ['must be a whole number, 0 or more', (v) => isWhole(v) && v >= 0],
  cursor: ['must be the cursor that another page gave', (v) => typeof v === 'string' && decodeCursor(v) !== undefined],
};

/** @throws ValidationError naming every field that could not be meant */
export function checkTaskQuery(query: TaskQuery): TaskQuery {
  const errors = Object.entries(query).flatMap(([path, value]): FieldError[] => {
    if (!Object.hasOwn(RULES, path)) {
      const message = `is not a field of a task query.${didYouMean(path, Object.keys(RULES))}`;
      return [{ path, code: 'unknown', message }];
    }
    const [message, fits] = RULES[path as keyof TaskQuery];
    return value === undefined || fits(value) ? [] : [{ path, code: 'invalid', message }];
  });
  if (errors.length === 0) errors.push(...orderErrors(query));
  if (errors.length === 0) return query;
  const listed = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ValidationError(`The task query is not valid: ${listed}`, errors);
}

/** A cursor stands for its own order, and for nothing in another. */
function orderErrors({ cursor, sortBy, sortOrder, offset }: TaskQuery): FieldError[] {
  const at = cursor === undefined ? undefined : decodeCursor(cursor);
  if (!at) return [];
  const fits = (sortBy ?? at.sortBy) === at.sortBy && (sortOrder ?? at.sortOrder) === at.sortOrder;
  const conflict = (message: string): FieldError => ({ path: 'cursor', code: 'conflict', message });
  if (!fits) return [conflict(`is of a list sorted by ${at.sortBy}, ${at.sortOrder}ending`)];
  return (offset ?? 0) > 0 ? [conflict('cannot be given together with an offset')] : [];
}

function isAnnotation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, contains } = value as { type?: unknown; contains?: unknown };
  // What contains a NUL or half a character is in no annotation, and the database would refuse to look for it.
  return isText(type) && (contains === undefined || 'text' in storableJson(contains, MAX_CONTAINS_BYTES));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\u0000') && value.isWellFormed();
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
