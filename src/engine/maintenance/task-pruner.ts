import { setTimeout as sleep } from 'node:timers/promises';
import {
  type PruneCursor,
  type PrunedTasks,
  type PruneRule,
  type RetentionStore,
} from '../../persistence/retention-store.js';

/** Between two batches, so that what workers write is not held up by the disk. */
const PAUSE_MS = 50;

export interface PruneOptions {
  /** Tasks deleted in one transaction at the most. */
  readonly batchSize: number;
  /** Stop when another process is at it. */
  readonly alone?: boolean;
  readonly signal?: AbortSignal;
}

/** Deletes all tasks that may be forgotten, batch by batch; returns how many of what. A signal ends it between batches. */
export async function pruneTasks(
  store: RetentionStore,
  rule: PruneRule,
  { batchSize, alone, signal }: PruneOptions,
): Promise<PrunedTasks[]> {
  const sums = new Map<string, PrunedTasks>();
  let after: PruneCursor | undefined;
  while (!signal?.aborted) {
    const batch = await store.pruneTasks(rule, { limit: batchSize, after, alone });
    if (!batch?.cursor) break;
    for (const pruned of batch.pruned) add(sums, pruned);
    after = batch.cursor;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return [...sums.values()];
}

function add(sums: Map<string, PrunedTasks>, { namespace, state, tasks }: PrunedTasks): void {
  const key = `${state} ${namespace}`;
  sums.set(key, { namespace, state, tasks: tasks + (sums.get(key)?.tasks ?? 0) });
}
