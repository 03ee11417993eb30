/** What one run of the suite owns on its server, from jest's global setup to its teardown. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.js';
import { createTemplate } from './template.js';

export interface TestRun {
  close(): Promise<void>;
}

/** Every database of a run is named `<prefix><run>_<what>`. */
const PREFIX = 'tasker_test_';

/** Tells the workers, through the environment, which server to use and how this run names its databases. */
export async function openTestRun(): Promise<TestRun> {
  const given = process.env.TASKER_TEST_DATABASE_URL;
  const server = given === undefined || given === '' ? await startServer() : undefined;
  const url = server?.url ?? given ?? '';
  try {
    const run = `${PREFIX}${randomBytes(4).toString('hex')}`;
    const presence = await announce(url, run);
    await dropDatabasesOfDeadRuns(presence);
    await createTemplate(presence, url, `${run}_template`);
    process.env.TASKER_TEST_DATABASE_URL = url;
    process.env.TASKER_TEST_RUN = run;
    return {
      close: async () => {
        await dropDatabases(presence, `${run}_`);
        await presence.end();
        await server?.stop();
      },
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

function startServer() {
  // Several processes with a pool each connect to it at once.
  return startEmbeddedPostgres({ durable: false, flags: ['-c', 'max_connections=300'] });
}

/** As long as this connection lives, other runs on the same server see that this one does. */
async function announce(connectionString: string, run: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: run });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw new Error(`TASKER_TEST_DATABASE_URL names a server that cannot be used: ${String(cause)}`, { cause });
  }
  return client;
}

/** A killed run on a shared server could not clear up; the next one does. */
async function dropDatabasesOfDeadRuns(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database d
      where starts_with(datname, $1)
        and not exists (select from pg_stat_activity a
                         where starts_with(a.application_name, $1) and starts_with(d.datname, a.application_name || '_'))`,
    [PREFIX],
  );
  for (const { name } of rows) await drop(client, name);
}

async function dropDatabases(client: pg.Client, prefix: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [prefix],
  );
  for (const { name } of rows) await drop(client, name);
}

async function drop(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}
