import {
  type DataSource,
  type DataSourceOptions,
  EntitySchema,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { TASKER_ENTITIES } from '../../src/persistence/entities/tasker-entities.js';
import { migrationStatus, runMigrations, taskerMigrations } from '../../src/persistence/migrations.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { openDataSource } from './support/data-source.js';
import { Engine } from './support/engine.js';
import { dumpSchema } from './support/schema-dump.js';

class Orders1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table orders (id bigint primary key)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table orders');
  }
}

/** Runs after ours, and would fail if it found another search path than the connection's. */
class Invoices1800000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table invoices (id bigint primary key, order_id bigint references orders)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table invoices');
  }
}

const INVOICE = new EntitySchema<{ id: number; note: string }>({
  name: 'Invoice',
  columns: { id: { type: 'bigint', primary: true }, note: { type: 'text', nullable: true } },
});

let database: TestDatabase;
let opened: DataSource[] = [];
beforeEach(async () => {
  database = await createEmptyDatabase({ label: 'host' });
});
afterEach(async () => {
  await Promise.all(opened.map((dataSource) => dataSource.destroy()));
  opened = [];
  await database.drop();
});

async function open(options: Partial<DataSourceOptions>): Promise<DataSource> {
  const dataSource = await openDataSource(database.url, options);
  opened.push(dataSource);
  return dataSource;
}

async function dump(schema?: string): Promise<string> {
  const engine = await Engine.open(database.url);
  const text = await dumpSchema(engine.client, schema);
  await engine.close();
  return text;
}

it('leaves the migrations of the host, and the table they are booked in, as they were', async () => {
  const host = await open({ migrations: [Orders1700000000000] });
  await host.runMigrations();
  const booked = () => host.query('select * from migrations order by id');
  const before = (await booked()) as unknown[];
  await runMigrations(host);
  expect(await booked()).toEqual(before);
  expect(before).toHaveLength(1);
  expect(await host.showMigrations()).toBe(false);
  expect(host.migrations.map((migration) => migration.constructor)).toEqual([Orders1700000000000]);
});

it.each(['all', 'each', 'none'] as const)(
  "runs among the host's own migrations, in its order and its transactions (%s)",
  async (migrationsTransactionMode) => {
    const migrations = [Invoices1800000000000, ...taskerMigrations('tasks'), Orders1700000000000];
    const host = await open({ migrations, migrationsTransactionMode, extra: { max: 1 } });
    await host.query('create schema tasks');
    await host.query('set search_path to public, pg_catalog');
    const applied = (await host.runMigrations()).map((migration) => migration.name);
    expect(applied).toEqual([
      'Orders1700000000000',
      ...(await migrationStatus(host, 'tasks')).map(({ name }) => name),
      'Invoices1800000000000',
    ]);
    expect(await host.query('show search_path')).toEqual([{ search_path: 'public, pg_catalog' }]);
    expect(await dump('tasks')).toContain('create table tasker_tasks');
    expect(await dump()).not.toContain('tasker');

    for (let i = 0; i < applied.length; i++) await host.undoLastMigration();
    expect(await dump('tasks')).toBe('\n');
    expect(await host.query('show search_path')).toEqual([{ search_path: 'public, pg_catalog' }]);
  },
);

it('puts the search path back when a file fails', async () => {
  const host = await open({
    migrations: taskerMigrations('tasks'),
    migrationsTransactionMode: 'none',
    logger: 'debug',
    extra: { max: 1 },
  });
  await host.query('create schema tasks');
  await host.query('create table tasks.tasker_workers ()');
  await expect(host.runMigrations()).rejects.toThrow('"tasker_workers" already exists');
  expect(await host.query('show search_path')).toEqual([{ search_path: '"$user", public' }]);
});

it('is not touched by a host that synchronizes its schema', async () => {
  await runMigrations(await open({}));
  const before = await dump();
  const host = await open({ entities: [INVOICE, ...TASKER_ENTITIES] });
  await host.query('comment on column tasker_tasks.state is $$changed by hand$$');
  const planned = await host.driver.createSchemaBuilder().log();
  expect(planned.upQueries.map(({ query }) => query)).toEqual([expect.stringMatching(/^CREATE TABLE "invoice"/)]);
  await host.synchronize();
  await host.query('drop table invoice');
  expect(await dump()).toBe(before);
});

it('gives a host the whole mapping, whose tables its own migrations do not make again', async () => {
  const host = await open({ entities: [...TASKER_ENTITIES], synchronize: true });
  expect(await dump()).toBe('\n');
  expect(host.entityMetadatas).toHaveLength(TASKER_ENTITIES.length);
});
