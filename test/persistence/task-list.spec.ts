import pg from 'pg';
import { DataSource } from 'typeorm';
import { TASK_STATES } from '../../src/core/states.js';
import { TaskerDatabase } from '../../src/persistence/database.js';
import { pageTasks, type TaskQuery } from '../../src/persistence/task-list.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const TASKS = Number(process.env.TASKER_LIST_TASKS ?? 20_000);

let database: TestDatabase;
let dataSource: DataSource;
let db: TaskerDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ label: 'task-list' });
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query(`
    insert into tasker_task_namespaces (name) select 'n' || g from generate_series(1, 20) g;
    insert into tasker_named_tasks (task_namespace_id, name, version)
      select task_namespace_id, 'w', '1.0.0' from tasker_task_namespaces;
    insert into tasker_task_definitions (named_task_id, content_hash, template)
      select named_task_id, repeat('0', 64), '{"steps": []}' from tasker_named_tasks`);
  await client.query(
    `insert into tasker_tasks (named_task_id, definition_id, state, total_steps, open_steps, live_steps, requested_at,
       created_at, initiator, correlation_id, identity_hash, tags, context)
     select d.named_task_id, d.definition_id,
       case when g % 1000 = 0 then 'error' when g % 500 = 1 then 'cancelled' when g % 100 = 2 then 'pending' else 'complete' end,
       0, 0, 0, now() - g * interval '1 second', now() - g * interval '1 second', 'i' || g % 500, 'c' || g, 'h' || g,
       case when g % 1000 = 5 then '["vip"]'::jsonb else '[]' end, '{}'
     from generate_series(1, $1::integer) g
     join lateral (select * from tasker_task_definitions order by definition_id offset g % 20 limit 1) d on true`,
    [TASKS],
  );
  await client.query('analyze');
  await client.end();
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  db = new TaskerDatabase(dataSource, 'public');
}, 120_000);
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** The plan of the statement that a page is read with. */
async function planOf(query: TaskQuery): Promise<{ text: string; rows: number }> {
  let plan: unknown = {};
  const asking = Object.create(db, {
    rows: {
      value: async (text: string, values: readonly unknown[]) => {
        if (!text.includes('order by')) return db.rows(text, values);
        const rows = await db.rows<{ 'QUERY PLAN': string }>(`explain (analyze, format json) ${text}`, values);
        plan = JSON.parse(rows[0]!['QUERY PLAN']);
        return [];
      },
    },
  }) as TaskerDatabase;
  await pageTasks(asking, query);
  const text = JSON.stringify(plan);
  const reads = [...text.matchAll(/"Relation Name":"tasker_tasks".*?"Actual Rows":([\d.]+)/g)].map(([, n]) =>
    Number(n),
  );
  const thrown = [...text.matchAll(/"Rows Removed by (?:Filter|Index Recheck)":([\d.]+)/g)].map(([, n]) => Number(n));
  return { text, rows: [...reads, ...thrown].reduce((sum, n) => sum + n, 0) };
}

const FILTERS: readonly (readonly [string, TaskQuery])[] = [
  ['nothing', {}],
  ['the last page', { sortOrder: 'desc' }],
  ...TASK_STATES.map((state) => [`state ${state}`, { states: [state] }] as const),
  ['two states', { states: ['error', 'cancelled'] }],
  ['an initiator', { initiator: 'i7' }],
  ['nobody', { initiator: 'nobody' }],
  ['a correlation id', { correlationId: 'c77' }],
  ['a workflow', { namespace: 'n3' }],
  ['a workflow that is not', { namespace: 'nowhere' }],
  ['a tag', { tags: ['vip'] }],
  ['a state of a workflow', { namespace: 'n3', states: ['pending'] }],
  ['a time', { createdAfter: new Date(Date.now() - 60_000) }],
  ['an annotation', { annotation: { type: 'support' } }],
];
const ORDERS: readonly TaskQuery[] = [
  {},
  { sortBy: 'created_at', sortOrder: 'desc' },
  { sortBy: 'requested_at' },
  { sortBy: 'initiator' },
];

describe.each(ORDERS)('sorted as %j, a list', (order) => {
  it.each(FILTERS)('of %s reads a part of the table', async (_name, query) => {
    const { text, rows } = await planOf({ ...order, ...query });
    expect(text).not.toMatch(/"Node Type":"Seq Scan"[^{}]*"Relation Name":"tasker_tasks"/);
    // What is selective is few; what is not is found at once. A workflow is a twentieth of the table.
    expect(rows).toBeLessThan(Math.max(3_000, TASKS / 10));
  });
});

it('reads no more of the table for a page far behind than for the first', async () => {
  for (const order of ORDERS) {
    let cursor: string | undefined;
    for (let page = 0; page < 20; page++) {
      const { nextCursor } = await pageTasks(db, { ...order, cursor, limit: 1_000 });
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    if (cursor === undefined) throw new Error('there was but one page');
    const { rows } = await planOf({ ...order, cursor });
    expect(rows).toBeLessThan(100);
  }
});
