/** What is special about Redis, and servers that speak as it does. */
import { Redis } from 'ioredis';
import { BullMqWakeup } from '../../src/bullmq/bullmq-wakeup.js';
import { resolveBullMqOptions, type TaskerBullMqOptions } from '../../src/bullmq/bullmq.options.js';
import { RecordingSleeper } from '../engine/wakeup/recording-sleeper.js';
import { waitFor } from '../support/wait-for.js';
import { type BullMqPlace, REDIS_LIKE } from './support/backends.js';
import { SilentNotifications } from './support/silent-notifications.js';

describe(`on ${REDIS_LIKE.name}`, () => {
  let place: BullMqPlace;
  let redis: Redis;

  beforeAll(async () => {
    place = await REDIS_LIKE.open();
    redis = new Redis(place.url, { maxRetriesPerRequest: null });
  });
  afterAll(async () => {
    await redis.quit();
    await place.close();
  });

  const started = async (options: TaskerBullMqOptions): Promise<[BullMqWakeup, RecordingSleeper]> => {
    const { asNotifications } = new SilentNotifications();
    const driver = new BullMqWakeup(resolveBullMqOptions({ ...place.options(), ...options }), asNotifications);
    const sleeper = new RecordingSleeper(['default']);
    await driver.start(sleeper);
    await waitFor(() => driver.isHealthy);
    return [driver, sleeper];
  };

  it('keeps all keys of a queue in one slot of a cluster, also under a prefix that says nothing of slots', async () => {
    const prefix = place.prefix.slice(1, -1);
    const [driver, sleeper] = await started({ prefix });
    driver.announce([
      { namespace: 'default', taskId: 1, delayMs: 0 },
      { namespace: 'default', taskId: 2, delayMs: 60_000 },
    ]);
    await waitFor(() => sleeper.looks > 0);
    await driver.stop();
    const keys = await redis.keys(`*${prefix}*`);
    expect(keys.length).toBeGreaterThan(3);
    const slots = await Promise.all(keys.map((key) => redis.call('CLUSTER', 'KEYSLOT', key).catch(() => tagOf(key))));
    expect(new Set(slots).size).toBe(1);
  });

  it('uses a client of the host, and leaves it open', async () => {
    const [driver, sleeper] = await started({ connection: redis });
    driver.announce([{ namespace: 'default', taskId: 1, delayMs: 0 }]);
    await waitFor(() => sleeper.looks > 0);
    await driver.stop();
    expect(await redis.ping()).toBe('PONG');
    expect(redis.listenerCount('error')).toBe(0);
  });
});

/** What a cluster looks at; a server that is no cluster may refuse to compute a slot. */
function tagOf(key: string): string | undefined {
  return /\{([^}]+)\}/.exec(key)?.[1];
}
