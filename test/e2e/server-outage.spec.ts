import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from 'nestjs-tasker/testing';
import { chain } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { expectInvariants } from '../support/invariants.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { waitFor } from '../support/wait-for.js';

type Server = Awaited<ReturnType<typeof startEmbeddedPostgres>>;

/** A server of its own, that can be stopped and started again at the same address. */
let dataDir: string;
let server: Server;
let isUp = true;
let app: TestApp;
let gate: Gate;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tasker-outage-'));
  server = await startEmbeddedPostgres({ dataDir });
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  gate = new Gate();
  app = await startTestApp(server, {
    definitions: [chain(2), chain(2, 'held')].map((definition, i) => ({ ...definition, name: `chain_${i}` })),
    providers: [Stub, handlerOf('held', async ({ attempt }) => (await gate.pass(), { attempt }))],
    // No heartbeat comes to the worker's help within a test.
    options: { database: { migrationsRun: true }, worker: { shutdownGraceMs: 500, leaseMs: 3_600_000 } },
  });
});
afterEach(async () => {
  // A test that failed in the middle of the outage must not be the end of the others.
  if (!isUp) await restart();
  await app.close();
  await expectInvariants(server.url);
});

async function stop(): Promise<void> {
  isUp = false;
  await server.stop();
}

async function restart(): Promise<void> {
  server = await startEmbeddedPostgres({ dataDir, port: server.port });
  isUp = true;
}

it('keeps the results of running steps while the server is gone, and writes them when it is back', async () => {
  const { taskId } = await app.tasker.createTask({ name: 'chain_1' });
  await gate.arrived();
  await stop();
  gate.open();
  await waitFor(() => !app.worker.status.databaseReachable && app.worker.status.running === 0, {
    message: 'the worker to notice',
  });
  await restart();
  const task = await app.tasker.waitForTask(taskId);
  expect(task.steps.map(({ state, attempts }) => [state, attempts])).toEqual([
    ['complete', 1],
    ['complete', 1],
  ]);
  expect(gate.arrivals).toBe(2);
  expect(app.worker.status).toMatchObject({ databaseReachable: true, unwrittenResults: 0 });
  expect(app.logger.find('error', 'The database cannot be reached')).toHaveLength(1);
  expect(app.logger.find('log', 'The database is back')).toHaveLength(1);
});

it('claims again soon after the server is back, when it was idle', async () => {
  await stop();
  await waitFor(() => !app.worker.status.databaseReachable, { message: 'the worker to notice' });
  await restart();
  const { taskId } = await app.tasker.createTask({ name: 'chain_0' });
  const task = await app.tasker.waitForTask(taskId, { timeoutMs: 20_000 });
  expect(task.state).toBe('complete');
});

it('still answers who waits for a task across the outage', async () => {
  const { taskId } = await app.tasker.createTask({ name: 'chain_1' });
  await gate.arrived();
  const waiting = app.tasker.waitForTask(taskId, { timeoutMs: 40_000 });
  await stop();
  await waitFor(() => !app.worker.status.databaseReachable, { message: 'the worker to notice' });
  await restart();
  gate.open();
  expect((await waiting).state).toBe('complete');
});

it('refuses new tasks while the server is gone, in an error the caller can tell', async () => {
  await stop();
  await expect(app.tasker.createTask({ name: 'chain_0' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await restart();
});

it('shuts down in bounded time while the server is gone, and says what it could not do', async () => {
  await app.tasker.createTask({ name: 'chain_1' });
  await gate.arrived();
  await stop();
  gate.open();
  const started = performance.now();
  await app.close();
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(app.logger.find('warn', 'Could not hand back')).toHaveLength(1);
  await restart();
});
