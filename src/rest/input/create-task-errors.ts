import { type FieldError, NotFoundError, ValidationError } from '../../core/errors.js';
import { refused } from './read-input.js';

/** Versions that an answer lists at the most. */
const MAX_VERSIONS = 20;

/**
 * What the engine refuses when it creates a task, in the words of the request: fields by their names on the wire, and a
 * workflow that does not exist as what it is to a client, a wrong field. Other errors are handed back as they are.
 */
export function asRequestError(error: unknown): unknown {
  if (error instanceof NotFoundError && error.code === 'HANDLER_NOT_FOUND') {
    return refused([unknownWorkflow(error)], error.code);
  }
  if (!(error instanceof ValidationError)) return error;
  const errors = error.errors.map((field) => ({ ...field, path: wirePath(field.path) }));
  return refused(errors, error.code);
}

function unknownWorkflow({ details }: NotFoundError): FieldError {
  const { known_versions: versions = [], close_names: close = [] } = details as Readonly<
    Record<'known_versions' | 'close_names', readonly string[] | undefined>
  >;
  if (versions.length > 0) {
    const message = `must be one of ${versions.slice(-MAX_VERSIONS).join(', ')}, a range such as ^1.0, or latest`;
    return { path: 'version', code: 'unknown_version', message };
  }
  const hint = close.length > 0 ? ` Did you mean ${close.join(' or ')}?` : '';
  return { path: 'name', code: 'unknown_workflow', message: `is not a workflow of this application.${hint}` };
}

/** `bypassSteps[0]` as `bypass_steps[0]`. What lies inside the context has the names that the client gave. */
export function wirePath(path: string): string {
  return /^context\b/.test(path)
    ? path
    : path.replace(/^[a-zA-Z]+/, (field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
