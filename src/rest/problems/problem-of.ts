import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { AuthenticationError, AuthenticationUnavailableError, AuthorizationError } from '../../auth/auth-errors.js';
import {
  DuplicateTaskError,
  InvalidTransitionError,
  NotFoundError,
  TaskerError,
  ValidationError,
} from '../../core/errors.js';
import { isDatabaseTrouble } from './database-trouble.js';
import { problem, type Problem } from './problem.js';
import { ProblemError } from './problem.error.js';

/** What a client is told about an error. Undefined: nothing but that it is our fault. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ValidationError) return problem(400, error.code, error.message, { errors: error.errors });
  if (error instanceof NotFoundError) return problem(404, error.code, sentence(error));
  if (error instanceof DuplicateTaskError) return problem(409, error.code, sentence(error), error.details);
  if (error instanceof InvalidTransitionError) {
    return problem(409, error.code, sentence(error), { state: error.state, allowed: error.allowed });
  }
  if (error instanceof TaskerError && error.code === 'STEP_NOT_SKIPPABLE') {
    return problem(409, error.code, sentence(error));
  }
  if (error instanceof AuthenticationError) return problem(401, error.code, error.message);
  if (error instanceof AuthorizationError) return problem(403, error.code, error.message);
  if (error instanceof AuthenticationUnavailableError) return problem(503, error.code, error.message);
  if (error instanceof ProblemError) return error.problem;
  if (isDatabaseTrouble(error)) {
    return problem(503, 'DATABASE_UNAVAILABLE', 'The database cannot be used at the moment. Try again later.');
  }
  return ofHost(error);
}

/** Our part of the message. The hint speaks to those who call the TypeScript API. */
function sentence(error: TaskerError): string {
  const end = ` ${error.hint}`;
  return error.message.endsWith(end) ? error.message.slice(0, -end.length) : error.message;
}

/** What the host's own guards, pipes and interceptors throw on our routes keeps its status and its words. */
function ofHost(error: unknown): Problem | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  const answer = error.getResponse();
  const message: unknown = typeof answer === 'string' ? answer : (answer as { message?: unknown }).message;
  const detail = Array.isArray(message) ? message.join('; ') : typeof message === 'string' ? message : error.message;
  return problem(status, codeOf(status), detail);
}

/** `UNSUPPORTED_MEDIA_TYPE` for 415. */
function codeOf(status: number): string {
  return (STATUS_CODES[status] ?? 'error').toUpperCase().replace(/[^A-Z]+/g, '_');
}
