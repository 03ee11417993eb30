import { createPostgresBackend, withBackend } from 'bullmq';
import { type TaskerBullMqOptions } from 'nestjs-tasker/bullmq';

/** What a host gives TaskerBullMqModule for queues at this address. */
export function optionsFor(url: string, prefix: string): TaskerBullMqOptions {
  if (url.startsWith('redis')) return { connection: url, prefix };
  const connection = { connectionString: url, schema: 'bullmq', max: 3 } as object;
  return { connection, classes: withBackend(createPostgresBackend) };
}
