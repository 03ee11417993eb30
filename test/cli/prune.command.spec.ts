import { register } from '../persistence/doctor/faults/plant.js';
import { Engine } from '../persistence/support/engine.js';
import { CHAIN } from '../persistence/support/workflow.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { tasker } from '../support/tasker-command.js';

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = await Engine.open(database.url);
  engine.now = null;
});
beforeEach(async () => {
  await engine.rows('delete from tasker_tasks');
  const workflow = await engine.define(CHAIN);
  await engine.createMany(Array.from({ length: 3 }, () => engine.request(workflow)));
  await engine.run(await register(engine));
  await engine.rows(
    `update tasker_tasks set finished_at = now() - interval '40 days', created_at = now() - interval '41 days'
     where task_id <> (select max(task_id) from tasker_tasks)`,
  );
});
afterAll(async () => {
  await engine.close();
  await database.drop();
});

const prune = (...args: string[]) => tasker(database.url, 'prune', ...args);
const count = async (table = 'tasker_tasks') => (await engine.rows(`select from ${table}`)).length;

it('says what it would delete, and deletes it only without --dry-run', async () => {
  expect(await prune('--older-than', '30d', '--dry-run')).toEqual({
    code: 0,
    lines: ['would delete 2 tasks of namespace default in complete'],
  });
  expect(await count()).toBe(3);
  expect(await prune('--older-than', '30d')).toEqual({
    code: 0,
    lines: ['deleted 2 tasks of namespace default in complete'],
  });
  expect(await count()).toBe(1);
  expect(await count('tasker_workflow_steps')).toBe(3);
});

it('deletes only what is named', async () => {
  expect((await prune('--older-than', '12h', '--namespace', 'other')).lines).toEqual(['deleted no task']);
  expect((await prune('--older-than', '12h', '--state', 'error', 'cancelled')).lines).toEqual(['deleted no task']);
  expect((await prune('--older-than', '60d')).lines).toEqual(['deleted no task']);
  const one = await prune('--older-than', '12h', '--namespace', 'other', 'default', '--state', 'complete', '--json');
  expect(JSON.parse(one.lines.join(''))).toEqual({
    dryRun: false,
    tasks: [{ namespace: 'default', state: 'complete', tasks: 2 }],
    workers: null,
    audit: null,
  });
});

it('forgets workers and audit when asked to', async () => {
  await engine.rows(`update tasker_workers set heartbeat_at = now() - interval '40 days'`);
  await engine.rows(`insert into tasker_audit (action, subject, created_at)
    values ('pause', 'fleet', now() - interval '40 days'), ('resume', 'fleet', now())`);
  const workers = await count('tasker_workers');
  const args = ['--older-than', '30d', '--workers', '--audit'];
  const expected = (done: string) => [
    `${done} 2 tasks of namespace default in complete`,
    `${done} ${workers} workers`,
    `${done} 1 entries of the audit`,
  ];
  expect((await prune(...args, '--dry-run')).lines).toEqual(expected('would delete'));
  expect((await prune(...args)).lines).toEqual(expected('deleted'));
  expect([await count('tasker_workers'), await count('tasker_audit')]).toEqual([0, 1]);
});

it.each([[[]], [['--older-than', 'long']], [['--older-than', '0d']], [['--older-than', '1d', '--state', 'pending']]])(
  'exits with 2 when it is called with %j',
  async (args) => {
    expect((await prune(...args)).code).toBe(2);
    expect(await count()).toBe(3);
  },
);
