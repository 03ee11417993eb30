import { ConfigurationError } from '../core/errors.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { schemaVersion, wantedSchemaVersion } from '../persistence/migrations.js';

/**
 * Refuses to work on tables that are not those of this version.
 * @throws ConfigurationError `MIGRATIONS_PENDING`
 */
export async function requireCurrentSchema({ dataSource, schema }: TaskerDatabase): Promise<void> {
  const version = await schemaVersion(dataSource, schema);
  const wanted = wantedSchemaVersion();
  if (version >= wanted) return;
  const found = version === 0 ? 'has none of the tables of nestjs-tasker' : `is at version ${version} of ${wanted}`;
  throw new ConfigurationError(`The database schema "${schema}" ${found}.`, {
    code: 'MIGRATIONS_PENDING',
    hint: 'Run `tasker migrate up` first.',
    details: { schema, version, wanted },
  });
}
