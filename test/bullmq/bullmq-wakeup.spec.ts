import { Logger } from '@nestjs/common';
import { type Queue } from 'bullmq';
import { BullMqWakeup } from '../../src/bullmq/bullmq-wakeup.js';
import { resolveBullMqOptions, type TaskerBullMqOptions } from '../../src/bullmq/bullmq.options.js';
import { wakeupQueueName } from '../../src/bullmq/queue-names.js';
import { RecordingSleeper } from '../engine/wakeup/recording-sleeper.js';
import { startProxy, type TcpProxy } from '../engine/wakeup/tcp-proxy.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { waitFor } from '../support/wait-for.js';
import { ALL_BACKENDS, type BullMqPlace } from './support/backends.js';
import { SilentNotifications } from './support/silent-notifications.js';

/** Tests share a backend, but no namespace. */
let testNumber = 0;

describe.each(ALL_BACKENDS)('the driver on $name', (backend) => {
  let place: BullMqPlace;
  let proxy: TcpProxy;
  let namespace: string;
  let notifications: SilentNotifications;
  let drivers: BullMqWakeup[];
  let dashboard: Queue;
  let log: RecordingLogger;

  beforeAll(async () => {
    place = await backend.open();
    proxy = await startProxy(place.url);
  });
  beforeEach(() => {
    namespace = `test-${testNumber++}`;
    notifications = new SilentNotifications();
    drivers = [];
    log = new RecordingLogger();
    Logger.overrideLogger(log);
    const { connection, prefix, classes } = resolveBullMqOptions(place.options());
    dashboard = new classes.Queue(wakeupQueueName(namespace), { connection, prefix }) as Queue;
    dashboard.on('error', () => undefined);
  });
  afterEach(async () => {
    await proxy.mend();
    await Promise.all([...drivers.map((driver) => driver.stop()), dashboard.close()]);
  });
  afterAll(async () => {
    await proxy.close();
    await place.close();
  });

  const create = (options: TaskerBullMqOptions = {}): BullMqWakeup => {
    const resolved = resolveBullMqOptions({ ...place.options(proxy.url), ...options });
    const driver = new BullMqWakeup(resolved, notifications.asNotifications);
    drivers.push(driver);
    return driver;
  };
  const started = async (options?: TaskerBullMqOptions) => {
    const [driver, sleeper] = [create(options), new RecordingSleeper([namespace])];
    await driver.start(sleeper);
    await waitFor(() => driver.isHealthy, { timeoutMs: 20_000 });
    return [driver, sleeper] as const;
  };
  const hint = (taskId: number, delayMs = 0) => ({ namespace, taskId, delayMs });

  it('keeps one wake-up per task, however often it is told', async () => {
    const driver = create();
    for (let round = 0; round < 20; round++) {
      driver.announce([hint(1), hint(2)]);
      await waitFor(async () => (await dashboard.getWaitingCount()) > 0);
    }
    await driver.stop();
    expect(await dashboard.getWaitingCount()).toBe(2);
  });

  it('keeps one wake-up per moment for all that is due then', async () => {
    const driver = create();
    driver.announce(Array.from({ length: 500 }, (_, i) => hint(i + 1, 60_000)));
    driver.announce(Array.from({ length: 500 }, (_, i) => hint(i + 1, 120_000)));
    await waitFor(async () => (await dashboard.getDelayedCount()) >= 2);
    await driver.stop();
    expect(await dashboard.getDelayedCount()).toBeLessThanOrEqual(4);
  });

  it('keeps no more wake-ups than are of use when nobody takes them', async () => {
    const driver = create();
    for (let round = 0; round < 10; round++) {
      driver.announce(Array.from({ length: 100 }, (_, i) => hint(round * 100 + i + 1)));
      await waitFor(async () => (await dashboard.getWaitingCount()) >= 100);
    }
    await driver.stop();
    expect(await dashboard.getWaitingCount()).toBeLessThanOrEqual(100);
  });

  it('keeps as many delivered wake-ups as it was told to', async () => {
    const [driver, sleeper] = await started({ removeOnComplete: 3 });
    for (let taskId = 1; taskId <= 6; taskId++) {
      const { looks } = sleeper;
      driver.announce([hint(taskId)]);
      await waitFor(() => sleeper.looks > looks);
    }
    await waitFor(async () => (await dashboard.getWaitingCount()) === 0);
    expect(await dashboard.getCompletedCount()).toBeLessThanOrEqual(3);
    expect(await dashboard.getCompletedCount()).toBeGreaterThan(0);
  });

  it('takes no more wake-ups of a namespace that its sleeper has given up', async () => {
    const [driver, sleeper] = await started();
    await waitFor(async () => (await dashboard.getWorkersCount()) === 1);
    sleeper.known = [];
    await waitFor(async () => (await dashboard.getWorkersCount()) === 0);
    driver.announce([hint(1)]);
    await waitFor(async () => (await dashboard.getWaitingCount()) === 1);
  });

  it('says once that the backend is gone, and once that it is back', async () => {
    const [driver] = await started();
    await proxy.cut();
    await waitFor(() => !driver.isHealthy);
    driver.announce([hint(1)]);
    await proxy.mend();
    await waitFor(() => driver.isHealthy, { timeoutMs: 20_000 });
    expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'log']);
    expect(log.find('warn', 'BullMQ does not answer')).toHaveLength(1);
    expect(log.find('log', 'BullMQ answers again')).toHaveLength(1);
  });

  it('notices connections that have fallen silent, and leaves them for new ones', async () => {
    const [[driver, full], [other, sleeper]] = [await started(), await started()];
    full.isFull = true;
    proxy.silence();
    await waitFor(() => !driver.isHealthy && !other.isHealthy);
    await proxy.mend();
    await waitFor(() => driver.isHealthy && other.isHealthy, { timeoutMs: 20_000 });
    const { looks } = sleeper;
    driver.announce([hint(1)]);
    await waitFor(() => sleeper.looks > looks);
  });

  it('goes on when all that is in the backend is lost', async () => {
    const [[driver, full], [, sleeper]] = [await started(), await started()];
    full.isFull = true;
    for (let taskId = 1; taskId <= 3; taskId++) {
      await place.forget();
      const { looks } = sleeper;
      driver.announce([hint(taskId)]);
      await waitFor(() => sleeper.looks > looks);
    }
    expect(log.lines).toEqual([]);
  });

  describe('the notifications of PostgreSQL', () => {
    it('wake it too: what a transaction tells at its commit comes that way', async () => {
      const [, sleeper] = await started();
      const { looks } = sleeper;
      notifications.receive('ready');
      expect(sleeper.looks).toBe(looks + 1);
    });

    it('carry no hints while the backend answers', async () => {
      const [driver, sleeper] = await started();
      driver.announce([hint(1)]);
      await waitFor(() => sleeper.looks > 0);
      expect(notifications.sent).toBe(0);
    });

    it('carry the hints while the backend does not answer, and after a stop', async () => {
      const [driver] = await started();
      await proxy.cut();
      await waitFor(() => !driver.isHealthy);
      driver.announce([hint(1)]);
      expect(notifications.sent).toBe(1);
      await driver.stop();
      driver.announce([hint(2)]);
      expect(notifications.sent).toBe(2);
    });
  });
});
