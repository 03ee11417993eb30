import { type StepFailure } from '../core/records.js';
import { TaskerError } from '../core/errors.js';
import { storableJson } from '../core/storable-json.js';
import { PermanentError, RetryableError } from '../handlers/handler-errors.js';

/** Mistakes in the handler's own code: another attempt makes the same. */
const MISTAKES: readonly string[] = ['UNKNOWN_STEP', 'UNKNOWN_EVENT', 'INVALID_EVENT_PAYLOAD', 'TOO_MANY_EVENTS'];

const MAX_MESSAGE = 4_000;
const MAX_NAME = 255;
const MAX_STACK_LINES = 10;
const MAX_CONTEXT_BYTES = 16_384;

/** Codes of the failures that the engine itself finds. */
export const FAILURE_CODES = {
  timeout: 'STEP_TIMEOUT',
  badResult: 'RESULT_NOT_STORABLE',
  resultTooLarge: 'RESULT_TOO_LARGE',
  refused: 'REFUSED_BY_DATABASE',
  resultProcessing: 'RESULT_PROCESSING_FAILED',
  noHandler: 'HANDLER_NOT_FOUND',
  badConfig: 'INVALID_HANDLER_CONFIG',
  workerLost: 'WORKER_LOST',
} as const;

/** What is kept of whatever a handler threw: an error, a string, nothing at all. Bounded, storable, never throws. */
export function toStepFailure(thrown: unknown): StepFailure {
  const isMistake = isA(thrown, TaskerError) && MISTAKES.includes(thrown.code);
  const permanent = isA(thrown, PermanentError) || isMistake;
  const said = isA(thrown, PermanentError) || isA(thrown, RetryableError) ? thrown : undefined;
  const failure: { -readonly [K in keyof StepFailure]: StepFailure[K] } = {
    message: kept(messageOf(thrown), MAX_MESSAGE),
    errorClass: kept(classOf(thrown), MAX_NAME),
    permanent,
  };
  const code = codeOf(read(() => said?.errorCode)) ?? codeOf(read(() => (thrown as { code?: unknown }).code));
  if (code !== undefined) failure.errorCode = kept(code, MAX_NAME);
  const context = read(() => said?.context);
  if (typeof context === 'object' && context !== null && read(() => Object.keys(context).length) !== 0) {
    failure.context = boundedContext(context);
  }
  const stack = textOf(() => (thrown as { stack?: unknown }).stack);
  if (stack !== undefined) failure.stack = stackLines(stack);
  return failure;
}

/** A failure found by the engine, not thrown by a handler. */
export function engineFailure(code: string, message: string, permanent: boolean): StepFailure {
  return { message: kept(message, MAX_MESSAGE), errorClass: 'TaskerError', errorCode: code, permanent };
}

function messageOf(thrown: unknown): string {
  if (isErrorLike(thrown)) return textOf(() => thrown.message) || `${classOf(thrown)} without a message`;
  if (typeof thrown === 'string') return thrown === '' ? 'an empty string was thrown' : thrown;
  if (thrown === undefined || thrown === null) return `${String(thrown)} was thrown`;
  const json = storableJson(thrown, MAX_MESSAGE);
  return 'text' in json ? json.text : `a value was thrown that ${json.problem.message}`;
}

/** Many classes never set their name; theirs says more than "Error". */
function classOf(thrown: unknown): string {
  if (!isErrorLike(thrown)) return thrown === null ? 'null' : typeof thrown;
  const name = textOf(() => thrown.name);
  return (name === 'Error' ? undefined : name) || textOf(() => thrown.constructor.name) || 'Error';
}

/** Codes of HTTP and of many drivers are numbers. */
function codeOf(code: unknown): string | undefined {
  if (typeof code === 'number') return String(code);
  return typeof code === 'string' && code !== '' ? code : undefined;
}

function boundedContext(context: object): Readonly<Record<string, unknown>> {
  const json = storableJson(context, MAX_CONTEXT_BYTES);
  if ('text' in json) return JSON.parse(json.text) as Record<string, unknown>;
  return { dropped: kept(`the context ${json.problem.message}`, MAX_MESSAGE) };
}

function stackLines(stack: string): string[] {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return lines.slice(0, MAX_STACK_LINES).map((line) => kept(line.trim(), 500));
}

/** Also an error of another realm (a test runner's, a worker's) and what only looks like one. */
function isErrorLike(thrown: unknown): thrown is Error {
  return isA(thrown, Error) || textOf(() => (thrown as { message?: unknown }).message) !== undefined;
}

/** Even the prototype of a thrown value may be a trap. */
function isA<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  return read(() => thrown instanceof type) ?? false;
}

/** Reads what may be a getter that throws. */
function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function textOf(get: () => unknown): string | undefined {
  const value = read(get);
  return typeof value === 'string' ? value : undefined;
}

/** As much of a text as is kept, without NUL characters and halves of characters, which PostgreSQL refuses. */
function kept(text: string, length: number): string {
  return text.slice(0, length).replaceAll('\u0000', '\uFFFD').toWellFormed();
}
