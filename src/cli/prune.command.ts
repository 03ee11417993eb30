import { Command, InvalidArgumentError, Option } from 'commander';
import { SystemClock } from '../core/clock.js';
import { FINAL_TASK_STATES, type TaskState } from '../core/states.js';
import { pruneTasks } from '../engine/maintenance/task-pruner.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { type PrunedTasks, type PruneRule, RetentionStore } from '../persistence/retention-store.js';
import { WorkerStore } from '../persistence/worker-store.js';
import { DEFAULT_RETENTION } from '../tasker.options.js';
import { requireCurrentSchema } from './current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from './database-options.js';
import { wholeNumber } from './numbers.js';

interface PruneFlags extends DatabaseFlags {
  /** Days. */
  readonly olderThan: number;
  readonly namespace?: readonly string[];
  readonly state?: readonly TaskState[];
  readonly workers?: boolean;
  readonly audit?: boolean;
  readonly batchSize: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface PruneResult {
  readonly tasks: readonly PrunedTasks[];
  readonly workers: number | null;
  readonly audit: number | null;
}

/** `tasker prune --older-than 30d`. */
export function pruneCommand(): Command {
  const { states, batchSize } = DEFAULT_RETENTION;
  const command = new Command('prune')
    .description('delete finished tasks with their steps and histories, in small batches, while workers run')
    .requiredOption('--older-than <age>', 'since the task ended: 30d, 12h or 90m', days)
    .option('--namespace <names...>', 'only tasks of these namespaces')
    .addOption(
      new Option('--state <states...>', `only tasks in these states (default: ${states.join(', ')})`).choices(
        FINAL_TASK_STATES,
      ),
    )
    .option('--workers', 'also forget workers that are gone for so long')
    .option('--audit', 'also forget the audit of pauses and repairs that is so old')
    .option('--batch-size <n>', 'tasks deleted in one transaction', wholeNumber(1, 10_000), batchSize)
    .option('--dry-run', 'delete nothing, only say what would be')
    .option('--json', 'print JSON');
  return withDatabaseOptions(command).action(async (flags: PruneFlags) => {
    const result = await withDatabase(flags, async (database) => {
      await requireCurrentSchema(database);
      return prune(database, flags);
    });
    console.log(flags.json ? JSON.stringify({ dryRun: flags.dryRun ?? false, ...result }) : describe(result, flags));
  });
}

async function prune(database: TaskerDatabase, flags: PruneFlags): Promise<PruneResult> {
  const { olderThan, namespace, state, batchSize, dryRun } = flags;
  const store = new RetentionStore(database, new SystemClock());
  const workers = new WorkerStore(database);
  const rule: PruneRule = {
    afterDays: namespace ? null : olderThan,
    namespaces: Object.fromEntries((namespace ?? []).map((name) => [name, olderThan])),
    states: state ?? DEFAULT_RETENTION.states,
  };
  if (dryRun) {
    return {
      tasks: await store.prunableTasks(rule),
      workers: flags.workers ? await workers.countGone(olderThan * 86_400) : null,
      audit: flags.audit ? await store.countAudit(olderThan) : null,
    };
  }
  return {
    tasks: await pruneTasks(store, rule, { batchSize }),
    workers: flags.workers ? await workers.sweep(olderThan * 86_400) : null,
    audit: flags.audit ? await pruneAudit(store, olderThan, batchSize) : null,
  };
}

async function pruneAudit(store: RetentionStore, olderThan: number, limit: number): Promise<number> {
  for (let sum = 0; ;) {
    const pruned = await store.pruneAudit(olderThan, limit);
    sum += pruned;
    if (pruned < limit) return sum;
  }
}

function describe({ tasks, workers, audit }: PruneResult, { dryRun }: PruneFlags): string {
  const done = dryRun ? 'would delete' : 'deleted';
  return [
    ...tasks.map((pruned) => `${done} ${pruned.tasks} tasks of namespace ${pruned.namespace} in ${pruned.state}`),
    ...(tasks.length === 0 ? [`${done} no task`] : []),
    ...(workers === null ? [] : [`${done} ${workers} workers`]),
    ...(audit === null ? [] : [`${done} ${audit} entries of the audit`]),
  ].join('\n');
}

const UNITS: Readonly<Record<string, number>> = { d: 1, h: 1 / 24, m: 1 / 1440 };

function days(value: string): number {
  const [, amount, unit] = /^(\d{1,6})([dhm])$/.exec(value) ?? [];
  if (amount === undefined || unit === undefined || Number(amount) === 0) {
    throw new InvalidArgumentError('Must be a number of days, hours or minutes, such as 30d, 12h or 90m.');
  }
  return Number(amount) * UNITS[unit]!;
}
