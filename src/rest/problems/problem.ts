import { STATUS_CODES } from 'node:http';
import { type FieldError } from '../../core/errors.js';

/** An error as RFC 9457 tells it. Further members are facts that a program may act on, e.g. `existing_task_id`. */
export interface Problem {
  /** `about:blank`: the status says what kind of problem it is, `code` says which. */
  readonly type: string;
  /** The words of the status. */
  readonly title: string;
  readonly status: number;
  /** For people; its words may change. */
  readonly detail: string;
  /** For programs; it stays. */
  readonly code: string;
  /** The fields concerned, when fields are. */
  readonly errors?: readonly FieldError[];
  readonly [fact: string]: unknown;
}

export function problem(
  status: number,
  code: string,
  detail: string,
  facts: Readonly<Record<string, unknown>> = {},
): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code, ...facts };
}
