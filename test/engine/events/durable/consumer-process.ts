/** A process that delivers to the subscriber "billing", and notes in the table `received` when a delivery begins and ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase } from '../../../../src/persistence/connect.js';
import { makeDelivery } from './make-delivery.js';
import { numberOf, taskOf } from './recorder.js';

const url = process.argv[2]!;
const { database } = await connectDatabase({ url, poolSize: 10 }, undefined);
// Long enough for a machine that has much else to do.
const delivery = makeDelivery(database, { leaseMs: 2_500 });
await delivery.start([
  {
    name: 'billing',
    patterns: ['order.*'],
    options: { from: 'beginning', concurrency: 5 },
    deliver: async (event) => {
      const [row] = await database.rows<{ id: number }>(
        `insert into received (consumer, task_id, n, redelivered) values ($1, $2, $3, $4) returning id`,
        [process.pid, taskOf(event), numberOf(event), event.redelivered === true],
      );
      await sleep(Math.random() * 3);
      await database.rows('update received set ended_at = clock_timestamp() where id = $1', [row!.id]);
    },
  },
]);
process.once('message', () => void delivery.stop().then(() => process.exit()));
console.log('ready');
