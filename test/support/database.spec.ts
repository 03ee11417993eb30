import pg from 'pg';
import { createEmptyDatabase, createTestDatabase } from './database.js';

async function tables(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rowCount } = await client.query(`select from pg_tables where schemaname = 'public'`);
  await client.end();
  return rowCount ?? 0;
}

async function currentDatabase(connectionString: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  await client.end();
  return rows[0]?.name;
}

describe('a test database', () => {
  it('is its own for every caller, also when many ask at once', async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, () => createTestDatabase()));
    expect(await Promise.all(databases.map(({ url }) => currentDatabase(url)))).toEqual(
      databases.map(({ name }) => name),
    );
    expect(new Set(databases.map(({ name }) => name)).size).toBe(8);
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('has our tables, unless it was asked to be empty', async () => {
    const [migrated, empty] = await Promise.all([createTestDatabase(), createEmptyDatabase()]);
    expect(await tables(migrated.url)).toBeGreaterThan(10);
    expect(await tables(empty.url)).toBe(0);
    await Promise.all([migrated.drop(), empty.drop()]);
  });

  it('can be dropped while somebody is connected, and again', async () => {
    const database = await createEmptyDatabase({ label: 'in_use' });
    const client = new pg.Client({ connectionString: database.url });
    const gone = new Promise((done) => client.on('error', done));
    await client.connect();
    await database.drop();
    await database.drop();
    await gone;
    await expect(currentDatabase(database.url)).rejects.toThrow('does not exist');
  });
});
