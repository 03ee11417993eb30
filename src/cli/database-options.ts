import { type Command, Option } from 'commander';
import { type DataSource } from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import { connectDatabase } from '../persistence/connect.js';
import { type TaskerDatabase } from '../persistence/database.js';

export interface DatabaseFlags {
  readonly databaseUrl?: string;
  readonly schema?: string;
}

/** Adds how a command finds the database. `DATABASE_URL` is left alone: it may be somebody else's. */
export function withDatabaseOptions(command: Command): Command {
  return command
    .addOption(new Option('--database-url <url>', 'postgres://user:password@host/database').env('TASKER_DATABASE_URL'))
    .addOption(
      new Option('--schema <name>', 'schema of the tables (default: the first of the search path)').env(
        'TASKER_SCHEMA',
      ),
    );
}

/** Opens the database for one command and closes it, whatever happens. */
export async function withDatabase<T>(
  flags: DatabaseFlags,
  work: (database: TaskerDatabase) => Promise<T>,
): Promise<T> {
  const url = flags.databaseUrl;
  if (url === undefined || url === '') {
    throw new ConfigurationError('No database was named.', {
      code: 'NO_DATABASE_URL',
      hint: 'Pass --database-url postgres://… or set TASKER_DATABASE_URL.',
    });
  }
  const { database, owned } = await connectDatabase({ url, schema: flags.schema, poolSize: 2 }, undefined);
  try {
    return await work(database);
  } finally {
    await (owned as DataSource).destroy();
  }
}
