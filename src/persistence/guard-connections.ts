import type { Pool, PoolClient } from 'pg';

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * Keeps the process alive when a connection breaks at a moment when nobody listens to it: between two statements of a
 * transaction, and between being handed out by the pool and reaching whoever asked for it. Whoever holds the connection
 * is told by its next statement, and the pool throws the connection away when it comes back.
 */
export function guardConnections(pool: Pool): void {
  if (guarded.has(pool)) return;
  guarded.add(pool);
  pool.on('acquire', (client: PoolClient) => {
    if (guarded.has(client)) return;
    guarded.add(client);
    client.on('error', ignore);
  });
}
