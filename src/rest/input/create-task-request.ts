import { isCorrelationId } from '../../core/correlation-id.js';
import { isPlainObject } from '../../definitions/plain-json.js';
import { type TaskRequest } from '../../engine/task-request.js';
import { CreateTaskDto } from './create-task.dto.js';
import { parseInstant } from './instant.js';
import { type HttpHeaders, requireJson } from './read-body.js';
import { readInput, refused } from './read-input.js';

/**
 * Reads the request of `POST /tasks`: `{ "task": {…} }`, or the task alone; what has the key `task` is wrapped.
 * `Idempotency-Key` and `X-Correlation-ID` stand for fields that the body leaves out.
 * @throws ValidationError naming every field that is unknown, missing or wrong
 */
export async function readTaskRequest(body: unknown, headers: HttpHeaders): Promise<TaskRequest> {
  requireJson(headers['content-type']);
  const dto = await readInput(CreateTaskDto, withHeaders(unwrap(body), headers));
  return {
    name: dto.name,
    namespace: dto.namespace ?? undefined,
    version: dto.version ?? undefined,
    context: dto.context,
    initiator: dto.initiator ?? undefined,
    sourceSystem: dto.source_system ?? undefined,
    reason: dto.reason ?? undefined,
    tags: dto.tags ?? undefined,
    bypassSteps: dto.bypass_steps ?? undefined,
    priority: dto.priority ?? undefined,
    idempotencyKey: dto.idempotency_key ?? undefined,
    correlationId: dto.correlation_id ?? undefined,
    runAt: dto.run_at === undefined || dto.run_at === null ? undefined : parseInstant(dto.run_at),
  };
}

/** What is in `{ "task": {…} }`, or the body itself when it has no such key. */
export function unwrap(body: unknown, key = 'task'): unknown {
  if (!isPlainObject(body) || !Object.hasOwn(body, key)) return body;
  const beside = Object.keys(body).filter((other) => other !== key);
  const errors = beside.slice(0, 10).map((other) => ({
    path: other.slice(0, 64),
    code: 'unknown',
    message: `stands beside "${key}"; it belongs into it`,
  }));
  if (!isPlainObject(body[key])) errors.unshift({ path: key, code: 'type', message: 'must be an object' });
  if (errors.length > 0) throw refused(errors);
  return body[key];
}

/** What the body says wins, but two different idempotency keys are a mistake that must not be guessed away. */
function withHeaders(task: unknown, headers: HttpHeaders): unknown {
  if (!isPlainObject(task)) return task;
  const { 'idempotency-key': key, 'x-correlation-id': correlation } = headers;
  const named = task.idempotency_key ?? key;
  if (key !== undefined && named !== key) {
    const message = 'differs from the header Idempotency-Key';
    throw refused([{ path: 'idempotency_key', code: 'conflict', message }]);
  }
  return {
    ...task,
    ...(named !== undefined && { idempotency_key: named }),
    // Any proxy may set this header; one that is no id is not the caller's mistake, and a new id is made.
    ...(isCorrelationId(correlation) && { correlation_id: task.correlation_id ?? correlation }),
  };
}
