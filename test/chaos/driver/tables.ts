/** The database of a run: its own, on whatever server, with our schema and the tables of the handlers and the subscriber. */
import pg from 'pg';
import { DataSource } from 'typeorm';
import { runMigrations } from '../../../src/persistence/migrations.js';
import { databaseUrl } from '../../support/template.js';

const TABLES = `
  create table chaos_runs (
    run_id bigint generated always as identity primary key,
    step_id bigint not null,
    task_id bigint not null,
    attempt integer not null,
    worker_id bigint not null,
    -- It does not listen to its signal.
    deaf boolean not null,
    entered_at timestamptz not null default clock_timestamp(),
    left_at timestamptz,
    outcome text
  );
  create index on chaos_runs (step_id);
  create table chaos_effects (
    step_id bigint not null,
    attempt integer not null,
    run_id bigint not null,
    written_at timestamptz not null default clock_timestamp()
  );
  create index on chaos_effects (step_id);
  -- What the durable subscriber was told, in the order in which it wrote it down.
  create table chaos_events (
    delivery_id bigint generated always as identity primary key,
    event_id text not null,
    task_id bigint not null,
    redelivered boolean not null
  );
  create index on chaos_events (event_id);
  -- A row opens them.
  create table chaos_gates (opened_at timestamptz not null default clock_timestamp());`;

/** Creates it and returns its address. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, `create database ${pg.escapeIdentifier(name)}`);
  const url = databaseUrl(serverUrl, name);
  const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
  try {
    await runMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
  await createTables(url);
  return url;
}

/** The tables of the handlers, beside ours. */
export async function createTables(url: string): Promise<void> {
  await onServer(url, TABLES);
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}

async function onServer(connectionString: string, sql: string): Promise<void> {
  await withClient(connectionString, (client) => client.query(sql));
}

/** A connection for one piece of work. */
export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, application_name: 'chaos-driver' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
