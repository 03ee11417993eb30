/** For specs of a few worker processes: a database, an application that creates tasks, and fleets that end with the test. */
import pg from 'pg';
import { type TaskerService, type WorkflowDefinition } from 'nestjs-tasker';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectInvariants } from '../support/invariants.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { Count } from './driver/count.js';
import { Fleet } from './driver/fleet.js';
import { createTables } from './driver/tables.js';
import { type Setup } from './setup.js';

const PLAIN_WORKER = 'test/chaos/app/plain-worker.ts';

export interface Stage {
  readonly tasker: TaskerService;
  readonly count: Count;
  /** Resolves when so many processes work. */
  startFleet(size: number, worker?: Setup['worker']): Promise<Fleet>;
  /** Lets every `hold` step through, now and later. */
  openGates(): Promise<void>;
  sql<T = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/** After each test the fleets are closed; then nothing may be claimed and all rows must fit together. */
export function useStage(definitions: readonly WorkflowDefinition[]): Stage {
  let database: TestDatabase;
  let client: pg.Client;
  let creator: TestApp;
  let count: Count;
  const fleets: Fleet[] = [];
  const sql = async <T>(text: string, values: readonly unknown[] = []) =>
    (await client.query(text, values as unknown[])).rows as T[];

  beforeEach(async () => {
    count = new Count();
    database = await createTestDatabase({ label: 'chaos' });
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await createTables(database.url);
    creator = await startTestApp(database, { definitions, options: { worker: false } });
  });
  afterEach(async () => {
    await Promise.all(fleets.map((fleet) => fleet.close()));
    const troubles = fleets.splice(0).flatMap((fleet) => fleet.troubles);
    await creator.close();
    const claimed = await sql('select * from tasker_workflow_steps where claim_expires_at is not null');
    await expectInvariants(client);
    await client.end();
    await database.drop();
    expect(troubles).toEqual([]);
    expect(claimed).toEqual([]);
  });

  return {
    get tasker() {
      return creator.tasker;
    },
    get count() {
      return count;
    },
    startFleet: async (size, worker) => {
      const fleet = new Fleet(
        { url: database.url, seed: 0, redis: null, definitions, worker },
        size,
        count,
        PLAIN_WORKER,
      );
      fleets.push(fleet);
      await fleet.fill();
      return fleet;
    },
    openGates: async () => void (await sql('insert into chaos_gates default values')),
    sql,
  };
}
