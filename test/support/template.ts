/** The migrated database that every spec file's own database is cloned from, made once per run. */
import pg from 'pg';
import { DataSource } from 'typeorm';
import { runMigrations } from '../../src/persistence/migrations.js';

export async function createTemplate(client: pg.Client, serverUrl: string, name: string): Promise<void> {
  await client.query(`create database ${pg.escapeIdentifier(name)}`);
  await migrate(databaseUrl(serverUrl, name));
  // A clone fails while somebody is connected to the original.
  await client.query(`alter database ${pg.escapeIdentifier(name)} allow_connections false`);
}

/** The same server, another database. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

async function migrate(url: string): Promise<void> {
  const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
  try {
    await runMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
