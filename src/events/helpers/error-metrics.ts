import { type TaskerEvent } from '../../core/events/event-map.js';
import { errorCategory, type ErrorCategory } from './error-category.js';
import { fieldOf, numberField, textField } from './field-of.js';

export interface ErrorMetrics {
  readonly errorMessage: string;
  readonly errorClass: string;
  readonly errorCode: string | null;
  readonly errorType: ErrorCategory;
  readonly attemptNumber: number;
  /** It is tried again by itself. */
  readonly isRetryable: boolean;
  /** There will be no further attempt. Undefined when the event does not say, or is not of a failure. */
  readonly finalFailure: boolean | undefined;
}

/** What failed and whether for good. */
export function extractErrorMetrics(event: TaskerEvent): ErrorMetrics {
  // Those about deliveries bring their error as a text.
  const errorMessage = textField(event, 'error.message') ?? textField(event, 'error') ?? 'unknown_error';
  const errorClass = textField(event, 'error.errorClass');
  const errorCode = textField(event, 'error.errorCode') ?? null;
  const finalFailure = isFinal(event);
  return {
    errorMessage,
    errorClass: errorClass ?? 'UnknownError',
    errorCode,
    errorType: errorCategory(errorClass, errorCode),
    attemptNumber: numberField(event, 'attempt') ?? numberField(event, 'attempts') ?? 1,
    isRetryable: finalFailure === false,
    finalFailure,
  };
}

function isFinal(event: TaskerEvent): boolean | undefined {
  const said = fieldOf(event, 'final');
  if (typeof said === 'boolean') return said;
  // Each of these is told when nothing is tried any more.
  const last: readonly string[] = ['task.failed', 'observability.step.max_retries_reached', 'subscriber.dead_lettered'];
  if (last.includes(event.name)) return true;
  return event.name === 'observability.step.backoff' ? false : undefined;
}
