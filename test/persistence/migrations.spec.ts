import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DataSource, type DataSourceOptions } from 'typeorm';
import {
  migrationStatus,
  revertMigrations,
  runMigrations,
  schemaVersion,
  taskerMigrations,
  wantedSchemaVersion,
} from '../../src/persistence/migrations.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { expectInvariants } from '../support/invariants.js';
import { startProcess } from '../support/processes.js';
import { openDataSource } from './support/data-source.js';
import { Engine } from './support/engine.js';
import { dumpSchema } from './support/schema-dump.js';
import { DIAMOND } from './support/workflow.js';

const FILES = readdirSync(join(import.meta.dirname, '../../migrations')).filter((file) => file.endsWith('.up.sql'));

let database: TestDatabase;
let opened: DataSource[] = [];
beforeEach(async () => {
  database = await createEmptyDatabase({ label: 'migrations' });
});
afterEach(async () => {
  await Promise.all(opened.map((dataSource) => dataSource.destroy()));
  opened = [];
  await database.drop();
});

async function open(options: Partial<DataSourceOptions> = {}): Promise<DataSource> {
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

describe('up', () => {
  it('applies every file once, in order, and books it', async () => {
    const dataSource = await open();
    expect((await migrationStatus(dataSource)).map(({ applied }) => applied)).toEqual(FILES.map(() => false));
    expect(await dump()).toBe('\n');

    const applied = await runMigrations(dataSource);
    expect(applied).toHaveLength(FILES.length);
    expect(applied).toEqual([...applied].sort((a, b) => Number(a.slice(-13)) - Number(b.slice(-13))));
    expect(await migrationStatus(dataSource)).toEqual(applied.map((name) => ({ name, applied: true })));
    expect(await schemaVersion(dataSource, 'public')).toBe(wantedSchemaVersion());
  });

  it('finds nothing to do the second time', async () => {
    const dataSource = await open();
    await runMigrations(dataSource);
    const before = await dump();
    expect(await runMigrations(dataSource)).toEqual([]);
    expect(await dump()).toBe(before);
  });

  it('is done by one of ten processes that start at once; the others wait and find nothing', async () => {
    const processes = Array.from({ length: 10 }, () =>
      startProcess('test/persistence/support/migrate-process.ts', { args: [database.url] }),
    );
    await Promise.all(processes.map((one) => one.waitForLine('ready', { timeoutMs: 60_000 })));
    for (const one of processes) one.child.send('go');
    const lines = await Promise.all(processes.map((one) => one.waitForLine('applied')));
    expect(await Promise.all(processes.map((one) => one.exited))).toEqual(
      processes.map(() => ({ code: 0, signal: null })),
    );
    const counts = lines.map((line) => (JSON.parse(line.slice('applied '.length)) as string[]).length);
    expect(counts.sort((a, b) => b - a)).toEqual([FILES.length, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  }, 120_000);
});

describe('down', () => {
  it('takes back exactly what each file brought', async () => {
    const forward = [await dump()];
    const host = await open({ migrationsTableName: 'tasker_migrations', migrations: [] });
    for (let count = 1; count <= FILES.length; count++) {
      const partly = await open({
        migrationsTableName: 'tasker_migrations',
        migrations: taskerMigrations().slice(0, count),
      });
      await partly.runMigrations();
      forward.push(await dump());
      expect(await schemaVersion(host, 'public')).toBe(count);
    }
    expect(new Set(forward).size).toBe(FILES.length + 1);
    for (let count = FILES.length - 1; count >= 0; count--) {
      expect(await revertMigrations(host, 1)).toHaveLength(1);
      expect(await dump()).toBe(forward[count]);
      expect(await schemaVersion(host, 'public')).toBe(count);
    }
    expect(await revertMigrations(host, 1)).toEqual([]);
  });

  it('leaves a database in which up gives the same again', async () => {
    const dataSource = await open();
    const applied = await runMigrations(dataSource);
    const first = await dump();
    expect(await revertMigrations(dataSource, 100)).toEqual([...applied].reverse());
    expect(await runMigrations(dataSource)).toEqual(applied);
    expect(await dump()).toBe(first);
  });
});

describe('a schema of its own', () => {
  const SCHEMA = "Bob's Tasks";

  it('takes everything, and public nothing', async () => {
    const dataSource = await open();
    await runMigrations(dataSource, SCHEMA);
    expect(await dump()).toBe('\n');
    const there = await dump(SCHEMA);
    expect((await migrationStatus(dataSource, SCHEMA)).every(({ applied }) => applied)).toBe(true);
    expect((await migrationStatus(dataSource)).some(({ applied }) => applied)).toBe(false);

    await runMigrations(dataSource);
    expect(await dump()).toBe(there);
    await revertMigrations(dataSource, 100, SCHEMA);
    expect(await dump(SCHEMA)).toBe('\n');
    expect(await dump()).toBe(there);
  });

  it('is the one the DataSource names, when none is given', async () => {
    const dataSource = await open({ schema: SCHEMA });
    await runMigrations(dataSource);
    expect(await dump()).toBe('\n');
    expect((await migrationStatus(dataSource)).every(({ applied }) => applied)).toBe(true);
    await revertMigrations(dataSource, 100);
    expect(await dump(SCHEMA)).toBe('\n');
  });

  it('is where the functions and the view look, whatever the search path of the session', async () => {
    await runMigrations(await open(), SCHEMA);
    const engine = await Engine.open(database.url);
    await engine.rows(`set search_path to "Bob's Tasks"`);
    const workflow = await engine.define(DIAMOND);
    await engine.rows('set search_path to public');
    const call = (sql: string, values: unknown[] = []) => engine.rows(`select * from "Bob's Tasks".${sql}`, values);
    const request = JSON.stringify([engine.request(workflow)]);
    const [task] = (await call('tasker_create_tasks($1)', [request])) as { task_id: number }[];
    const claims = (await call('tasker_claim(1, $1, 10, 1000)', [workflow.lanes])) as { workflow_step_id: number }[];
    expect(claims).toHaveLength(1);
    expect(await call('get_step_readiness_status($1)', [task!.task_id])).toHaveLength(4);
    expect(await call('tasker_step_dag_relationships')).toHaveLength(4);
    await expectInvariants(engine.client, { schema: SCHEMA });
    await engine.close();
  });

  it('may not have a double quote in its name', async () => {
    const dataSource = await open();
    await expect(runMigrations(dataSource, 'a"b')).rejects.toThrow('cannot be named a"b');
    await expect(migrationStatus(dataSource, 'a"b')).rejects.toThrow('cannot be named a"b');
  });
});
