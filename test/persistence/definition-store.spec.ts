import { type DataSource } from 'typeorm';
import { type TaskTemplate } from '../../src/definitions/task-template.js';
import { connectDatabase } from '../../src/persistence/connect.js';
import { type Queryable, type TaskerDatabase } from '../../src/persistence/database.js';
import { DefinitionStore, type DefinitionToStore } from '../../src/persistence/definition-store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let db: TaskerDatabase;
let owned: DataSource;
let statements: number;
beforeAll(async () => {
  database = await createTestDatabase();
  const connected = await connectDatabase({ url: database.url, poolSize: 2 }, undefined);
  [db, owned] = [connected.database, connected.owned!];
  const transaction = db.transaction.bind(db);
  db.transaction = (work) =>
    transaction((tx) => {
      const rows: Queryable['rows'] = (text, values) => {
        statements++;
        return tx.rows(text, values);
      };
      return work({ ...tx, rows });
    });
});
beforeEach(() => {
  statements = 0;
});
afterAll(async () => {
  await owned.destroy();
  await database.drop();
});

/** A chain whose steps take turns in calling two systems and three handlers. */
function chainOf(length: number, name: string, hash: string): DefinitionToStore {
  const steps = Array.from({ length }, (_, i) => ({
    name: `s${i}`,
    description: `step ${i} of ${name}`,
    dependentSystem: `system ${i % 2}`,
    handler: `handler ${i % 3}`,
    retryable: i % 2 === 0,
    retryLimit: 1 + (i % 4),
    skippable: i % 5 === 0,
  }));
  const template = { namespace: 'shop', name, version: '1.0.0', description: '', steps } as unknown as TaskTemplate;
  return { template, hash: hash.repeat(64), parents: steps.map((_, i) => (i === 0 ? [] : [i - 1])) };
}

it('stores every step with what belongs to it, by position', async () => {
  const [stored] = await new DefinitionStore(db).register([chainOf(6, 'six', 'a')]);
  const rows = await db.rows(
    `select s.position, n.name, n.description, d.name as system, l.handler, p.name as namespace, s.retryable,
       s.retry_limit, s.skippable, s.parents, k.default_retry_limit as listed
     from tasker_definition_steps s
     join tasker_named_steps n using (named_step_id) join tasker_dependent_systems d using (dependent_system_id)
     join tasker_lanes l on l.lane_id = s.lane_id and l.dependent_system_id = d.dependent_system_id
     join tasker_task_namespaces p using (task_namespace_id)
     join tasker_named_tasks_named_steps k on k.named_step_id = n.named_step_id
     where s.definition_id = $1 order by s.position`,
    [stored!.definitionId],
  );
  expect(rows).toEqual(
    Array.from({ length: 6 }, (_, i) => ({
      position: i,
      name: `s${i}`,
      description: `step ${i} of six`,
      system: `system ${i % 2}`,
      handler: `handler ${i % 3}`,
      namespace: 'shop',
      retryable: i % 2 === 0,
      retry_limit: 1 + (i % 4),
      skippable: i % 5 === 0,
      parents: i === 0 ? [] : [i - 1],
      listed: 1 + (i % 4),
    })),
  );
});

it('uses the dictionary rows that are there, and brings descriptions up to date', async () => {
  const ids = () =>
    db.rows<{ ids: string }>(
      `select (select string_agg(named_step_id::text, ',' order by name) from tasker_named_steps) as steps,
         (select string_agg(lane_id::text, ',' order by lane_id) from tasker_lanes) as lanes,
         (select string_agg(dependent_system_id::text, ',' order by name) from tasker_dependent_systems) as systems`,
    );
  const store = new DefinitionStore(db);
  await store.register([chainOf(6, 'again', 'b')]);
  const before = await ids();
  expect(await store.register([chainOf(6, 'again', 'c'), chainOf(6, 'other', 'd')])).toMatchObject([
    { changed: true },
    { changed: false },
  ]);
  expect(await ids()).toEqual(before);
  const [step] = await db.rows(`select description from tasker_named_steps where name = 's5'`);
  expect(step).toEqual({ description: 'step 5 of other' });
});

it('takes as many statements for five thousand steps as for one', async () => {
  const store = new DefinitionStore(db);
  await store.register([chainOf(1, 'short', 'e')]);
  const short = statements;
  statements = 0;
  await store.register([chainOf(5_000, 'long', 'f')]);
  expect(statements).toBe(short);
});
