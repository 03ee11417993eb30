import { newTask, register } from '../persistence/doctor/faults/plant.js';
import { Engine } from '../persistence/support/engine.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { tasker } from '../support/tasker-command.js';

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createTestDatabase();
  engine = await Engine.open(database.url);
});
beforeEach(() => engine.rows('delete from tasker_tasks'));
afterAll(async () => {
  await engine.close();
  await database.drop();
});

const doctor = (...args: string[]) => tasker(database.url, 'doctor', ...args);

it('says that all is well and exits with 0', async () => {
  await newTask(engine);
  await engine.run(await register(engine));
  expect(await doctor()).toEqual({ code: 0, lines: ['All is well: 1 task with 3 steps in schema "public".'] });
});

it('names the rows, what it means and the repair, and exits with 1', async () => {
  const task = await newTask(engine);
  const [first] = await engine.steps(task);
  await engine.rows('update tasker_workflow_steps set ready_at = null, queue_at = null where position = 0');
  const { code, lines } = await doctor('--limit', '5');
  expect(code).toBe(1);
  expect(lines).toEqual([
    '3 rows of 1 task with 3 steps in schema "public" are not as they must be:',
    '',
    'When steps run',
    '  1 step: it must hold that a step that waits for nothing has a wake-up (step-without-wakeup)',
    '    Nobody would ever run these steps, and their tasks would never end.',
    `      step ${first!.workflow_step_id} of task ${task}: is without a ready_at; must be with one`,
    '',
    'What is counted',
    '  1 task: it must hold that live_steps counts what runs or will (wrong-live-steps)',
    '    The task ends too early, or never.',
    `      task ${task}: is 1; must be 0`,
    '',
    'Where tasks stand',
    '  1 task: it must hold that a task is open only as long as something runs or will (stuck-task)',
    '    Nothing of them runs, is due or waits for a time: they would stay open for ever.',
    `      task ${task}: is pending, nothing runs or will; must be a final state`,
    '',
    'Repair what can be repaired without guessing with: tasker doctor --fix',
  ]);
});

it('repairs, says what, and exits with 0 when nothing is left', async () => {
  const task = await newTask(engine);
  const [first] = await engine.steps(task);
  await engine.rows('update tasker_workflow_steps set ready_at = null, queue_at = null where position = 0');
  const { code, lines } = await doctor('--fix');
  expect(code).toBe(0);
  expect(lines[0]).toBe('Repaired:');
  expect(lines).toContain('  1 step: a step that waits for nothing has a wake-up (step-without-wakeup)');
  expect(lines).toContain(`      step ${first!.workflow_step_id} of task ${task}`);
  expect(lines.at(-1)).toBe('All is well: 1 task with 3 steps in schema "public".');
});

it('says what it leaves and why, and exits with 1', async () => {
  const task = await newTask(engine);
  await engine.rows(`update tasker_task_transitions set from_state = 'pending'`);
  const { code, lines } = await doctor('--fix');
  expect(code).toBe(1);
  expect(lines).toContain(`      task ${task}: is pending; must be nothing`);
  expect(lines).toContain('    left as it is: a history is evidence and is not rewritten');
});

it('takes back what dead workers hold, and gives up what took too many of them down', async () => {
  for (const [args, state] of [
    [['--poison-limit', '9'], { state: 'error', ready_at: expect.any(Date) as Date }],
    [[], { state: 'error', ready_at: null, error: { errorCode: 'WORKER_LOST', permanent: true } }],
  ] as const) {
    await engine.rows('delete from tasker_tasks');
    const task = await newTask(engine, [{ retryLimit: 9 }]);
    await engine.claim({ worker: await register(engine) });
    await engine.rows(
      `update tasker_workflow_steps set worker_losses = 2, claim_expires_at = now() - interval '1 h' where task_id = $1`,
      [task],
    );
    expect(await doctor('--fix', ...args)).toMatchObject({ code: 0 });
    expect(await engine.steps(task)).toMatchObject([state]);
  }
});

it('prints JSON for programs', async () => {
  const task = await newTask(engine);
  await engine.rows('update tasker_tasks set total_steps = 4');
  const before = await doctor('--json');
  expect(before.code).toBe(1);
  const problem = { code: 'wrong-total-steps', group: 'counters', subject: 'task', repairable: true, total: 1 };
  expect(JSON.parse(before.lines.join(''))).toMatchObject({
    clean: false,
    schema: 'public',
    tasks: 1,
    steps: 3,
    problems: [{ ...problem, findings: [{ id: task, taskId: task, found: '4', expected: '3' }] }],
  });
  const after = await doctor('--fix', '--json');
  expect(after.code).toBe(0);
  expect(JSON.parse(after.lines.join(''))).toMatchObject({
    clean: true,
    problems: [],
    fixed: [{ code: 'wrong-total-steps', total: 1 }],
    failures: [],
  });
});

it('exits with 2 when it is called wrongly', async () => {
  expect(await doctor('--limit', 'many')).toMatchObject({ code: 2 });
  expect(await doctor('--fixx')).toMatchObject({ code: 2 });
  expect(await tasker(undefined, 'doctor')).toMatchObject({
    code: 2,
    lines: [expect.stringContaining('NO_DATABASE_URL')],
  });
});

it('does not look at tables of another version', async () => {
  const empty = await createEmptyDatabase();
  const { code, lines } = await tasker(empty.url, 'doctor');
  expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining('MIGRATIONS_PENDING')] });
  await empty.drop();
});
