import { type NestApplication } from '@nestjs/core';
import { TaskerWorker } from 'nestjs-tasker';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { revertMigrations, runMigrations } from '../../src/persistence/migrations.js';
import { type Host, type HostOptions, startHost } from '../rest/support/host.js';
import { type Wire, wireTo } from '../rest/support/outage.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';

interface Readiness {
  readonly checks: Readonly<Record<string, { readonly status: string; readonly message: string }>>;
}

let database: TestDatabase;
let host: Host;
async function start(options: HostOptions = {}): Promise<Host> {
  return (host = await startHost({ ...options, database }));
}
beforeEach(async () => {
  database = await createTestDatabase({ label: 'health' });
});
afterEach(async () => {
  await host.close();
  await database.drop();
});

/** The status, which checks failed, and what they say. */
async function readiness(): Promise<[status: number, findings: Record<string, string>]> {
  const answer = await host.get('/tasker/health/ready');
  const { checks, ...rest } = answer.body as Readiness;
  const failed = Object.entries(checks).filter(([, { status }]) => status !== 'healthy');
  const ready = failed.length === 0;
  expect(rest).toEqual({
    ready,
    message: ready ? 'System is ready' : 'System is not ready',
    ...(!ready && { failed_checks: failed.map(([name]) => name) }),
    timestamp: expect.any(String) as string,
    check_duration: expect.any(Number) as number,
  });
  return [answer.status, Object.fromEntries(failed.map(([name, { message }]) => [name, message]))];
}

const FAILED = 'failed; the log of the application says why';

describe('GET /tasker/health/live', () => {
  it('answers whatever the state of the database', async () => {
    await start();
    await database.drop();
    const answer = await host.get('/tasker/health/live');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ alive: true, timestamp: expect.any(String) as string, service: 'tasker' });
    const { timestamp } = answer.body as { timestamp: string };
    expect(Math.abs(Date.now() - Date.parse(timestamp))).toBeLessThan(1000);
  });
});

describe('both probes', () => {
  it.each(['live', 'ready'])('%s is JSON that nobody keeps', async (probe) => {
    await start();
    const { headers } = await host.get(`/tasker/health/${probe}`);
    const shown = ['content-type', 'cache-control', 'pragma', 'expires'].map((name) => headers.get(name));
    expect(shown).toEqual(['application/json; charset=utf-8', 'no-store', 'no-cache', '0']);
  });
});

describe('GET /tasker/health/ready', () => {
  it('says what was looked at', async () => {
    await start({ tasker: { worker: {} } });
    const { checks } = (await host.get('/tasker/health/ready')).body as Readiness;
    const response_time_ms = expect.any(Number) as number;
    expect(checks).toEqual({
      database: { status: 'healthy', message: 'answers', response_time_ms },
      schema: { status: 'healthy', message: 'is current', response_time_ms },
      worker: { status: 'healthy', message: 'is running', response_time_ms },
    });
    expect(await readiness()).toEqual([200, {}]);
  });

  it('does not ask for a worker where there shall be none', async () => {
    await start();
    const { checks } = (await host.get('/tasker/health/ready')).body as Readiness;
    expect(Object.keys(checks)).toEqual(['database', 'schema']);
    expect(await readiness()).toEqual([200, {}]);
  });

  it('follows the worker', async () => {
    await start({ tasker: { worker: { autoStart: false } } });
    expect(await readiness()).toEqual([503, { worker: 'is stopped' }]);
    await host.app.get(TaskerWorker).start();
    expect(await readiness()).toEqual([200, {}]);
    await host.app.get(TaskerWorker).stop();
    expect(await readiness()).toEqual([503, { worker: 'is stopped' }]);
  });

  it('follows the schema', async () => {
    await start();
    const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await revertMigrations(dataSource, 1);
    expect(await readiness()).toEqual([503, { schema: expect.stringMatching(/^is at version \d+ of \d+$/) as string }]);
    await runMigrations(dataSource);
    expect(await readiness()).toEqual([200, {}]);
    await dataSource.destroy();
  });

  it('asks for the schema only now and then once it is current', async () => {
    await start();
    expect(await readiness()).toEqual([200, {}]);
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query('comment on table tasker_tasks is null');
    expect(await readiness()).toEqual([200, {}]);
    await client.end();
  });
});

describe('while the database is away', () => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await wireTo(database.url);
  });
  afterEach(() => wire.cut());

  it('is not ready, tells nothing of the driver, and recovers', async () => {
    await start({ tasker: { database: { url: wire.url }, worker: { pollIntervalMs: 20 } } });
    expect(await readiness()).toEqual([200, {}]);
    await wire.cut();
    // The schema was seen a moment ago; the worker notices when it next looks for work.
    const away = { database: FAILED, worker: 'cannot reach the database' };
    await waitFor(async () => JSON.stringify(await readiness()) === JSON.stringify([503, away]), {
      message: readiness,
    });
    await wire.mend();
    await waitFor(async () => (await readiness())[0] === 200, { message: readiness });
  });

  it('is not ready from the start of an outage that no cache hides', async () => {
    await start({ tasker: { database: { url: wire.url } } });
    await wire.cut();
    expect(await readiness()).toEqual([503, { database: FAILED, schema: FAILED }]);
    await wire.mend();
    await waitFor(async () => (await readiness())[0] === 200);
  });
});

describe('on Fastify', () => {
  it('answers the same', async () => {
    await start({ platform: 'fastify', tasker: { worker: { autoStart: false } } });
    expect(await readiness()).toEqual([503, { worker: 'is stopped' }]);
    expect((await host.get('/tasker/health/live')).status).toBe(200);
    expect((await host.get('/tasker/health/ready')).headers.get('cache-control')).toBe('no-store');
    expect((host.app as NestApplication).getHttpAdapter().getType()).toBe('fastify');
  });
});
