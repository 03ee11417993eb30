/**
 * Where BullMQ keeps its queues in this run: always in PostgreSQL, on the server of the tests, and in the Redis that
 * TASKER_TEST_REDIS_URL names. When it names none, a Valkey that comes as a package takes its place where speed does not
 * matter.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { runMigrations } from 'bullmq';
import { Redis } from 'ioredis';
import { type TaskerBullMqOptions } from 'nestjs-tasker/bullmq';
import pg from 'pg';
import { createEmptyDatabase } from '../../support/database.js';
import { startProcess } from '../../support/processes.js';
import { waitFor } from '../../support/wait-for.js';
import { optionsFor } from './options-for.js';

/** A place of its own for one spec file. */
export interface BullMqPlace {
  /** Its address, to be reached directly or by way of a proxy. */
  readonly url: string;
  readonly prefix: string;
  options(throughUrl?: string): TaskerBullMqOptions;
  /** Loses all that is in it, at once. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export interface BullMqBackend {
  readonly name: string;
  open(): Promise<BullMqPlace>;
}

const inPostgres: BullMqBackend = {
  name: 'PostgreSQL',
  async open() {
    const database = await createEmptyDatabase({ label: 'bullmq' });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await runMigrations(client, 'bullmq');
    return {
      url: database.url,
      prefix: '',
      options: (throughUrl = database.url) => optionsFor(throughUrl, ''),
      forget: async () => {
        const { rows } = await client.query<{ tables: string }>(
          `select string_agg(format('%I.%I', schemaname, tablename), ',') as tables
           from pg_tables where schemaname = 'bullmq' and tablename not like '%migration%'`,
        );
        // It waits for those who use the tables, and they may wait for it.
        await waitFor(() => client.query(`truncate ${rows[0]!.tables}`));
      },
      close: async () => {
        await client.end();
        await database.drop();
      },
    };
  },
};

async function openRedis(url: string): Promise<BullMqPlace> {
  const prefix = `{tasker-test-${randomBytes(4).toString('hex')}}`;
  const redis = new Redis(url);
  // All in one go, as FLUSHALL does it, but only what is ours: others use this server too.
  const forget = `for _, key in ipairs(redis.call('keys', ARGV[1])) do redis.call('del', key) end`;
  return {
    url,
    prefix,
    options: (throughUrl = url) => optionsFor(throughUrl, prefix),
    forget: async () => void (await redis.eval(forget, 0, `${prefix}*`)),
    close: async () => {
      await redis.eval(forget, 0, `${prefix}*`);
      await redis.quit();
    },
  };
}

const inValkey: BullMqBackend = {
  name: 'Valkey',
  async open() {
    const port = await freePort();
    const server = startProcess('test/bullmq/support/valkey.ts', { args: [String(port)] });
    await server.waitForLine('listening');
    const place = await openRedis(`redis://127.0.0.1:${port}`);
    const close = async () => {
      await place.close();
      await server.kill();
    };
    return { ...place, close };
  },
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

const redisUrl = process.env.TASKER_TEST_REDIS_URL;
const inRedis: BullMqBackend | undefined = redisUrl ? { name: 'Redis', open: () => openRedis(redisUrl) } : undefined;

/** Speaks Redis, in every run. */
export const REDIS_LIKE: BullMqBackend = inRedis ?? inValkey;
/** For what any backend must do. */
export const ALL_BACKENDS: readonly BullMqBackend[] = [inPostgres, REDIS_LIKE];
/** For what should go at the speed of a real server. */
export const FAST_BACKENDS: readonly BullMqBackend[] = inRedis ? [inPostgres, inRedis] : [inPostgres];
