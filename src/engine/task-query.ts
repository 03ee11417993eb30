import { type FieldError, ValidationError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { isTaskState } from '../core/states.js';
import { TASK_SORT_COLUMNS, type TaskQuery } from '../persistence/task-list.js';

/** Tasks in one list at the most. */
const MAX_LIMIT = 1_000;

const RULES: Readonly<Record<keyof TaskQuery, readonly [string, (value: unknown) => boolean]>> = {
  namespace: ['must be text', isText],
  name: ['must be text', isText],
  version: ['must be text', isText],
  states: ['must be a list of task states', (v) => Array.isArray(v) && v.every(isTaskState)],
  tags: ['must be a list of texts', (v) => Array.isArray(v) && v.every(isText)],
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
  if (errors.length === 0) return query;
  const listed = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ValidationError(`The task query is not valid: ${listed}`, errors);
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
