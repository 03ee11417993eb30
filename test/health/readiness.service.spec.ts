import { ControlService } from '../../src/engine/control.service.js';
import { ENGINE_OPTIONS } from '../../src/engine/engine.tokens.js';
import { TaskerWorker } from '../../src/engine/worker.js';
import { ReadinessService } from '../../src/health/readiness.service.js';
import { TaskerDatabase } from '../../src/persistence/database.js';
import { type Host, startHost } from '../rest/support/host.js';

let host: Host;
beforeAll(async () => {
  host = await startHost({});
});
afterAll(() => host.close());

describe('readiness, while the database hangs', () => {
  it('answers in time, and many probes hold few connections', async () => {
    const db = host.app.get(TaskerDatabase);
    const pool = (db.dataSource.driver as unknown as { master: { waitingCount: number; totalCount: number } }).master;
    const service = new ReadinessService(
      db,
      host.app.get(TaskerWorker),
      host.app.get(ControlService),
      host.app.get(ENGINE_OPTIONS),
    );
    const release = await occupy(db, 10);

    const start = performance.now();
    const found = await Promise.all(Array.from({ length: 20 }, () => service.check(50)));
    expect(performance.now() - start).toBeLessThan(2000);
    expect(found[19]).toMatchObject({
      ready: false,
      failed_checks: ['database', 'schema'],
      checks: { database: { message: 'did not answer within 50 ms' } },
    });
    expect(pool.waitingCount).toBe(2);

    await release();
    expect(await service.check()).toMatchObject({ ready: true });
  });
});

/** Takes every connection of the pool until released. */
async function occupy(db: TaskerDatabase, poolSize: number): Promise<() => Promise<void>> {
  const runners = Array.from({ length: poolSize }, () => db.dataSource.createQueryRunner());
  await Promise.all(runners.map((runner) => runner.connect()));
  return async () => {
    await Promise.all(runners.map((runner) => runner.release()));
  };
}
