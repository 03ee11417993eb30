import { ValidationError } from '../../core/errors.js';
import { wirePath } from './create-task-errors.js';
import { refused } from './read-input.js';

/** What the engine refuses, told with the names that fields have on the wire. */
export async function inWireWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw refused(
      error.errors.map((field) => ({ ...field, path: wirePath(field.path) })),
      error.code,
    );
  }
}
