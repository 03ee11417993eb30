import { TaskerError } from '../core/errors.js';

export interface StepErrorOptions {
  /** A code of the handler's own, stored with the attempt and shown to operators. */
  readonly errorCode?: string;
  /** Facts to store with the attempt; plain JSON. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Thrown by a handler: this step can never succeed, do not try again. The step fails for good at once, attempts left or
 * not (spec 03 §4.6, W-07).
 *
 * @example throw new PermanentError('card declined', { errorCode: 'PAYMENT_DECLINED' });
 */
export class PermanentError extends TaskerError {
  readonly errorCode: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(message: string, options: StepErrorOptions = {}) {
    super('STEP_PERMANENT_ERROR', message, { cause: options.cause });
    this.errorCode = options.errorCode;
    this.context = options.context ?? {};
  }
}

/**
 * Thrown by a handler: try again, after `retryAfter` seconds when given (capped by `backoff.maxSeconds`), else after the
 * ordinary backoff. Any other error is retried too; this one only says more.
 *
 * @example throw new RetryableError('rate limited', { retryAfter: 30, errorCode: 'RATE_LIMITED' });
 */
export class RetryableError extends TaskerError {
  readonly errorCode: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: StepErrorOptions & { readonly retryAfter?: number } = {}) {
    super('STEP_RETRYABLE_ERROR', message, { cause: options.cause });
    this.errorCode = options.errorCode;
    this.context = options.context ?? {};
    this.retryAfter = options.retryAfter;
  }
}
