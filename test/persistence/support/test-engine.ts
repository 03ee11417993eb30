import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { expectInvariants } from '../../support/invariants.js';
import { waitFor } from '../../support/wait-for.js';
import { Engine, START } from './engine.js';

export interface TestEngine {
  /** The connection most tests need. */
  readonly engine: Engine;
  readonly database: TestDatabase;
  /** Another connection to the same database, at the same instant. Closed with the spec file. */
  another(): Promise<Engine>;
  /** Resolves when that many sessions wait for a lock. */
  blocked(sessions?: number): Promise<void>;
}

/** A migrated database for a spec file. Before each test it has no tasks; after each, all it holds must fit together. */
export function useEngine(): TestEngine {
  const opened: Engine[] = [];
  let database: TestDatabase;
  let engine: Engine;
  let observer: Engine;
  const another = async () => {
    const one = await Engine.open(database.url, opened[0]);
    opened.push(one);
    return one;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    [engine, observer] = [await another(), await another()];
  });
  beforeEach(async () => {
    await engine.rows('delete from tasker_tasks');
    for (const one of opened) one.now = START;
  });
  afterEach(async () => {
    await expectInvariants(database.url);
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await database.drop();
  });
  return {
    get engine() {
      return engine;
    },
    get database() {
      return database;
    },
    another,
    blocked: async (sessions = 1) => {
      await waitFor(
        async () => {
          const [row] = await observer.rows<{ n: number }>(
            `select count(*)::integer as n from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return row!.n === sessions;
        },
        { message: `${sessions} sessions to wait for a lock` },
      );
    },
  };
}
