import { setTimeout as delay } from 'node:timers/promises';

export interface WaitForOptions {
  /** @default 10000 */
  readonly timeoutMs?: number;
  /** What was waited for, e.g. `task 7 to be complete`; a function may say how things stand at the deadline. */
  readonly message?: string | (() => unknown);
}

const LONGEST_PAUSE_MS = 50;

/**
 * Polls until `condition` gives something truthy, and returns that. A condition that throws is not met yet.
 *
 * @example
 * const done = await waitFor(async () => (await states(taskId)).task === 'complete', { message: `task ${taskId}` });
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitForOptions = {},
): Promise<Exclude<T, false | 0 | '' | null | undefined>> {
  const { timeoutMs = 10_000, message = 'a condition' } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      last = await condition();
      if (last) return last as Exclude<T, false | 0 | '' | null | undefined>;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) break;
    await delay(pause);
  }
  const what = typeof message === 'function' ? await message() : message;
  const text = typeof what === 'string' ? what : JSON.stringify(what);
  const found = last instanceof Error ? `it threw ${last.stack ?? last.message}` : `it gave ${String(last)}`;
  throw new Error(`Waited ${timeoutMs} ms for ${text}; the last time, ${found}`, { cause: last });
}
