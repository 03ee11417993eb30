import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStreamStore } from '../../../persistence/event-stream-store.js';
import { SettledBound } from './settled-bound.js';

const LOOK_AGAIN_MS = 10;

/**
 * The id after which a subscriber begins that is to get everything from some instant on.
 *
 * For 'now' that is the last id drawn, once no transaction is left that drew one below: what commits after this answer has
 * a higher id then. A transaction that is not over after `patienceMs` is not waited for any longer; what it has written by
 * then counts as before.
 */
export async function startingPoint(
  stream: EventStreamStore,
  from: 'now' | 'beginning' | Date,
  patienceMs: number,
): Promise<number> {
  if (from === 'beginning') return 0;
  const settled = new SettledBound();
  const first = await stream.horizon();
  settled.observe(first);
  const deadline = performance.now() + patienceMs;
  while (settled.upTo < first.last && performance.now() < deadline) {
    await sleep(LOOK_AGAIN_MS);
    settled.observe(await stream.horizon());
  }
  if (from === 'now') return first.last;
  // Not beyond what was drawn when we began to look: what was not committed yet may be of that time as well.
  return Math.min(await stream.positionAt(from), first.last);
}
