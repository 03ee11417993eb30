import { Command, InvalidArgumentError } from 'commander';
import { SystemClock } from '../../core/clock.js';
import { type TaskerEvent } from '../../core/events/event-map.js';
import { isPattern, matchesPattern } from '../../core/events/patterns.js';
import { didYouMean } from '../../core/nearest-name.js';
import { DefinitionRegistry } from '../../definitions/definition-registry.js';
import { StepHandlerRegistry } from '../../definitions/step-handler-registry.js';
import { DefinitionCatalog } from '../../engine/definition-catalog.js';
import { TaskFactsReader } from '../../engine/events/task-facts.js';
import { type TaskerDatabase } from '../../persistence/database.js';
import { DefinitionStore } from '../../persistence/definition-store.js';
import { EventStreamStore } from '../../persistence/event-stream-store.js';
import { storedTemplates } from '../../persistence/stored-templates.js';
import { requireCurrentSchema } from '../current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from '../database-options.js';
import { wholeNumber } from '../numbers.js';
import { eventLine } from './event-line.js';
import { EventTail } from './event-tail.js';
import { type KnownEvent, knownEvents } from './known-events.js';
import { EventMask } from './event-mask.js';

interface TailFlags extends DatabaseFlags {
  readonly pattern?: readonly string[];
  readonly task?: number;
  /** Milliseconds. */
  readonly since?: number;
  readonly json?: boolean;
}

/** `tasker events tail`. Ends on Ctrl-C, with exit code 0. */
export function tailCommand(): Command {
  const command = new Command('tail')
    .description('follow what a live system commits, whichever process does it, until Ctrl-C')
    .option('--pattern <name...>', 'only events that fit: task.completed, "step.*", "**.failed" (default: all)')
    .option('--task <id>', 'only events of this task', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--since <age>', 'begin so long ago: 10m, 2h, 1d or 30s (default: now)', age)
    .option('--json', 'print one JSON object per event and line');
  return withDatabaseOptions(command).action(async (flags: TailFlags) => {
    await withDatabase(flags, async (database) => {
      await requireCurrentSchema(database);
      const known = knownEvents(await storedTemplates(database));
      for (const pattern of flags.pattern ?? []) warnOf(pattern, known);
      await follow(database, flags);
    });
  });
}

async function follow(database: TaskerDatabase, { pattern, task, since, json }: TailFlags): Promise<void> {
  const registry = new DefinitionRegistry();
  const catalog = new DefinitionCatalog(registry, new StepHandlerRegistry(), new DefinitionStore(database));
  const facts = new TaskFactsReader(database, catalog);
  const mask = new EventMask(database, catalog, registry);
  const isOf = (event: TaskerEvent): boolean => task === undefined || ('taskId' in event && event.taskId === task);
  const print = async (events: readonly TaskerEvent[]): Promise<void> => {
    await mask.know(events);
    for (const event of events.filter(isOf)) {
      const shown = mask.apply(event);
      console.log(json ? JSON.stringify(shown) : eventLine(shown));
    }
  };
  const tail = new EventTail(new EventStreamStore(database, new SystemClock()), facts, {
    patterns: pattern ?? ['**'],
    since: since === undefined ? 'now' : new Date(Date.now() - since),
    onEvents: print,
    onReady: () => console.error('Following; end with Ctrl-C.'),
    onTrouble: (error) => console.error(`The database does not answer, trying again: ${String(error)}`),
    onRecovery: () => console.error('The database answers again; nothing was missed.'),
  });
  await tail.follow(ended());
}

/** Aborted by Ctrl-C, and when nobody reads what is printed any more (`tail | head`). */
function ended(): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  process.stdout.on('error', end);
  return controller.signal;
}

/** Not refused: an event that only a @StepHandler declares is not known here. */
function warnOf(pattern: string, known: readonly KnownEvent[]): void {
  const fitting = known.filter(({ name }) => matchesPattern(pattern, name));
  if (fitting.length === 0) {
    const names = known.map(({ name }) => name);
    console.error(
      `Nothing that is known here fits "${pattern}".${isPattern(pattern) ? '' : didYouMean(pattern, names)}`,
    );
  } else if (fitting.every(({ durable }) => !durable)) {
    console.error(`"${pattern}" is told in the process where it happens only, and will not be seen here.`);
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function age(value: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new InvalidArgumentError('Must be a number of seconds, minutes, hours or days, such as 30s, 10m, 2h or 1d.');
  }
  return Number(amount) * UNITS[unit]!;
}
