import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { dumpSchema } from './support/schema-dump.js';

const SNAPSHOT = join(import.meta.dirname, 'schema.sql');

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** After a change on purpose: `UPDATE_SCHEMA=1 npm test -- test/persistence/schema`, and commit the difference. */
it('is what the committed dump says', async () => {
  const fresh = await dumpSchema(client);
  if (process.env.UPDATE_SCHEMA === '1') writeFileSync(SNAPSHOT, fresh);
  expect(fresh).toBe(readFileSync(SNAPSHOT, 'utf8'));
});

it.each([
  'alter table tasker_tasks add column more text',
  'alter table tasker_tasks alter column reason drop not null',
  'alter table tasker_tasks alter column reason drop default',
  'alter table tasker_tasks add check (priority < 7)',
  'alter table tasker_tasks reset (fillfactor)',
  'drop index tasker_tasks_tags',
  'drop view tasker_step_dag_relationships',
  'alter function tasker_step_depths(bigint) volatile',
  'alter function tasker_step_depths(bigint) reset search_path',
  'create sequence more',
  'create function more() returns integer language sql return 1',
])('differs from the dump after: %s', async (change) => {
  await client.query('begin');
  await client.query(change);
  expect(await dumpSchema(client)).not.toBe(readFileSync(SNAPSHOT, 'utf8'));
  await client.query('rollback');
});
