import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/testing/embedded-postgres.js';
import { Unavailable } from './unavailable.js';

export interface DemoDatabase {
  readonly url: string;
  /** Undefined: the database is all ours. */
  readonly schema?: string;
  readonly description: string;
  close(): Promise<void>;
}

/** The comment that tells our schemas from those of others. */
const MARK = 'Made by the demo of nestjs-tasker, to be dropped at its end.';

/** A server of its own, that ends with the demo. */
export async function embeddedDatabase(): Promise<DemoDatabase> {
  const server = await startEmbeddedPostgres({ durable: true });
  return { url: server.url, description: `PostgreSQL, embedded, on port ${server.port}`, close: () => server.stop() };
}

/** A schema of its own in somebody's database, dropped at the end. */
export async function givenDatabase(url: string): Promise<DemoDatabase> {
  const schema = `tasker_demo_${randomBytes(4).toString('hex')}`;
  // As long as this connection lives, other demos see that this one does.
  const presence = new pg.Client({ connectionString: url, application_name: schema });
  presence.on('error', () => undefined);
  try {
    await presence.connect();
    await dropSchemasOfDeadDemos(presence);
    await presence.query(`create schema ${schema}; comment on schema ${schema} is '${MARK}'`);
  } catch (error) {
    await presence.end().catch(() => undefined);
    throw new Unavailable(`The database ${withoutPassword(url)} cannot be used: ${reasonOf(error)}`, { cause: error });
  }
  return {
    url,
    schema,
    description: `PostgreSQL at ${withoutPassword(url)}, schema ${schema}`,
    close: async () => {
      await presence.query(`drop schema if exists ${schema} cascade`);
      await presence.end();
    },
  };
}

/** A killed demo could not drop its schema; the next one does. */
async function dropSchemasOfDeadDemos(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select nspname as name from pg_namespace n
      where obj_description(oid, 'pg_namespace') = $1 and pg_has_role(nspowner, 'usage')
        and not exists (select from pg_stat_activity a where a.application_name = n.nspname)`,
    [MARK],
  );
  for (const { name } of rows) await client.query(`drop schema if exists ${pg.escapeIdentifier(name)} cascade`);
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

/** A refused connection to several addresses is an AggregateError without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
