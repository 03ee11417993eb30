import {
  DataSource,
  type DataSourceOptions,
  MigrationExecutor,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import { quoteName } from './database.js';
import { type MigrationFile, readMigrationFiles } from './migration-files.js';

/** Our migrations are booked here, never in the host's own table. */
export const MIGRATIONS_TABLE = 'tasker_migrations';

/** TypeORM orders migrations by the thirteen digits that end their name; ours count up from here. */
const EPOCH = 1_760_000_000_000;

/** What `tasker migrate status` shows. */
export interface MigrationStatus {
  readonly name: string;
  readonly applied: boolean;
}

type MigrationClass = new () => MigrationInterface;

/**
 * Our migrations as classes, for a host that keeps all its migrations in one place:
 * `new DataSource({ migrations: [...own, ...taskerMigrations()] })`. Otherwise set `database.migrationsRun` or run
 * `tasker migrate up`; they then use a table of their own.
 *
 * @param schema where the tables go; default: the DataSource's `schema`, else the first of the search path
 */
export function taskerMigrations(schema?: string): MigrationClass[] {
  return readMigrationFiles().map((file) => asMigration(file, schema));
}

/** Applies what is missing. Ten processes may do so at once: one works, the others wait and find nothing to do. */
export async function runMigrations(dataSource: DataSource, schema?: string): Promise<string[]> {
  return withExecutor(dataSource, schema, async (executor) => {
    const done = await executor.executePendingMigrations();
    return done.map((migration) => migration.name);
  });
}

/** Undoes the newest `steps` migrations. Returns their names, newest first. */
export async function revertMigrations(dataSource: DataSource, steps: number, schema?: string): Promise<string[]> {
  return withExecutor(dataSource, schema, async (executor) => {
    const undone: string[] = [];
    for (let i = 0; i < steps; i++) {
      const [newest] = (await executor.getExecutedMigrations()).sort((a, b) => b.timestamp - a.timestamp);
      if (!newest) break;
      await executor.undoLastMigration();
      undone.push(newest.name);
    }
    return undone;
  });
}

/** Every migration with whether it is applied, oldest first. Reads only: a database never touched stays so. */
export async function migrationStatus(dataSource: DataSource, schema?: string): Promise<MigrationStatus[]> {
  const names = readMigrationFiles().map(migrationName);
  const target = schemaAsked(dataSource, schema);
  const table = target === undefined ? MIGRATIONS_TABLE : `${quoteName(target)}.${MIGRATIONS_TABLE}`;
  const [found] = await dataSource.query<{ table: string | null }[]>('select to_regclass($1)::text as "table"', [
    table,
  ]);
  const booked = found?.table
    ? (await dataSource.query<{ name: string }[]>(`select name from ${found.table}`)).map((row) => row.name)
    : [];
  return names.map((name) => ({ name, applied: booked.includes(name) }));
}

function asMigration(file: MigrationFile, schema: string | undefined): MigrationClass {
  const name = migrationName(file);
  return class implements MigrationInterface {
    readonly name = name;
    up = (runner: QueryRunner) => inSchema(runner, schema, file.up, file.number);
    down = (runner: QueryRunner) => inSchema(runner, schema, file.down, file.number - 1);
  };
}

function migrationName(file: MigrationFile): string {
  const title = file.title.replace(/(?:^|_)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  return `Tasker${title}${EPOCH + file.number}`;
}

/**
 * The newest migration whose effects are there, whoever applied it and wherever it is booked; 0 when there are no tables.
 * Written as a comment on the tasks table, so that a host which keeps our migrations among its own is understood too.
 */
export async function schemaVersion(dataSource: DataSource, schema: string): Promise<number> {
  const [row] = await dataSource.query<{ mark: string | null }[]>(
    `select obj_description(to_regclass($1), 'pg_class') as mark`,
    [`${quoteName(schema)}.tasker_tasks`],
  );
  return Number(/schema (\d+)$/.exec(row?.mark ?? '')?.[1] ?? 0);
}

/** The version the schema must have for this library. */
export function wantedSchemaVersion(): number {
  return readMigrationFiles().at(-1)!.number;
}

/** The schema that was named: by the caller, else on the DataSource, to which TypeORM never tells the search path. */
function schemaAsked(dataSource: DataSource, schema: string | undefined): string | undefined {
  const named = schema ?? (dataSource.options as { schema?: string }).schema;
  if (named?.includes('"')) {
    throw new ConfigurationError(`The schema cannot be named ${named}: TypeORM has no way to write a double quote.`);
  }
  return named;
}

/**
 * Runs a file with its names resolved in one schema, marks the version, and puts the search path back. It is set for the
 * session, because a host may run its migrations without a transaction; a rollback puts it back as well.
 */
async function inSchema(runner: QueryRunner, schema: string | undefined, sql: string, version: number): Promise<void> {
  const rows = (await runner.query(`select current_setting('search_path') as path, current_schema() as schema`)) as {
    path: string;
    schema: string;
  }[];
  const { path, schema: current } = rows[0]!;
  const target = schemaAsked(runner.connection, schema) ?? current;
  await runner.query(`select set_config('search_path', $1, false)`, [quoteName(target)]);
  try {
    await runner.query(sql);
    if (version > 0) await runner.query(`comment on table tasker_tasks is 'nestjs-tasker schema ${version}'`);
  } catch (error) {
    await runner.query(`select set_config('search_path', $1, false)`, [path]).catch(() => undefined);
    throw error;
  }
  await runner.query(`select set_config('search_path', $1, false)`, [path]);
}

/** Works on a small DataSource of its own, so that the host's migrations, entities and pool are never touched. */
async function withExecutor<T>(
  host: DataSource,
  schema: string | undefined,
  work: (executor: MigrationExecutor) => Promise<T>,
): Promise<T> {
  if (host.options.type !== 'postgres') {
    throw new ConfigurationError(`The migrations are for PostgreSQL, not for "${host.options.type}".`);
  }
  const asked = schemaAsked(host, schema);
  const options: DataSourceOptions = {
    ...host.options,
    ...(asked === undefined ? {} : { schema: asked }),
    entities: [],
    subscribers: [],
    migrations: taskerMigrations(asked),
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
    cache: false,
  };
  const dataSource = new DataSource({ ...options, extra: { ...(host.options.extra as object), max: 2 } });
  await dataSource.initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query(
      `select pg_advisory_lock(hashtext('tasker_migrations'), hashtext(coalesce($1, current_schema())))`,
      [asked],
    );
    if (asked !== undefined) await runner.query(`create schema if not exists ${quoteName(asked)}`);
    return await work(new MigrationExecutor(dataSource, runner));
  } finally {
    await runner.query('select pg_advisory_unlock_all()').catch(() => undefined);
    await runner.release();
    await dataSource.destroy();
  }
}
