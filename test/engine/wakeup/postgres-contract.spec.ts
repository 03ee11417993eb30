import pg from 'pg';
import { type DataSource } from 'typeorm';
import { PostgresWakeup } from '../../../src/engine/wakeup/postgres-wakeup.js';
import { TaskerDatabase } from '../../../src/persistence/database.js';
import { Notifications } from '../../../src/persistence/notifications.js';
import { createEmptyDatabase } from '../../support/database.js';
import { startProxy } from './tcp-proxy.js';
import { wakeupContract } from './wakeup-contract.js';

describe('the postgres driver', () => {
  wakeupContract(
    async () => {
      const database = await createEmptyDatabase({ label: 'wakeup' });
      const proxy = await startProxy(database.url);
      return {
        process: async () => {
          const pool = new pg.Pool({ connectionString: proxy.url });
          pool.on('error', () => undefined);
          // A DataSource asks the server when it is made; a process may start while that cannot be reached.
          const dataSource = { options: { type: 'postgres' }, driver: { master: pool } } as unknown as DataSource;
          const notifications = new Notifications(new TaskerDatabase(dataSource, 'public'));
          notifications.start();
          return {
            wakeup: new PostgresWakeup(notifications),
            end: async () => {
              await notifications.stop();
              await pool.end();
            },
          };
        },
        lose: () => proxy.cut(),
        recover: () => proxy.mend(),
        close: async () => {
          await proxy.close();
          await database.drop();
        },
      };
    },
    { keepsLaterHints: false },
  );
});
