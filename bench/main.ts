/** `npm run bench`: see bench/README.md. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/testing/embedded-postgres.js';
import { bareCommits } from './bare-commits.js';
import { events } from './events.js';
import { fairness } from './fairness.js';
import { measure, type Row, type Workload } from './measure.js';
import { chain, fan, single } from './shapes.js';

const WORKLOADS: Workload[] = [
  { name: 'single', definition: single, tasks: 10_000, concurrency: 500 },
  { name: 'linear-10', definition: chain(10), tasks: 1_000, concurrency: 1_000 },
  { name: 'fan-1000', definition: fan(1_000), tasks: 10, concurrency: 1_000 },
  { name: 'lone-chain', definition: chain(100), tasks: 1, concurrency: 10 },
];

const NAMES = ['postgres-commit', ...WORKLOADS.map(({ name }) => name), 'fairness', 'events'];

const { values: args } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    'database-url': { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (args.help) {
  console.log(`npm run bench -- [--only WORKLOAD]... [--json FILE] [--database-url URL]
workloads: ${NAMES.join(', ')}`);
} else await main();

async function main(): Promise<void> {
  const unknown = (args.only ?? []).filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`No such workload: ${unknown.join(', ')}. There are: ${NAMES.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const wanted = (name: string): boolean => !args.only || args.only.includes(name);
  const server = args['database-url'] ? undefined : await startEmbeddedPostgres({ durable: true });
  const url = args['database-url'] ?? server!.url;
  try {
    const rows: Row[] = [await bareCommits(url)];
    for (const workload of WORKLOADS) {
      if (wanted(workload.name)) rows.push(await inOwnDatabase(url, (database) => measure(workload, database)));
    }
    if (wanted('events')) rows.push(...(await inOwnDatabase(url, events)));
    if (wanted('fairness')) rows.push(...(await inOwnDatabase(url, fairness)));
    console.table(Object.fromEntries(rows.map(({ workload, subject, ...row }) => [`${workload} (${subject})`, row])));
    if (args.json) writeFileSync(args.json, `${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    await server?.stop();
  }
}

/** Every workload finds empty tables. */
async function inOwnDatabase<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `tasker_bench_${process.pid}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name}`);
    await client.query(`create database ${name}`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    return await work(own.href);
  } finally {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.end();
  }
}
