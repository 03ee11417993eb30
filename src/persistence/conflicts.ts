import { setTimeout as sleep } from 'node:timers/promises';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const ATTEMPTS = 6;

/** The only place that runs a statement again because it lost against a concurrent one. */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const code = sqlState(error);
      if (attempt >= ATTEMPTS || (code !== SERIALIZATION_FAILURE && code !== DEADLOCK_DETECTED)) throw error;
      await sleep(Math.random() * 10 * 2 ** attempt);
    }
  }
}

/** The five-character SQLSTATE of a database error, or undefined. (EPIPE has five capitals too, and is none.) */
export function sqlState(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && errno === undefined ? code : undefined;
}

/**
 * True when the statement may or may not have been carried out, or could not be tried at all: the connection broke, the
 * server is down, starting, stopping or full. Trying again later is right; whatever depends on the answer must be asked.
 */
export function isConnectionTrouble(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith('08') || state.startsWith('57P') || state.startsWith('53');
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOST|ENET)/.test(code);
  const message = error instanceof Error ? error.message : '';
  return /connection terminated|connection error|timeout exceeded when trying to connect|not queryable|Client was closed/i.test(
    message,
  );
}

/** True when the server understood and refused the data itself: trying the same again cannot help. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && (state.startsWith('22') || state.startsWith('23') || state.startsWith('54'));
}
