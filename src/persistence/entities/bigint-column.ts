import { type ColumnOptions } from 'typeorm';
import { safeInteger } from '../database.js';

/**
 * Options of every `bigint` column: the driver delivers these as text (as numbers when the host sets `parseInt8`), the
 * entity holds a number, and a value that a number cannot say exactly is refused instead of rounded.
 */
export const BIGINT = {
  type: 'bigint',
  transformer: {
    from: (value: string | number | null): number | null => (value === null ? null : safeInteger(String(value))),
    to: (value: unknown): unknown => value,
  },
} as const satisfies ColumnOptions;
