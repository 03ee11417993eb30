import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectInvariants, findViolations } from '../support/invariants.js';
import { Engine } from './support/engine.js';
import { CHAIN } from './support/workflow.js';

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = await Engine.open(database.url);
});
beforeEach(async () => {
  await engine.rows('delete from tasker_tasks');
  await engine.create(await engine.define(CHAIN));
});
afterAll(async () => {
  await engine.close();
  await database.drop();
});

// That each rule is seen to be broken when it is, is held by the test of the doctor, whose rules they are.
it('names the broken rule and the row that breaks it, also within an open transaction', async () => {
  await expectInvariants(database.url);
  await engine.rows('begin');
  await engine.rows('update tasker_workflow_steps set ready_at = null where position = 0');
  const [{ workflow_step_id: id }] = (await engine.rows<{ workflow_step_id: number }>(
    'select workflow_step_id from tasker_workflow_steps where position = 0',
  )) as [{ workflow_step_id: number }];
  expect(await findViolations(engine.client)).toContainEqual({
    id: `step ${id}`,
    rule: 'a step that waits for nothing has a wake-up',
    found: 'without a ready_at',
    expected: 'with one',
  });
  await expect(expectInvariants(engine.client)).rejects.toThrow('a step that waits for nothing has a wake-up');
  await engine.rows('rollback');
  await expectInvariants(engine.client);
});

it('names twenty rows at the most', async () => {
  const workflow = await engine.define(CHAIN);
  await engine.createMany(Array.from({ length: 30 }, () => engine.request(workflow)));
  await engine.rows('update tasker_tasks set total_steps = 4, live_steps = 2');
  expect(await findViolations(database.url)).toHaveLength(20);
});

it('does not ask who claims: tests do so in the name of workers that never were', async () => {
  await engine.claim({ worker: 999_999 });
  await expectInvariants(database.url);
});

it('looks into the schema it is told', async () => {
  await expect(expectInvariants(database.url, { schema: 'elsewhere' })).rejects.toThrow('elsewhere');
  await expectInvariants(database.url, { schema: 'public' });
});
