import { newCorrelationId } from '../core/correlation-id.js';
import { type FieldError, ValidationError } from '../core/errors.js';
import { identityOfKey, type IdentityStrategy, requestHashOf } from '../core/identity.js';
import { storableJson } from '../core/storable-json.js';
import { type Definition } from '../definitions/definition.js';
import { currentCorrelationId } from '../handlers/correlation-context.js';
import { type NewTask } from '../persistence/sql/create-tasks.js';
import { isStorable, textFault } from './text-fields.js';

/** What `createTask` takes (spec 01 §4.4). */
export interface TaskRequest {
  readonly name: string;
  /** @default 'default' */
  readonly namespace?: string;
  /** Exact, a range such as `^1.0`, or `latest`. @default '0.1.0', else the only version there is */
  readonly version?: string;
  /** Checked against the definition's schema; its defaults are filled in and stored. @default {} */
  readonly context?: Readonly<Record<string, unknown>>;
  /** At most 128 characters, as the two below. @default 'unknown' */
  readonly initiator?: string;
  readonly sourceSystem?: string;
  readonly reason?: string;
  /** At most 50, of at most 128 characters. */
  readonly tags?: readonly string[];
  /** Steps to leave out; each must be declared skippable. */
  readonly bypassSteps?: readonly string[];
  /** Higher runs first, -100 to 100. @default 0 */
  readonly priority?: number;
  /** Two requests with one key, for the same task name, make one task. */
  readonly idempotencyKey?: string;
  /** What a duplicate does. @default 'return' with an idempotencyKey, else 'reject' */
  readonly onDuplicate?: 'reject' | 'return';
  /** Joins logs and traces. @default that of the work that creates it (a request, a step), else a new one */
  readonly correlationId?: string;
  /** When it was asked for. @default now */
  readonly requestedAt?: Date;
  /** Its first steps do not run before. @default now */
  readonly runAt?: Date;
}

const MAX_TEXT = 128;
const MAX_TAGS = 50;
const KNOWN = new Set<string>([
  'name', 'namespace', 'version', 'context', 'initiator', 'sourceSystem', 'reason', 'tags', 'bypassSteps', 'priority',
  'idempotencyKey', 'onDuplicate', 'correlationId', 'requestedAt', 'runAt',
]); // prettier-ignore

/**
 * Refuses at the door what could not be stored or would mean nothing.
 * @throws ValidationError naming every field
 */
export function checkTaskRequest(request: TaskRequest): void {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new ValidationError('createTask was called without a request object.', [
      { path: '', code: 'type', message: 'must be an object' },
    ]);
  }
  const errors: FieldError[] = [];
  const wrong = (path: string, code: string, message: string): void => void errors.push({ path, code, message });
  const text = (key: keyof TaskRequest, required = false): void => {
    const value: unknown = request[key];
    if (value === undefined && !required) return;
    const fault = textFault(value, MAX_TEXT);
    if (fault) errors.push({ path: key, ...fault });
  };
  const texts = (key: 'tags' | 'bypassSteps'): void => {
    const value: unknown = request[key];
    if (value === undefined) return;
    if (!Array.isArray(value)) return wrong(key, 'type', 'must be a list of texts');
    if (value.length > MAX_TAGS && key === 'tags') wrong(key, 'length', `must have at most ${MAX_TAGS} entries`);
    value.forEach((entry: unknown, index) => {
      const fits = typeof entry === 'string' && entry !== '' && entry.length <= MAX_TEXT && isStorable(entry);
      if (!fits) wrong(`${key}[${index}]`, 'type', `must be text of 1 to ${MAX_TEXT} characters`);
    });
  };
  const date = (key: 'requestedAt' | 'runAt'): void => {
    const value: unknown = request[key];
    if (value === undefined) return;
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) wrong(key, 'type', 'must be a valid Date');
    else if (value.getUTCFullYear() < 1 || value.getUTCFullYear() > 9999)
      wrong(key, 'range', 'must be a year of our era');
  };
  text('name', true);
  for (const key of ['namespace', 'version', 'initiator', 'sourceSystem', 'reason', 'correlationId'] as const)
    text(key);
  if (request.idempotencyKey !== undefined) text('idempotencyKey');
  texts('tags');
  texts('bypassSteps');
  date('requestedAt');
  date('runAt');
  const { priority, onDuplicate } = request;
  if (priority !== undefined && !(Number.isInteger(priority) && Math.abs(priority) <= 100)) {
    wrong('priority', 'range', 'must be a whole number from -100 to 100');
  }
  if (onDuplicate !== undefined && onDuplicate !== 'reject' && onDuplicate !== 'return') {
    wrong('onDuplicate', 'enum', "must be 'reject' or 'return'");
  }
  for (const key of Object.keys(request))
    if (!KNOWN.has(key)) wrong(key, 'unknown', 'is not a field of a task request');
  if (errors.length > 0) {
    const listed = errors.map((error) => `${error.path} ${error.message}`).join('; ');
    throw new ValidationError(`The task request is not valid: ${listed}.`, errors);
  }
}

/**
 * A checked request as it is stored.
 * @throws ContextValidationError when the context does not fit the definition's schema
 * @throws ValidationError when it cannot be stored, or a step to bypass may not be left out
 */
export function toNewTask(
  request: TaskRequest,
  definition: Definition,
  definitionId: number,
  identity: IdentityStrategy,
  options: { maxContextBytes: number; now: Date },
): NewTask {
  const context = definition.validateContext(request.context ?? {});
  const json = storableJson(context, options.maxContextBytes);
  if ('problem' in json) {
    const message = `values ${json.problem.message}`;
    throw new ValidationError(`The context cannot be stored: its ${message}.`, [
      { path: 'context', code: json.problem.code.toLowerCase(), message },
    ]);
  }
  const bypassSteps = [...new Set(request.bypassSteps ?? [])];
  checkBypass(bypassSteps, definition);
  const facts = {
    initiator: request.initiator ?? 'unknown',
    sourceSystem: request.sourceSystem ?? 'unknown',
    reason: request.reason ?? 'unknown',
    tags: request.tags ?? [],
    bypassSteps,
  };
  const { namespace, name, version } = definition;
  return {
    ...facts,
    definitionId,
    contextText: json.text,
    identity:
      request.idempotencyKey === undefined
        ? identity.identityOf({
            namespace,
            name,
            version,
            context,
            requestedAt: request.requestedAt ?? options.now,
            ...facts,
          })
        : identityOfKey(namespace, name, request.idempotencyKey),
    requestHash: request.idempotencyKey === undefined ? null : requestHash(request),
    correlationId: request.correlationId ?? currentCorrelationId() ?? newCorrelationId(),
    priority: request.priority ?? 0,
    requestedAt: request.requestedAt ?? null,
    runAt: request.runAt ?? null,
    rejectDuplicate: (request.onDuplicate ?? (request.idempotencyKey === undefined ? 'reject' : 'return')) === 'reject',
  };
}

/** What a request says beside its key and where it belongs: equal for two that ask for the same. */
export function requestHash(request: TaskRequest): string | null {
  const facts = { ...request, idempotencyKey: undefined, onDuplicate: undefined, correlationId: undefined };
  return requestHashOf(facts);
}

function checkBypass(bypassSteps: readonly string[], definition: Definition): void {
  const errors = bypassSteps.flatMap((name, index): FieldError[] => {
    const step = definition.step(name);
    const path = `bypassSteps[${index}]`;
    if (!step) return [{ path, code: 'unknown_step', message: `"${name}" is not a step of ${definition.fullName}` }];
    if (!step.skippable) return [{ path, code: 'not_skippable', message: `"${name}" is not declared skippable` }];
    return [];
  });
  if (errors.length > 0) {
    throw new ValidationError(`Steps cannot be bypassed: ${errors.map((error) => error.message).join('; ')}.`, errors);
  }
}
