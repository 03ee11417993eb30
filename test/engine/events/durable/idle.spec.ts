import { TaskerDatabase } from '../../../../src/persistence/database.js';
import { makeDelivery } from './make-delivery.js';
import { Recorder } from './recorder.js';
import { useDelivery } from './support.js';

const test = useDelivery();

/** Notes what is sent. */
class ListeningDatabase extends TaskerDatabase {
  readonly sent: string[] = [];

  override async rows<T>(text: string, values?: readonly unknown[]): Promise<T[]> {
    this.sent.push(text);
    return super.rows(text, values);
  }
}

it('asks as little of the database when nothing happens for twenty subscribers as for one', async () => {
  const db = new ListeningDatabase(test.db.dataSource, test.db.schema);
  const delivery = makeDelivery(db, { leaseMs: 3_600_000 });
  const subscribers = Array.from({ length: 20 }, (_, index) => new Recorder(`subscriber ${index}`));
  await delivery.start(subscribers);
  const [task] = (await test.tasks(1)) as [number];
  await test.publish(task, 1);
  for (const { name } of subscribers) await test.caughtUp(name);
  await test.looked(3);
  db.sent.length = 0;
  await test.looked(5);
  const looks = db.sent.filter((text) => text.includes('tasker_event_horizon')).length;
  expect(looks).toBeGreaterThanOrEqual(2);
  expect(db.sent.length).toBeLessThanOrEqual(2 * looks + 1);
  await delivery.stop();
});
