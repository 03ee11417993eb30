import { Command } from 'commander';
import { storedTemplates } from '../../persistence/stored-templates.js';
import { requireCurrentSchema } from '../current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from '../database-options.js';
import { type KnownEvent, knownEvents, searchEvents } from './known-events.js';

interface ListFlags extends DatabaseFlags {
  readonly namespace?: string;
  readonly json?: boolean;
}

/** `tasker events list [query]`. */
export function listCommand(): Command {
  const command = new Command('list')
    .description("list the library's events, and those that stored workflows and steps declare")
    .argument('[query]', 'a pattern such as "task.*", or a text of the name or the description')
    .option('--namespace <name>', 'only names that begin with it: task, observability.step, order')
    .option('--json', 'print JSON');
  return withDatabaseOptions(command).action(async (query: string | undefined, flags: ListFlags) => {
    const known = await withDatabase(flags, async (database) => {
      await requireCurrentSchema(database);
      return knownEvents(await storedTemplates(database));
    });
    const events = searchEvents(known, { query, namespace: flags.namespace });
    console.log(flags.json ? JSON.stringify({ events }) : text(events, known.length));
  });
}

function text(events: readonly KnownEvent[], known: number): string {
  if (events.length === 0) {
    return [
      `None of the ${known} known events fits.`,
      'Events that only a @StepHandler or the options of the module declare are not stored, and not known here.',
    ].join('\n');
  }
  const width = Math.max(...events.map(({ name }) => name.length));
  return events
    .map(({ name, description, durable }) => {
      const where = durable ? '' : ' (only in the process where it happens)';
      return `${name.padEnd(width)}  ${description}${where}`;
    })
    .join('\n');
}
