import { type TaskSortColumn } from './task-list.js';

/** Where a page of tasks ended: the order it was read in, and the last task's place in that. */
export interface TaskCursor {
  readonly sortBy: TaskSortColumn;
  readonly sortOrder: 'asc' | 'desc';
  /** As the database wrote it; null when the order is that of the ids. */
  readonly value: string | null;
  readonly taskId: number;
}

const INSTANT = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** How the value of each column that tasks can be sorted by is read back. */
const VALUES: Readonly<Record<TaskSortColumn, (value: unknown) => boolean>> = {
  task_id: (value) => value === null,
  requested_at: isInstant,
  created_at: isInstant,
  initiator: (value) =>
    typeof value === 'string' && value.length <= 128 && !value.includes('\u0000') && value.isWellFormed(),
};

/** As clients get it: opaque, of letters that need no escaping. */
export function encodeCursor({ sortBy, sortOrder, value, taskId }: TaskCursor): string {
  return Buffer.from(JSON.stringify([sortBy, sortOrder, value, taskId])).toString('base64url');
}

/** Undefined for whatever {@link encodeCursor} did not write. */
export function decodeCursor(text: string): TaskCursor | undefined {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(read) || read.length !== 4) return undefined;
  const [sortBy, sortOrder, value, taskId] = read as unknown[];
  if (typeof sortBy !== 'string' || !Object.hasOwn(VALUES, sortBy)) return undefined;
  if (sortOrder !== 'asc' && sortOrder !== 'desc') return undefined;
  if (!VALUES[sortBy as TaskSortColumn](value) || !Number.isSafeInteger(taskId)) return undefined;
  return { sortBy: sortBy as TaskSortColumn, sortOrder, value: value as string | null, taskId: taskId as number };
}

/** A day that a month has not, the database would refuse. */
function isInstant(value: unknown): boolean {
  if (typeof value !== 'string' || !INSTANT.test(value) || value.startsWith('0000')) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === value.slice(0, 19);
}
