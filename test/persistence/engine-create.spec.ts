import { START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN, DIAMOND } from './support/workflow.js';

const test = useEngine();

describe('a new task', () => {
  it('has its steps by position, its edges, its counters and the first row of every history', async () => {
    const { engine } = test;
    const workflow = await engine.define(DIAMOND);
    const id = await engine.create(workflow, { context: { order: 7 }, tags: ['a'], priority: 5 });
    expect(await engine.task(id)).toMatchObject({
      state: 'pending',
      definition_id: workflow.definitionId,
      total_steps: 4,
      open_steps: 4,
      live_steps: 1,
      failed_steps: 0,
      transition_count: 1,
      context: { order: 7 },
      priority: 5,
      requested_at: START,
      started_at: null,
      finished_at: null,
    });
    const steps = await engine.steps(id);
    expect(steps.map((step) => step.position)).toEqual([0, 1, 2, 3]);
    expect(steps.map((step) => step.pending_parents)).toEqual([0, 1, 1, 2]);
    expect(steps.map((step) => step.ready_at)).toEqual([START, null, null, null]);
    expect(steps.map(({ state, attempts }) => [state, attempts])).toEqual(steps.map(() => ['pending', 0]));
    const edges = await engine.rows(
      `select f.position as "from", t.position as "to" from tasker_workflow_step_edges e
       join tasker_workflow_steps f on f.workflow_step_id = e.from_step_id
       join tasker_workflow_steps t on t.workflow_step_id = e.to_step_id where e.task_id = $1 order by 1, 2`,
      [id],
    );
    expect(edges).toEqual([
      { from: 0, to: 1 },
      { from: 0, to: 2 },
      { from: 1, to: 3 },
      { from: 2, to: 3 },
    ]);
    expect(await engine.taskHistory(id)).toEqual([{ from: null, to: 'pending', metadata: {} }]);
    expect(await engine.stepHistory(id, 3)).toEqual([{ from: null, to: 'pending', metadata: {} }]);
  });

  it('takes retryable, limit and skippable of each step from its definition', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{ retryable: false, retryLimit: 1 }, { retryLimit: 9 }]));
    const steps = await engine.steps(id);
    expect(steps.map(({ retryable, retry_limit }) => [retryable, retry_limit])).toEqual([
      [false, 1],
      [true, 9],
    ]);
  });

  it('may name a parent that stands behind it in the definition', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{ parents: [1] }, {}]));
    expect((await engine.steps(id)).map((step) => step.pending_parents)).toEqual([1, 0]);
  });

  it('starts when it is told to, and all behind its first steps when those are done', async () => {
    const { engine } = test;
    const later = new Date(START.getTime() + 60_000);
    const id = await engine.create(await engine.define(CHAIN), { run_at: later });
    expect((await engine.steps(id)).map((step) => step.ready_at)).toEqual([later, null, null]);
    expect((await engine.task(id)).requested_at).toEqual(START);
    expect(await engine.claim()).toEqual([]);
    engine.after(60);
    expect(await engine.claim()).toHaveLength(1);
  });

  it("takes the database's clock when it is given no instant", async () => {
    const { engine } = test;
    engine.now = null;
    const id = await engine.create(await engine.define(CHAIN));
    const [row] = await engine.rows<{ fresh: boolean }>(
      `select abs(extract(epoch from clock_timestamp() - created_at)) < 60 as fresh from tasker_tasks where task_id = $1`,
      [id],
    );
    expect(row).toEqual({ fresh: true });
  });
});

describe('a batch', () => {
  it('gives ids in the order of the list, and step ids in the order of tasks and positions', async () => {
    const { engine } = test;
    const [a, b] = [await engine.define(DIAMOND), await engine.define(CHAIN)];
    const requests = Array.from({ length: 300 }, (_, i) => engine.request(i % 2 === 0 ? a : b, { context: { i } }));
    const rows = await engine.createMany(requests);
    expect(rows.map((row) => row.ordinal)).toEqual(requests.map((_, i) => i));
    expect(rows.map((row) => row.task_id)).toEqual(rows.map((row) => row.task_id).sort((x, y) => x - y));
    expect(new Set(rows.map((row) => row.task_id)).size).toBe(300);
    expect((await engine.task(rows[123]!.task_id)).context).toEqual({ i: 123 });
    const ordered = await engine.rows(
      `select bool_and(workflow_step_id > before) is true as ordered from (
         select workflow_step_id, lag(workflow_step_id) over (order by task_id, position) as before
         from tasker_workflow_steps) s where before is not null`,
    );
    expect(ordered).toEqual([{ ordered: true }]);
  });

  it('makes one task of the elements that share an identity: the first of them', async () => {
    const { engine } = test;
    const [a, b] = [await engine.define(CHAIN), await engine.define(DIAMOND)];
    const rows = await engine.createMany([
      engine.request(a, { identity: 'same', context: { n: 1 } }),
      engine.request(a, { identity: 'other' }),
      engine.request(b, { identity: 'same', context: { n: 2 }, run_at: new Date(START.getTime() + 1000) }),
    ]);
    expect(rows.map((row) => row.created)).toEqual([true, true, false]);
    expect(rows[2]!.task_id).toBe(rows[0]!.task_id);
    expect(await engine.task(rows[0]!.task_id)).toMatchObject({ context: { n: 1 }, total_steps: 3 });
    expect((await engine.steps(rows[0]!.task_id))[0]!.ready_at).toEqual(START);
  });

  it('gives back the task that was there before, and changes nothing of it', async () => {
    const { engine } = test;
    const workflow = await engine.define(CHAIN);
    const first = await engine.create(workflow, { identity: 'same', context: { n: 1 } });
    const rows = await engine.createMany([
      engine.request(workflow, { identity: 'new' }),
      engine.request(workflow, { identity: 'same', context: { n: 2 } }),
    ]);
    expect(rows.map((row) => row.created)).toEqual([true, false]);
    expect(rows[1]!.task_id).toBe(first);
    expect((await engine.task(first)).context).toEqual({ n: 1 });
    expect(await engine.rows('select 1 from tasker_tasks')).toHaveLength(2);
  });

  it('that rejects duplicates creates nothing when there is one, and names the task', async () => {
    const { engine } = test;
    const workflow = await engine.define(CHAIN);
    const first = await engine.create(workflow, { identity: 'same' });
    const batch = [engine.request(workflow), engine.request(workflow, { identity: 'same', reject: true })];
    await expect(engine.createMany(batch)).rejects.toMatchObject({ code: 'TSK01', detail: String(first) });
    expect(await engine.rows('select 1 from tasker_tasks')).toHaveLength(1);
  });
});

describe('two creators of the same identity at once', () => {
  it('make one task: the second waits for the first and finds it', async () => {
    const { engine } = test;
    const other = await test.another();
    const request = engine.request(await engine.define(CHAIN), { identity: 'same' });
    await other.rows('begin');
    const [first] = await other.createMany([request]);
    const second = engine.createMany([request]);
    await test.blocked();
    await other.rows('commit');
    expect(await second).toEqual([{ ordinal: 0, task_id: first!.task_id, created: false }]);
  });

  it('make one task also when the first takes it back', async () => {
    const { engine } = test;
    const other = await test.another();
    const request = engine.request(await engine.define(CHAIN), { identity: 'same' });
    await other.rows('begin');
    await other.createMany([request]);
    const second = engine.createMany([request]);
    await test.blocked();
    await other.rows('rollback');
    expect(await second).toMatchObject([{ ordinal: 0, created: true }]);
    expect(await engine.rows('select 1 from tasker_tasks')).toHaveLength(1);
  });
});

describe('steps that the request leaves out', () => {
  const BYPASSED = { cause: 'bypassed' };

  it('are skipped at once, and what follows them goes on', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND), { bypass: ['s0', 's2'] });
    const steps = await engine.steps(id);
    expect(steps.map((step) => step.state)).toEqual(['skipped', 'pending', 'skipped', 'pending']);
    expect(steps.map((step) => step.ready_at)).toEqual([null, START, null, null]);
    expect(await engine.stepHistory(id, 0)).toEqual([
      { from: null, to: 'pending', metadata: {} },
      { from: 'pending', to: 'skipped', metadata: BYPASSED },
    ]);
    expect(await engine.task(id)).toMatchObject({ state: 'pending', total_steps: 4, open_steps: 2, live_steps: 1 });
    await engine.run();
    expect((await engine.task(id)).state).toBe('complete');
  });

  it('may be all of them: the task is complete, through every state between', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN), { bypass: ['s0', 's1', 's2'] });
    expect(await engine.task(id)).toMatchObject({ state: 'complete', finished_at: START, started_at: START });
    expect((await engine.taskHistory(id)).map((move) => move.to)).toEqual(['pending', 'in_progress', 'complete']);
  });

  it('do not make the task start before its time', async () => {
    const { engine } = test;
    const later = new Date(START.getTime() + 60_000);
    const id = await engine.create(await engine.define(CHAIN), { bypass: ['s0'], run_at: later });
    expect((await engine.steps(id)).map((step) => step.ready_at)).toEqual([null, later, null]);
  });
});
