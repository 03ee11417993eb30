/**
 * Disturbs the Redis of a run: its keys vanish, its connections break, or both at once, as when a server is started anew
 * without what it held. Only what carries the run's own name is touched: others may use the server too.
 */
import { Redis } from 'ioredis';

const FORGET = `
  local keys = redis.call('keys', ARGV[1])
  for _, key in ipairs(keys) do redis.call('del', key) end
  return #keys`;

export class RedisUnderChaos {
  private readonly redis: Redis;

  /** @param name begins every key of the run, and is part of the name of each of its connections */
  constructor(
    url: string,
    private readonly name: string,
  ) {
    this.redis = new Redis(url, { maxRetriesPerRequest: null, connectionName: 'driver' });
    this.redis.on('error', () => undefined);
  }

  async disturb(how: string): Promise<void> {
    if (how !== 'disconnect') await this.forget();
    if (how !== 'flush') await this.disconnect();
  }

  async close(): Promise<void> {
    await this.forget();
    await this.redis.quit();
  }

  private async forget(): Promise<void> {
    await this.redis.eval(FORGET, 0, `{${this.name}}*`);
  }

  private async disconnect(): Promise<void> {
    const clients = (await this.redis.client('LIST')) as string;
    for (const client of clients.split('\n')) {
      const [, id] = /^id=(\d+)/.exec(client) ?? [];
      if (id === undefined || !client.includes(this.name)) continue;
      await this.redis.client('KILL', 'ID', Number(id));
    }
  }
}
