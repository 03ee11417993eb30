import { PermanentError } from 'nestjs-tasker';

/** The value; or a failure for good, since no later attempt would find it either. */
export function required<T>(value: T | null | undefined, errorCode: string, what: string): T {
  if (value !== undefined && value !== null && value !== '') return value;
  throw new PermanentError(`${what} is missing`, { errorCode });
}
