import { BullMqWakeup } from '../../src/bullmq/bullmq-wakeup.js';
import { resolveBullMqOptions } from '../../src/bullmq/bullmq.options.js';
import { startProxy } from '../engine/wakeup/tcp-proxy.js';
import { wakeupContract } from '../engine/wakeup/wakeup-contract.js';
import { ALL_BACKENDS } from './support/backends.js';
import { SilentNotifications } from './support/silent-notifications.js';

describe.each(ALL_BACKENDS)('BullMQ on $name', (backend) => {
  wakeupContract(
    async () => {
      const place = await backend.open();
      const proxy = await startProxy(place.url);
      return {
        process: async () => {
          // The notifications of PostgreSQL, which the driver falls back on, must not do its work here.
          const { asNotifications } = new SilentNotifications();
          const wakeup = new BullMqWakeup(resolveBullMqOptions(place.options(proxy.url)), asNotifications);
          return { wakeup, end: () => wakeup.onApplicationShutdown() };
        },
        lose: () => proxy.cut(),
        recover: () => proxy.mend(),
        close: async () => {
          await proxy.close();
          await place.close();
        },
      };
    },
    { keepsLaterHints: true },
  );
});
