import { type TaskerEvent } from '../../../core/events/event-map.js';
import { inNameOf } from '../../../handlers/in-name-of.js';
import { type DurableSubscriber } from '../../../events/durable-subscriber.js';

/** Longer texts are cut. */
const MAX_ERROR = 2_000;

/** How a delivery ended: undefined when the event was taken, else why not. */
export type AttemptEnd = { readonly error: string } | undefined;

/**
 * Gives an event to a subscriber. Whatever deliver() does – throw, reject, never settle – this resolves within the time
 * allowed, or as soon as the outer signal is aborted.
 */
export async function attemptDelivery(
  subscriber: DurableSubscriber,
  event: TaskerEvent,
  timeoutMs: number,
  outer: AbortSignal,
): Promise<AttemptEnd> {
  const abort = new AbortController();
  const onOuter = (): void => abort.abort(outer.reason);
  if (outer.aborted) onOuter();
  else outer.addEventListener('abort', onOuter, { once: true });
  const timeout = setTimeout(
    () => abort.abort(new Error(`The delivery took longer than ${timeoutMs / 1000} s.`)),
    timeoutMs,
  );
  try {
    const cut = new Promise<never>((_, reject) => {
      const fail = (): void => reject(abort.signal.reason as Error);
      if (abort.signal.aborted) fail();
      else abort.signal.addEventListener('abort', fail, { once: true });
    });
    await Promise.race([start(subscriber, event, abort.signal), cut]);
    return undefined;
  } catch (error) {
    return { error: textOf(error) };
  } finally {
    clearTimeout(timeout);
    outer.removeEventListener('abort', onOuter);
  }
}

/** A deliver() that throws at once rejects like any other. */
async function start(subscriber: DurableSubscriber, event: TaskerEvent, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw signal.reason;
  await inNameOf(event, () => subscriber.deliver(event, signal));
}

/** As PostgreSQL can keep it: no NUL, no half characters. */
function textOf(error: unknown): string {
  let text: string;
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    text = 'something that cannot be read was thrown';
  }
  return text.slice(0, MAX_ERROR).replaceAll('\0', '').toWellFormed();
}
