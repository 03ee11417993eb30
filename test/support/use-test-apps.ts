/** The frame of an end-to-end spec: a database, applications on it, and the promise that nothing is left behind. */
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from './database.js';
import { expectInvariants } from './invariants.js';
import { startTestApp, type TestApp, type TestAppOptions } from './test-app.js';
import { waitFor } from './wait-for.js';

export interface TestApps {
  readonly database: TestDatabase;
  /** Starts an application; it is closed after the test, in the way a host closes it. */
  start(options?: TestAppOptions): Promise<TestApp>;
  /** One statement on a connection of the test's own. */
  sql<T = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Another connection of the test's own, closed after the test. */
  connect(): Promise<pg.Client>;
}

const OBSERVER = 'test-observer';

/**
 * Each test finds the database empty. After it the applications are closed; then no step may still be claimed, all rows
 * must fit together, and a connection that is still open fails the test.
 */
export function useTestApps(): TestApps {
  let database: TestDatabase;
  let observer: pg.Client;
  const apps: TestApp[] = [];
  const clients: pg.Client[] = [];

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url, application_name: OBSERVER });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const sql = async <T>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
    (await observer.query(text, values as unknown[])).rows as T[];

  beforeAll(async () => {
    database = await createTestDatabase({ label: 'e2e' });
    observer = await connect();
  });
  beforeEach(async () => {
    await observer.query('truncate tasker_task_namespaces, tasker_dependent_systems, tasker_workers cascade');
  });
  afterEach(async () => {
    const closed = await Promise.allSettled(apps.splice(0).map((app) => app.close()));
    await Promise.all(clients.splice(0).map((client) => client.end()));
    const failed = closed.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    await expectNobodyConnected(sql);
    await expectNothingClaimed(sql);
    await expectInvariants(observer);
  });
  afterAll(async () => {
    await observer.end();
    await database.drop();
  });

  return {
    get database() {
      return database;
    },
    start: async (options) => {
      const app = await startTestApp(database, options);
      apps.push(app);
      return app;
    },
    sql,
    connect: async () => {
      const client = await connect();
      clients.push(client);
      return client;
    },
  };
}

type Sql = TestApps['sql'];

/** A server process ends a moment after its client, hence the patience. */
async function expectNobodyConnected(sql: Sql): Promise<void> {
  const connected = () =>
    sql<{ name: string; query: string }>(
      `select application_name as name, query from pg_stat_activity
       where datname = current_database() and application_name <> $1`,
      [OBSERVER],
    );
  await waitFor(async () => (await connected()).length === 0, {
    timeoutMs: 5_000,
    message: async () => `the test's connections to be closed; open are ${JSON.stringify(await connected())}`,
  });
}

async function expectNothingClaimed(sql: Sql): Promise<void> {
  const claimed = await sql(
    `select workflow_step_id, attempts, claimed_by from tasker_workflow_steps where state = 'in_progress'`,
  );
  if (claimed.length > 0) throw new Error(`A worker stopped and left claims behind: ${JSON.stringify(claimed)}`);
}
