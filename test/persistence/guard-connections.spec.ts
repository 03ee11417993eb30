import { TaskerDatabase } from '../../src/persistence/database.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';
import { openDataSource } from './support/data-source.js';
import { HoldingProxy } from './support/holding-proxy.js';

describe('a connection that breaks when nobody listens to it', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase({ label: 'broken' });
  });
  afterAll(() => database.drop());

  it('fails the transaction, not the process, between two statements', async () => {
    const dataSource = await openDataSource(database.url);
    const db = new TaskerDatabase(dataSource, 'public');
    try {
      const broken = db.transaction(async (tx) => {
        const [own] = await tx.rows<{ pid: number }>('select pg_backend_pid() as pid');
        await db.rows('select pg_terminate_backend($1)', [own!.pid]);
        await waitFor(async () => {
          const rows = await db.rows('select 1 from pg_stat_activity where pid = $1', [own!.pid]);
          return rows.length === 0;
        });
        await tx.rows('select 1');
      });
      await expect(broken).rejects.toThrow(/terminat|not queryable/i);
      // The pool has let go of it.
      expect(await db.transaction((tx) => tx.rows('select 1 as one'))).toEqual([{ one: 1 }]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('fails what waited for it, not the process, at the moment it is handed on', async () => {
    const proxy = await HoldingProxy.before(database.url);
    const dataSource = await openDataSource(proxy.url, { poolSize: 1 });
    const other = await openDataSource(database.url);
    const db = new TaskerDatabase(dataSource, 'public');
    try {
      const [own] = await db.rows<{ pid: number }>('select pg_backend_pid() as pid');
      proxy.hold();
      // Its answer and the end of the connection arrive together; in between the next one gets the connection.
      const first = db.rows('select 1 as one');
      const next = db.transaction((tx) => tx.rows('select 2'));
      await waitFor(async () => {
        const [activity] = await other.query<{ state: string; query: string }[]>(
          'select state, query from pg_stat_activity where pid = $1',
          [own!.pid],
        );
        return activity?.state === 'idle' && activity.query === 'select 1 as one';
      });
      await Promise.all([
        expect(next).rejects.toThrow(/terminat|not queryable|ended/i),
        other.query('select pg_terminate_backend($1)', [own!.pid]),
      ]);
      expect(await first).toEqual([{ one: 1 }]);
      expect(await db.rows('select 3 as three')).toEqual([{ three: 3 }]);
    } finally {
      await dataSource.destroy();
      await other.destroy();
      await proxy.close();
    }
  });
});
