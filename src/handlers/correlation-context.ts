import { AsyncLocalStorage } from 'node:async_hooks';
import { isCorrelationId } from '../core/correlation-id.js';

/** The header that carries a correlation id from one system to the next. */
export const CORRELATION_HEADER = 'X-Correlation-ID';

const storage = new AsyncLocalStorage<string | undefined>();

/**
 * Runs `work` under a correlation id: tasks that it creates inherit the id, log lines carry it, and
 * {@link correlationHeaders} hands it on. A request to our REST routes runs so, and every step runs under the id of its
 * task; use it where work enters an application by another door.
 *
 * @example await runWithCorrelationId(message.correlationId, () => tasker.createTask({ name: 'import' }));
 */
export function runWithCorrelationId<T>(correlationId: string, work: () => T): T {
  return storage.run(correlationId, work);
}

/** Runs `work` under no correlation id, for what goes on by itself although a correlated caller set it off. */
export function outsideCorrelation<T>(work: () => T): T {
  return storage.getStore() === undefined ? work() : storage.run(undefined, work);
}

/** The id of the work that is going on here; undefined outside of any. */
export function currentCorrelationId(): string | undefined {
  return storage.getStore();
}

/**
 * What an outgoing call adds to its headers, so that the other side's logs can be joined with ours. Empty outside of any
 * correlated work, and for an id that no header can hold.
 *
 * @example await fetch(url, { headers: { ...correlationHeaders(), accept: 'application/json' }, signal });
 */
export function correlationHeaders(): Readonly<Record<string, string>> {
  const id = storage.getStore();
  return isCorrelationId(id) ? { [CORRELATION_HEADER]: id } : {};
}
