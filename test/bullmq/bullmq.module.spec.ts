/** One line in a host makes BullMQ what wakes the workers. */
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TaskerModule, TaskerService, Wakeup } from 'nestjs-tasker';
import { TaskerBullMqModule, type TaskerBullMqOptions } from 'nestjs-tasker/bullmq';
import { DataSource } from 'typeorm';
import { BullMqWakeup } from '../../src/bullmq/bullmq-wakeup.js';
import { PostgresWakeup } from '../../src/engine/wakeup/postgres-wakeup.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { waitFor } from '../support/wait-for.js';
import { DEFINITIONS, HANDLERS } from './fixtures/fleet-workflows.js';
import { ALL_BACKENDS, type BullMqPlace } from './support/backends.js';

/** So long that nothing is found by the poll. */
const NEVER_MS = 600_000;

describe.each(ALL_BACKENDS)('TaskerBullMqModule on $name', (backend) => {
  let place: BullMqPlace;
  let database: TestDatabase;
  let apps: TestingModule[];

  beforeAll(async () => {
    place = await backend.open();
    database = await createTestDatabase({ label: 'bullmq_module' });
  });
  beforeEach(() => {
    apps = [];
  });
  afterEach(() => Promise.all(apps.map((app) => app.close())));
  afterAll(async () => {
    await database.drop();
    await place.close();
  });

  const boot = async (imports: DynamicModule[], worker: object | false = {}): Promise<TestingModule> => {
    const tasker = TaskerModule.forRoot({
      database: { url: database.url },
      definitions: DEFINITIONS,
      worker: worker && { pollIntervalMs: NEVER_MS, ...worker },
    });
    const app = await Test.createTestingModule({ imports: [tasker, ...imports], providers: HANDLERS })
      .setLogger(new RecordingLogger())
      .compile();
    await app.init();
    apps.push(app);
    return app;
  };
  const wakeupOf = (app: TestingModule): Wakeup => app.get(Wakeup, { strict: false });
  const healthy = (app: TestingModule) => waitFor(() => wakeupOf(app).isHealthy);

  it('takes the place of the postgres driver, which is there without it', async () => {
    expect(wakeupOf(await boot([]))).toBeInstanceOf(PostgresWakeup);
    const app = await boot([TaskerBullMqModule.forRoot(place.options())]);
    expect(wakeupOf(app)).toBeInstanceOf(BullMqWakeup);
    await healthy(app);
  });

  it('takes its options from a factory, with what the host injects', async () => {
    @Module({ providers: [{ provide: 'SETTINGS', useFactory: () => place.options() }], exports: ['SETTINGS'] })
    class SettingsModule {}

    const async = TaskerBullMqModule.forRootAsync({
      imports: [SettingsModule],
      inject: ['SETTINGS'],
      useFactory: async (settings: TaskerBullMqOptions) => settings,
    });
    await healthy(await boot([async]));
  });

  it.each([undefined, 'wakeups'])('uses the connection of BullModule.forRoot(%s)', async (configKey) => {
    const { connection, ...rest } = place.options();
    const shared = { connection: connection as object };
    const bull = configKey === undefined ? BullModule.forRoot(shared) : BullModule.forRoot(configKey, shared);
    await healthy(await boot([bull, TaskerBullMqModule.forRoot({ ...rest, configKey })]));
  });

  it('stops the boot when an option is wrong', async () => {
    const wrong = TaskerBullMqModule.forRoot({ ...place.options(), conection: {} } as TaskerBullMqOptions);
    await expect(boot([wrong])).rejects.toThrow('TaskerBullMqModule does not know the option "conection"');
  });

  it('wakes a worker in another application, also for a task of a transaction', async () => {
    const bullmq = () => TaskerBullMqModule.forRoot(place.options());
    const [worker, creator] = [await boot([bullmq()]), await boot([bullmq()], false)];
    await healthy(worker);
    const tasker = creator.get(TaskerService, { strict: false });
    const plain = await tasker.createTask({ name: 'single', context: {} });
    expect((await tasker.waitForTask(plain.taskId)).state).toBe('complete');
    const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    const joined = await dataSource.transaction((manager) =>
      tasker.createTask({ name: 'single', context: {} }, { manager }),
    );
    await dataSource.destroy();
    expect((await tasker.waitForTask(joined.taskId)).state).toBe('complete');
  });
});
