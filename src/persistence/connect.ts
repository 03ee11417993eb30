import { DataSource } from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import { TaskerDatabase } from './database.js';
import { TASKER_ENTITIES } from './entities/tasker-entities.js';

/** Where the tables are, as the options say it. */
export interface ConnectOptions {
  readonly dataSource?: string;
  readonly url?: string;
  readonly schema?: string;
  readonly poolSize: number;
}

/**
 * The database of the library: on the host's DataSource, or on one of its own when a `url` is given.
 * @throws ConfigurationError when there is none, it cannot be reached, or it does not know our entities
 */
export async function connectDatabase(
  options: ConnectOptions,
  host: DataSource | undefined,
): Promise<{ database: TaskerDatabase; owned: DataSource | null }> {
  if (options.url !== undefined) {
    const owned = await ownDataSource(options);
    return { database: await onDataSource(owned, options.schema), owned };
  }
  if (!host) {
    const wanted = options.dataSource === undefined ? '' : ` named "${options.dataSource}"`;
    throw new ConfigurationError(`TaskerModule found no TypeORM DataSource${wanted}.`, {
      code: 'NO_DATA_SOURCE',
      hint: 'Import TypeOrmModule.forRoot(…) in the application, or give TaskerModule a connection of its own: database: { url }.',
    });
  }
  requireEntities(host);
  return { database: await onDataSource(host, schemaOf(host)), owned: null };
}

async function onDataSource(dataSource: DataSource, schema: string | undefined): Promise<TaskerDatabase> {
  if (schema !== undefined) return new TaskerDatabase(dataSource, schema);
  const [row] = await dataSource.query<{ schema: string | null }[]>('select current_schema() as schema');
  if (row?.schema) return new TaskerDatabase(dataSource, row.schema);
  throw new ConfigurationError('The search path of the database connection names no schema that exists.', {
    hint: 'Set `schema` on the DataSource, or create the schema first.',
  });
}

async function ownDataSource({ url, schema, poolSize }: ConnectOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    schema,
    poolSize,
    applicationName: 'nestjs-tasker',
    entities: [...TASKER_ENTITIES],
  });
  try {
    return await dataSource.initialize();
  } catch (error) {
    throw new ConfigurationError(
      `TaskerModule cannot reach its database at ${withoutPassword(url!)}: ${reasonOf(error)}.`,
      {
        code: 'DATABASE_UNREACHABLE',
        hint: 'Check database.url, and that the server is running and lets this user in.',
        cause: error,
      },
    );
  }
}

function requireEntities(dataSource: DataSource): void {
  const { entityPrefix } = dataSource.options as { entityPrefix?: string };
  if (entityPrefix) {
    throw new ConfigurationError(
      `The TypeORM DataSource puts the prefix "${entityPrefix}" before every table, ours too.`,
      {
        code: 'ENTITY_PREFIX',
        hint: 'Give the library a DataSource without entityPrefix, or a connection of its own: database: { url }.',
      },
    );
  }
  const missing = TASKER_ENTITIES.filter((entity) => !dataSource.hasMetadata(entity));
  if (missing.length === 0) return;
  throw new ConfigurationError("The TypeORM DataSource does not know nestjs-tasker's entities.", {
    code: 'ENTITIES_MISSING',
    hint: 'Set autoLoadEntities: true in TypeOrmModule.forRoot(…), or add them: entities: [...yours, ...TASKER_ENTITIES].',
    details: { missing: missing.map((entity) => entity.name) },
  });
}

function schemaOf(dataSource: DataSource): string | undefined {
  return (dataSource.options as { schema?: string }).schema;
}

function withoutPassword(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/)[^@/]*@/, '$1');
}

/** A refused connection to several addresses is an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join('; ');
  return error instanceof Error ? error.message : String(error);
}
