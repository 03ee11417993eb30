/** A database of its own for every spec file, on the server of the run (see global-setup.mjs). */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { databaseUrl } from './template.js';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Also ends connections that are still open. May be called again. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Makes the name tell whose it is; lower-case letters, digits and underscores. */
  readonly label?: string;
}

/** With our schema, migrated. */
export function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  return create(options, `template ${pg.escapeIdentifier(`${required('TASKER_TEST_RUN')}_template`)}`);
}

/** Without any table. */
export function createEmptyDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  return create(options, '');
}

async function create({ label = 'db' }: TestDatabaseOptions, clause: string): Promise<TestDatabase> {
  const name = `${required('TASKER_TEST_RUN')}_${label}_${randomBytes(4).toString('hex')}`;
  await onServer(`create database ${pg.escapeIdentifier(name)} ${clause}`);
  return {
    name,
    url: databaseUrl(required('TASKER_TEST_DATABASE_URL'), name),
    drop: () => onServer(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  };
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: required('TASKER_TEST_DATABASE_URL') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function required(name: 'TASKER_TEST_DATABASE_URL' | 'TASKER_TEST_RUN'): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: the tests run under jest, whose global setup sets it.`);
  return value;
}
