import { FakeClock } from 'nestjs-tasker/testing';
import { type DataSource } from 'typeorm';
import { DoctorService } from '../../src/engine/doctor.service.js';
import { connectDatabase } from '../../src/persistence/connect.js';
import { CHECKS } from '../../src/persistence/doctor/checks.js';
import { Notifications } from '../../src/persistence/notifications.js';
import { FAULTS } from '../persistence/doctor/faults.js';
import { newTask, register } from '../persistence/doctor/faults/plant.js';
import { Engine, START } from '../persistence/support/engine.js';
import { CHAIN } from '../persistence/support/workflow.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const POISON_LIMIT = 3;

let database: TestDatabase;
let engine: Engine;
let owned: DataSource;
let doctor: DoctorService;

beforeAll(async () => {
  database = await createTestDatabase();
  engine = await Engine.open(database.url);
  const connected = await connectDatabase({ url: database.url, poolSize: 2 }, undefined);
  owned = connected.owned!;
  const notifications = new Notifications(connected.database);
  doctor = new DoctorService(connected.database, new FakeClock(START), notifications, POISON_LIMIT);
});
beforeEach(async () => {
  await engine.rows('truncate tasker_task_namespaces, tasker_dependent_systems, tasker_workers, tasker_audit cascade');
  await engine.rows(`insert into tasker_task_namespaces (name) values ('default')`);
});
afterAll(async () => {
  await owned.destroy();
  await engine.close();
  await database.drop();
});

/** Takes rules of the schema away for as long as `work` takes; the rows that broke them go with it. */
async function without(rules: readonly string[], work: () => Promise<void>): Promise<void> {
  const dropped = await engine.rows<{ table: string; name: string; rule: string }>(
    `select conrelid::regclass::text as "table", conname as name, pg_get_constraintdef(oid) as rule
     from pg_constraint
     where conrelid in ('tasker_workflow_steps'::regclass, 'tasker_tasks'::regclass)
       and exists (select from unnest($1::text[]) r where strpos(pg_get_constraintdef(oid), r) > 0)`,
    [rules],
  );
  expect(dropped).toHaveLength(rules.length);
  for (const { table, name } of dropped) await engine.rows(`alter table ${table} drop constraint ${name}`);
  try {
    await work();
  } finally {
    await engine.rows('delete from tasker_tasks');
    for (const { table, name, rule } of dropped) {
      await engine.rows(`alter table ${table} add constraint ${name} ${rule}`);
    }
  }
}

it('has a planted fault for every check', () => {
  expect([...new Set(FAULTS.map(({ code }) => code))].sort()).toEqual(CHECKS.map(({ code }) => code).sort());
});

it.each(FAULTS)('sees $code ($what), and repairs it: $fixed', async ({ code, rules = [], given, plant, fixed }) => {
  await given?.(engine);
  await without(rules, async () => {
    const id = await plant(engine);
    const { problems } = await doctor.examine();
    const problem = problems.find(({ check }) => check.code === code);
    expect(problem).toMatchObject({ total: 1, findings: [expect.objectContaining({ id })] });

    const repaired = await doctor.repair();
    expect(repaired.failures).toEqual(new Map());
    const done = repaired.fixed.find(({ check }) => check.code === code);
    if (fixed) {
      expect(repaired.problems).toEqual([]);
      expect(done).toMatchObject({ total: 1, findings: [expect.objectContaining({ id })] });
    } else {
      expect(repaired.problems.map(({ check }) => check.code)).toContain(code);
      expect(done).toBeUndefined();
    }
  });
});

it('finds nothing, and has nothing to repair, after real runs', async () => {
  await newTask(engine);
  await engine.run(await register(engine));
  await newTask(engine);
  const { tasks, steps, problems } = await doctor.examine();
  expect({ tasks, steps, problems }).toEqual({ tasks: 2, steps: 6, problems: [] });
  expect(await doctor.repair()).toMatchObject({ problems: [], fixed: [] });
  expect(await engine.rows('select from tasker_audit')).toEqual([]);
});

it('keeps the promise of the history when it gives a failed step its attempt back', async () => {
  const task = await newTask(engine);
  const worker = await register(engine);
  const [claim] = await engine.claim({ worker });
  await engine.advance([[claim!, { outcome: 'retry', delay_ms: 60_000 }]], { worker });
  await engine.rows('update tasker_workflow_steps set ready_at = null, queue_at = null where position = 0');
  await doctor.repair();
  expect((await engine.steps(task))[0]!.ready_at).toEqual(new Date(START.getTime() + 60_000));
});

it('wakes a step of a resumed task when it was due, and holds back those of a paused one', async () => {
  const [due, paused] = [await newTask(engine), await newTask(engine)];
  await engine.rows(`update tasker_workflow_steps set ready_at = 'infinity' where task_id = $1 and position = 0`, [
    due,
  ]);
  await engine.rows('update tasker_tasks set paused_at = now() where task_id = $1', [paused]);
  await doctor.repair();
  expect((await engine.steps(due))[0]!.ready_at).toEqual(START);
  expect((await engine.steps(paused))[0]!.ready_at).toBe(Infinity);
});

it('does not count the attempt that a stopped worker left behind, but that of a dead one', async () => {
  const [left, dead] = [await newTask(engine), await newTask(engine)];
  const [one, other] = [await register(engine), await register(engine)];
  await engine.claim({ worker: one, limit: 1 });
  await engine.claim({ worker: other, limit: 1 });
  await engine.rows('update tasker_workers set stopped_at = now() where worker_id = $1', [one]);
  await engine.rows(`update tasker_workflow_steps set claim_expires_at = '2030-01-01' where claimed_by = $1`, [other]);
  await doctor.repair();
  expect((await engine.steps(left))[0]).toMatchObject({ state: 'pending', attempts: 0, claimed_by: null });
  expect((await engine.steps(dead))[0]).toMatchObject({ state: 'error', attempts: 1, ready_at: START });
});

it('leaves a task alone of which it cannot know what is right, and repairs the others', async () => {
  const [doubtful, sound] = [await newTask(engine), await newTask(engine)];
  await engine.rows('update tasker_tasks set live_steps = 7');
  await engine.rows(
    `delete from tasker_workflow_step_edges
     where to_step_id = (select workflow_step_id from tasker_workflow_steps where task_id = $1 and position = 1)`,
    [doubtful],
  );
  const { fixed, problems } = await doctor.repair();
  expect(fixed.map(({ check, findings }) => [check.code, findings.map(({ id }) => id)])).toEqual([
    ['wrong-live-steps', [sound]],
  ]);
  expect(problems.find(({ check }) => check.code === 'wrong-live-steps')).toMatchObject({
    findings: [{ id: doubtful }],
    left: expect.stringContaining('in doubt') as string,
  });
});

it('goes on when one task cannot be repaired, and says why', async () => {
  const [broken, other] = [await newTask(engine), await newTask(engine)];
  await engine.rows('update tasker_tasks set live_steps = 7');
  await engine.rows(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'task % is under a spell', old.task_id; end $$`);
  await engine.rows(`create trigger refuse before update on tasker_tasks for each row
    when (old.task_id = ${broken}) execute function refuse()`);
  try {
    const { failures, problems } = await doctor.repair();
    expect([...failures]).toEqual([[broken, `task ${broken} is under a spell`]]);
    expect(problems).toMatchObject([{ total: 1, findings: [{ id: broken }] }]);
    expect(await engine.task(other)).toMatchObject({ live_steps: 1 });
  } finally {
    await engine.rows('drop function refuse cascade');
  }
});

it('names as many rows as it is asked to, and counts the rest', async () => {
  const workflow = await engine.define(CHAIN);
  await engine.createMany(Array.from({ length: 30 }, () => engine.request(workflow)));
  await engine.rows('update tasker_tasks set total_steps = 4');
  const { problems } = await doctor.examine({ limit: 5 });
  expect(problems).toMatchObject([{ total: 30 }]);
  expect(problems[0]!.findings).toHaveLength(5);
  const { fixed } = await doctor.repair({ limit: 5 });
  expect(fixed).toMatchObject([{ total: 30 }]);
  expect(fixed[0]!.findings).toHaveLength(5);
});

it('keeps in the audit what it repaired', async () => {
  await newTask(engine);
  await engine.rows('update tasker_tasks set total_steps = 4, live_steps = 4');
  await doctor.repair();
  expect(await engine.rows('select action, subject, metadata from tasker_audit')).toEqual([
    { action: 'repair', subject: 'doctor', metadata: { 'wrong-total-steps': 1, 'wrong-live-steps': 1 } },
  ]);
});
