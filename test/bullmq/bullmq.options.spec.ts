import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { resolveBullMqOptions, type TaskerBullMqOptions } from '../../src/bullmq/bullmq.options.js';
import { ConfigurationError } from '../../src/core/errors.js';
import { wakeupQueueName, withHashTag } from '../../src/bullmq/queue-names.js';

const HERE = { connection: { host: 'here' } };

describe('the options', () => {
  it('have defaults, all but the connection', () => {
    expect(resolveBullMqOptions(HERE)).toEqual({
      connection: expect.objectContaining({ host: 'here', maxRetriesPerRequest: null }) as unknown,
      isShared: false,
      prefix: '{tasker}',
      queuePrefix: 'tasker',
      removeOnComplete: 100,
      removeOnFail: 100,
      classes: { Queue, Worker },
    });
  });

  it('take the connection of the application, when they name none', () => {
    const shared = { connection: { host: 'there' } };
    expect(resolveBullMqOptions({}, shared).connection).toMatchObject({ host: 'there' });
    expect(resolveBullMqOptions(HERE, shared).connection).toMatchObject({ host: 'here' });
  });

  it('leave what a connection says for itself', () => {
    const retryStrategy = () => 7;
    expect(resolveBullMqOptions({ connection: { retryStrategy } }).connection).toMatchObject({ retryStrategy });
  });

  it('take an address', () => {
    expect(resolveBullMqOptions({ connection: 'rediss://x:y@here:1/2' }).connection).toMatchObject({
      url: 'rediss://x:y@here:1/2',
    });
    expect(resolveBullMqOptions({ connection: 'postgres://here/db' }).connection).toBe('postgres://here/db');
  });

  it('take a client of the host as it is', () => {
    const client = new Redis({ lazyConnect: true, maxRetriesPerRequest: null });
    const resolved = resolveBullMqOptions({ connection: client });
    expect(resolved.connection).toBe(client);
    expect(resolved.isShared).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['connection', 7, 'TaskerBullMqModule\'s option "connection" must be an object or an address.'],
    ['prefix', '', 'TaskerBullMqModule\'s option "prefix" must be text.'],
    ['removeOnFail', -1, 'TaskerBullMqModule\'s option "removeOnFail" must be a whole number from 0 to 100000.'],
    [
      'classes',
      { Queue },
      'TaskerBullMqModule\'s option "classes" must be an object with the classes Queue and Worker.',
    ],
    ['prefixx', 'x', 'TaskerBullMqModule does not know the option "prefixx". Did you mean "prefix"?'],
  ])('refuse %s %j', (key, value, message) => {
    const options: TaskerBullMqOptions = { ...HERE, [key]: value };
    expect(() => resolveBullMqOptions(options)).toThrow(ConfigurationError);
    expect(() => resolveBullMqOptions(options)).toThrow(message);
  });

  it('refuse to be without a connection, and say what to do', () => {
    expect(() => resolveBullMqOptions()).toThrow(/has no connection[^]*BullModule\.forRoot/);
  });

  it('refuse a client that gives up commands which wait, as BullMQ would, later', () => {
    const client = new Redis({ lazyConnect: true });
    expect(() => resolveBullMqOptions({ connection: client })).toThrow('gives up commands');
  });
});

describe('the names', () => {
  it('keep all keys of a queue in one slot of a cluster', () => {
    expect(withHashTag('tasker')).toBe('{tasker}');
    expect(withHashTag('shop:{tasker}')).toBe('shop:{tasker}');
    expect(withHashTag('{}')).toBe('{{}}');
  });

  it('are such as BullMQ takes, whatever the namespace', () => {
    expect(wakeupQueueName('ecommerce')).toBe('tasker-ecommerce');
    expect(wakeupQueueName('a:b/c', 'shop')).toBe('shop-a.b/c');
  });
});
