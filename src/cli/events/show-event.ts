import { Command } from 'commander';
import { NotFoundError } from '../../core/errors.js';
import { exampleEvent } from '../../core/events/example-events.js';
import { type SystemEventName } from '../../core/events/event-map.js';
import { matchesPattern } from '../../core/events/patterns.js';
import { didYouMean } from '../../core/nearest-name.js';
import { storedSubscribers, type StoredSubscriber, storedTemplates } from '../../persistence/stored-templates.js';
import { requireCurrentSchema } from '../current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from '../database-options.js';
import { type KnownEvent, knownEvents } from './known-events.js';

interface ShowFlags extends DatabaseFlags {
  readonly json?: boolean;
}

interface Shown extends KnownEvent {
  readonly example: object;
  /** Durable ones; who listens in a process is known there only. */
  readonly subscribers: readonly StoredSubscriber[];
}

/** `tasker events show <name>`. */
export function showCommand(): Command {
  const command = new Command('show')
    .description('show what is known of one event: meaning, fields, example, and who has it delivered durably')
    .argument('<name>', 'as `tasker events list` shows it')
    .option('--json', 'print JSON');
  return withDatabaseOptions(command).action(async (name: string, flags: ShowFlags) => {
    const shown = await withDatabase(flags, async (database): Promise<Shown> => {
      await requireCurrentSchema(database);
      const known = knownEvents(await storedTemplates(database));
      const event = known.find((one) => one.name === name);
      if (!event) throw unknown(name, known);
      const subscribers = (await storedSubscribers(database)).filter(({ patterns }) =>
        patterns.some((pattern) => matchesPattern(pattern, name)),
      );
      return { ...event, example: exampleOf(event), subscribers: event.durable ? subscribers : [] };
    });
    console.log(flags.json ? JSON.stringify(shown) : text(shown));
  });
}

function unknown(name: string, known: readonly KnownEvent[]): NotFoundError {
  const names = known.map((one) => one.name);
  const nearest = didYouMean(name, names);
  return new NotFoundError('UNKNOWN_EVENT', `There is no event "${name}".${nearest}`, {
    hint: 'See `tasker events list`. Events that only a @StepHandler or the module declares are not stored.',
    details: { event: name },
  });
}

function exampleOf({ name, category }: KnownEvent): object {
  if (category !== 'custom') return exampleEvent(name as SystemEventName);
  return { ...exampleEvent('step.before_handle'), id: '0b6ab4a8-95a4-4b9e-9ac4-0f4e7b2e5a11', name, payload: {} };
}

function text({ name, description, firedBy, durable, fields, schema, example, subscribers }: Shown): string {
  const indented = (value: object): string => JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
  const who = subscribers.map(
    (one) => `  ${one.name}: ${one.isPaused ? 'paused' : one.owner === null ? 'nobody delivers now' : one.owner}`,
  );
  const nobody = durable ? '  nobody' : '  nobody can: it is told in the process where it happens only';
  return [
    `${name}: ${description}`,
    `Fired by ${firedBy.join(', ')}.`,
    `Fields of its own: ${fields.join(', ')}`,
    ...(schema ? ['Schema of its payload:', `  ${indented(schema)}`] : []),
    'Example:',
    `  ${indented(example)}`,
    'Durable subscribers:',
    ...(who.length > 0 ? who : [nobody]),
  ].join('\n');
}
