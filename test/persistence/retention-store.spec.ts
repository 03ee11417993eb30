import { FakeClock } from 'nestjs-tasker/testing';
import { type DataSource } from 'typeorm';
import { pruneTasks } from '../../src/engine/maintenance/task-pruner.js';
import { connectDatabase } from '../../src/persistence/connect.js';
import { type TaskerDatabase } from '../../src/persistence/database.js';
import { type PruneRule, RetentionStore } from '../../src/persistence/retention-store.js';
import { WorkerStore } from '../../src/persistence/worker-store.js';
import { START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();
const DAY = 86_400;
const RULE: PruneRule = { afterDays: 30, namespaces: {}, states: ['complete', 'cancelled'] };

let owned: DataSource;
let database: TaskerDatabase;
let store: RetentionStore;
beforeAll(async () => {
  const connected = await connectDatabase({ url: test.database.url, poolSize: 4 }, undefined);
  owned = connected.owned!;
  database = connected.database;
});
afterAll(() => owned.destroy());
beforeEach(() => {
  store = new RetentionStore(database, new FakeClock(START));
});

/** Tasks that ended `age` days before now. */
async function finished(count: number, age: number, state = 'complete'): Promise<number[]> {
  const { engine } = test;
  const workflow = await engine.define([{}, { parents: [0] }]);
  const created = await engine.createMany(Array.from({ length: count }, () => engine.request(workflow)));
  const ids = created.map(({ task_id: id }) => id);
  if (state === 'complete') await engine.run();
  else for (const id of ids) await engine.operate(id, [0, 1], 'cancelled');
  await engine.rows(
    `update tasker_tasks set created_at = $2::timestamptz - $3 * interval '1 day',
       finished_at = $2::timestamptz - $3 * interval '1 day' where task_id = any ($1)`,
    [ids, START, age],
  );
  return ids;
}

async function tasks(): Promise<number[]> {
  const rows = await test.engine.rows<{ id: number }>('select task_id as id from tasker_tasks order by 1');
  return rows.map(({ id }) => id);
}

const TABLES = [
  'tasker_workflow_steps',
  'tasker_workflow_step_edges',
  'tasker_workflow_step_transitions',
  'tasker_task_transitions',
  'tasker_task_annotations',
];

async function rowsLeft(): Promise<Record<string, number>> {
  const counts = TABLES.map((table) => `(select count(*)::integer from ${table}) as ${table}`);
  const [row] = await test.engine.rows<Record<string, number>>(`select ${counts.join(', ')}`);
  return row!;
}

it('deletes tasks that ended long enough ago, with all that belongs to them, and nothing else', async () => {
  const { engine } = test;
  const [old] = await finished(3, 31);
  const kept = await finished(2, 29);
  const [open] = await engine.createMany([engine.request(await engine.define([{}]))]);
  await engine.rows(`update tasker_tasks set created_at = '2020-01-01' where task_id = $1`, [open!.task_id]);
  await engine.rows(
    `with kind as (insert into tasker_annotation_types (name) values ('note') returning annotation_type_id)
     insert into tasker_task_annotations (task_id, annotation_type_id, annotation)
     select $1, annotation_type_id, '{}' from kind`,
    [old],
  );
  expect(await store.prunableTasks(RULE)).toEqual([{ namespace: 'default', state: 'complete', tasks: 3 }]);
  expect(await pruneTasks(store, RULE, { batchSize: 500 })).toEqual([
    { namespace: 'default', state: 'complete', tasks: 3 },
  ]);
  expect(await tasks()).toEqual([...kept, open!.task_id]);
  expect(await rowsLeft()).toEqual({
    tasker_workflow_steps: 5,
    tasker_workflow_step_edges: 2,
    tasker_workflow_step_transitions: 13,
    tasker_task_transitions: 7,
    tasker_task_annotations: 0,
  });
});

it('deletes only tasks in the states that are named', async () => {
  const [complete, cancelled] = [await finished(1, 40), await finished(1, 40, 'cancelled')];
  await pruneTasks(store, { ...RULE, states: ['cancelled'] }, { batchSize: 500 });
  expect(await tasks()).toEqual(complete);
  expect(cancelled).not.toEqual(complete);
});

it('keeps each namespace for its own time, and those without one for ever', async () => {
  const { engine } = test;
  const [ten, twenty] = [await finished(1, 10), await finished(1, 20)];
  const inNamespace = (ids: readonly number[], name: string) =>
    engine.rows(
      `with space as (insert into tasker_task_namespaces (name) values ($2)
         on conflict (name) do update set name = excluded.name returning task_namespace_id)
       update tasker_named_tasks set task_namespace_id = (select task_namespace_id from space)
       where named_task_id = (select named_task_id from tasker_tasks where task_id = any ($1))`,
      [ids, name],
    );
  await inNamespace(twenty, 'short');
  const rule = { ...RULE, afterDays: null, namespaces: { short: 15, unused: 1 } };
  await pruneTasks(store, { ...rule, namespaces: { short: 25 } }, { batchSize: 500 });
  expect(await tasks()).toEqual([...ten, ...twenty]);
  expect(await pruneTasks(store, rule, { batchSize: 500 })).toEqual([
    { namespace: 'short', state: 'complete', tasks: 1 },
  ]);
  expect(await tasks()).toEqual(ten);
  await pruneTasks(store, { ...RULE, afterDays: 5, namespaces: { default: 15 } }, { batchSize: 500 });
  expect(await tasks()).toEqual(ten);
  await pruneTasks(store, { ...RULE, afterDays: 5 }, { batchSize: 500 });
  expect(await tasks()).toEqual([]);
});

it('goes on in batches, past what is kept between them, until nothing is left', async () => {
  const kept: number[] = [];
  for (let age = 60; age > 50; age--) {
    await finished(2, age);
    kept.push(...(await finished(1, age, 'cancelled')));
  }
  const rule: PruneRule = { ...RULE, states: ['complete'] };
  const first = await store.pruneTasks(rule, { limit: 3 });
  expect(first!.pruned).toEqual([{ namespace: 'default', state: 'complete', tasks: 3 }]);
  const second = await store.pruneTasks(rule, { limit: 3, after: first!.cursor! });
  expect(second!.pruned).toMatchObject([{ tasks: 3 }]);
  expect(await pruneTasks(store, rule, { batchSize: 3 })).toMatchObject([{ tasks: 14 }]);
  expect(await tasks()).toEqual(kept);
  expect(await store.pruneTasks(rule, { limit: 3 })).toEqual({ pruned: [], cursor: null });
});

it('makes a batch smaller when its tasks are large', async () => {
  await finished(4, 40);
  await test.engine.rows('update tasker_tasks set total_steps = 6000');
  const sizes = [];
  for (let left = 4; left > 0; left = (await tasks()).length) {
    const batch = await store.pruneTasks(RULE, { limit: 500 });
    sizes.push(batch!.pruned[0]!.tasks);
  }
  expect(sizes).toEqual([2, 2]);
});

it('passes over a task that somebody is at, and waits for nobody', async () => {
  const { engine } = test;
  const [held, free] = await finished(2, 40);
  await engine.rows('begin');
  await engine.rows('select from tasker_tasks where task_id = $1 for no key update', [held]);
  await pruneTasks(store, RULE, { batchSize: 500 });
  await engine.rows('commit');
  expect(await tasks()).toEqual([held]);
  expect(free).toBeGreaterThan(held!);
  await pruneTasks(store, RULE, { batchSize: 500 });
  expect(await tasks()).toEqual([]);
});

it('is left to the process that is at it, when it is asked to be alone', async () => {
  const { engine } = test;
  await finished(1, 40);
  await engine.rows('begin');
  await engine.rows(`select pg_advisory_xact_lock(hashtext('tasker_prune'), hashtext(current_schema()))`);
  expect(await store.pruneTasks(RULE, { limit: 10, alone: true })).toBeNull();
  expect(await pruneTasks(store, RULE, { batchSize: 10, alone: true })).toEqual([]);
  await engine.rows('commit');
  expect(await pruneTasks(store, RULE, { batchSize: 10, alone: true })).toMatchObject([{ tasks: 1 }]);
});

it('ends between two batches when it is told to', async () => {
  await finished(3, 40);
  const stopping = new AbortController();
  class StopsAfterOne extends RetentionStore {
    override async pruneTasks(...args: Parameters<RetentionStore['pruneTasks']>) {
      stopping.abort();
      return super.pruneTasks(...args);
    }
  }
  const watched = new StopsAfterOne(database, new FakeClock(START));
  expect(await pruneTasks(watched, RULE, { batchSize: 1, signal: stopping.signal })).toMatchObject([{ tasks: 1 }]);
  expect(await tasks()).toHaveLength(2);
});

it('finds the rows that go with a task by an index: every foreign key that cascades has one', async () => {
  const missing = await test.engine.rows(
    `select c.conrelid::regclass::text as "table", c.conname from pg_constraint c
     where c.contype = 'f' and c.confdeltype = 'c'
       and c.confrelid in ('tasker_tasks'::regclass, 'tasker_workflow_steps'::regclass)
       and not exists (select from pg_index i
                       where i.indrelid = c.conrelid and i.indisvalid and i.indpred is null
                         and i.indkey[0] = c.conkey[1] and cardinality(c.conkey) = 1)`,
  );
  expect(missing).toEqual([]);
});

it('forgets old entries of the audit, and no more than it is asked to at once', async () => {
  const { engine } = test;
  await engine.rows('delete from tasker_audit');
  await engine.rows(
    `insert into tasker_audit (action, subject, created_at)
     select 'pause', 'fleet', $1::timestamptz - n * interval '1 day' from generate_series(1, 10) n`,
    [START],
  );
  expect(await store.countAudit(4.5)).toBe(6);
  expect(await store.pruneAudit(4.5, 4)).toBe(4);
  expect(await store.pruneAudit(4.5, 4)).toBe(2);
  expect(await engine.rows('select from tasker_audit')).toHaveLength(4);
});

it('forgets workers that are gone for so long, but none that still holds a step', async () => {
  const { engine } = test;
  await engine.rows('delete from tasker_workers');
  const workers = new WorkerStore(database);
  const ids: number[] = [];
  for (let pid = 1; pid <= 3; pid++) {
    ids.push(await workers.register({ host: 'h', pid, version: '1', concurrency: 1 }));
  }
  await engine.rows(`update tasker_workers set heartbeat_at = now() - interval '8 days' where pid < 3`);
  await engine.create(await engine.define([{}]));
  await engine.claim({ worker: ids[1]! });
  expect(await workers.countGone(7 * DAY)).toBe(1);
  expect(await workers.sweep(7 * DAY)).toBe(1);
  const left = await engine.rows<{ id: number }>('select worker_id as id from tasker_workers order by 1');
  expect(left.map(({ id }) => id)).toEqual(ids.slice(1));
});
