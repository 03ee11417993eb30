import { LEASE_MS, START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN } from './support/workflow.js';

const test = useEngine();
const FIVE_ROOTS = [{}, {}, {}, {}, {}];

describe('a claim', () => {
  it('counts the attempt, starts the lease, writes the history and starts the task', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    const now = engine.after(5);
    const claims = await engine.claim({ worker: 7 });
    const [step] = await engine.steps(id);
    expect(claims).toEqual([
      {
        workflow_step_id: step!.workflow_step_id,
        task_id: id,
        position: 0,
        attempt: 1,
        retryable: true,
        retry_limit: 3,
        inputs: null,
        token: 2,
        was: 'pending',
        // The task's second row: it starts with this claim.
        started: 2,
        at: now,
      },
    ]);
    expect(step).toMatchObject({
      state: 'in_progress',
      attempts: 1,
      claimed_by: 7,
      claim_expires_at: new Date(now.getTime() + LEASE_MS),
      last_attempted_at: now,
      ready_at: null,
    });
    expect(await engine.stepHistory(id, 0)).toEqual([
      { from: null, to: 'pending', metadata: {} },
      { from: 'pending', to: 'in_progress', metadata: { attempt: 1, worker: 7 } },
    ]);
    expect(await engine.task(id)).toMatchObject({ state: 'in_progress', started_at: now, live_steps: 1 });
    expect(await engine.taskHistory(id)).toEqual([
      { from: null, to: 'pending', metadata: {} },
      { from: 'pending', to: 'in_progress', metadata: { worker: 7 } },
    ]);
  });

  it('takes what is due at this very moment, and nothing before it', async () => {
    const { engine } = test;
    await engine.create(await engine.define(CHAIN), { run_at: new Date(START.getTime() + 1) });
    expect(await engine.claim()).toEqual([]);
    engine.after(0.001);
    expect(await engine.claim()).toHaveLength(1);
  });

  it('starts a task once, however many of its steps are claimed and when', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(FIVE_ROOTS));
    expect(await engine.claim({ limit: 2 })).toHaveLength(2);
    const later = engine.after(1);
    expect(await engine.claim({ limit: 2 })).toHaveLength(2);
    expect((await engine.task(id)).started_at).toEqual(START);
    expect(await engine.taskHistory(id)).toHaveLength(2);
    expect((await engine.steps(id)).map((step) => step.last_attempted_at)).toEqual([START, START, later, later, null]);
  });

  it('takes nothing twice, and nothing at all when the limit is 0', async () => {
    const { engine } = test;
    await engine.create(await engine.define(FIVE_ROOTS));
    expect(await engine.claim({ limit: 0 })).toEqual([]);
    expect(await engine.claim({ limit: 3 })).toHaveLength(3);
    expect(await engine.claim({ limit: 3 })).toHaveLength(2);
    expect(await engine.claim({ limit: 3 })).toEqual([]);
  });

  it('of a failed step goes through pending in the history, and forgets the delay that was asked for', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}]));
    const [first] = await engine.claim();
    await engine.advance([[first!, { outcome: 'retry', delay_ms: 4000, requested_seconds: 4 }]]);
    expect((await engine.steps(id))[0]).toMatchObject({ state: 'error', backoff_request_seconds: 4 });
    engine.after(4);
    const [second] = await engine.claim({ worker: 2 });
    expect(second).toMatchObject({ workflow_step_id: first!.workflow_step_id, attempt: 2 });
    expect((await engine.steps(id))[0]).toMatchObject({ state: 'in_progress', backoff_request_seconds: null });
    expect((await engine.stepHistory(id, 0)).slice(3)).toEqual([
      { from: 'error', to: 'pending', metadata: { attempt: 2, cause: 'retry' } },
      { from: 'pending', to: 'in_progress', metadata: { attempt: 2, worker: 2 } },
    ]);
  });
});

describe('the order', () => {
  it('is by priority, then by how long a step has been due, then by age', async () => {
    const { engine } = test;
    const workflow = await engine.define([{}]);
    const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);
    const rows = await engine.createMany([
      engine.request(workflow, { run_at: at(3) }),
      engine.request(workflow, { run_at: at(2) }),
      engine.request(workflow, { priority: 9, run_at: at(4) }),
      engine.request(workflow, { priority: -1, run_at: at(1) }),
      engine.request(workflow, { run_at: at(2) }),
    ]);
    engine.after(10);
    const order: number[] = [];
    for (let i = 0; i < 5; i++) order.push((await engine.claim({ limit: 1 }))[0]!.task_id);
    expect(order).toEqual([2, 1, 4, 0, 3].map((index) => rows[index]!.task_id));
  });

  it('holds across lanes: the limit goes to what is first, wherever it stands', async () => {
    const { engine } = test;
    const workflow = await engine.define([{ handler: 'a' }, { handler: 'b' }]);
    const low = await engine.create(workflow, { priority: 1 });
    const high = await engine.create(workflow, { priority: 2 });
    expect((await engine.claim({ limit: 3 })).map((claim) => claim.task_id)).toEqual([high, high, low]);
  });
});

describe('lanes', () => {
  it('bound what a worker takes: those it names, and none when it names none', async () => {
    const { engine } = test;
    const workflow = await engine.define([{ handler: 'a' }, { handler: 'b' }, { handler: 'c' }]);
    await engine.create(workflow);
    const [a, , c] = workflow.lanes as [number, number, number];
    expect(await engine.claim({ lanes: [] })).toEqual([]);
    expect(await engine.claim({ lanes: [-1] })).toEqual([]);
    expect((await engine.claim({ lanes: [c, a] })).map((claim) => claim.position)).toEqual([0, 2]);
    expect((await engine.claim()).map((claim) => claim.position)).toEqual([1]);
  });

  it('that are named twice give nothing twice', async () => {
    const { engine } = test;
    const workflow = await engine.define(FIVE_ROOTS);
    await engine.create(workflow);
    const lanes = [workflow.lanes[0]!, workflow.lanes[0]!];
    expect(await engine.claim({ lanes, limit: 2 })).toHaveLength(2);
    expect(await engine.claim({ lanes })).toHaveLength(3);
  });
});

describe('several workers', () => {
  it('skip what another is just taking, without waiting for it', async () => {
    const { engine } = test;
    const other = await test.another();
    await engine.create(await engine.define(FIVE_ROOTS));
    await engine.claim({ limit: 1 });
    await other.rows('begin');
    const theirs = await other.claim({ worker: 2, limit: 2 });
    const ours = await engine.claim({ worker: 1 });
    await other.rows('commit');
    expect([theirs.length, ours.length]).toEqual([2, 2]);
    expect(new Set([...theirs, ...ours].map((claim) => claim.workflow_step_id)).size).toBe(4);
  });

  it('that claim at the same time share the work out, each step to one of them', async () => {
    const { engine } = test;
    const workflow = await engine.define(FIVE_ROOTS);
    await engine.createMany(Array.from({ length: 40 }, () => engine.request(workflow)));
    const workers = await Promise.all(Array.from({ length: 4 }, () => test.another()));
    const taken = await Promise.all(
      workers.map(async (worker, index) => {
        const mine: number[] = [];
        for (let idle = 0; idle < 3;) {
          const claims = await worker.claim({ worker: index + 1, limit: 7 });
          mine.push(...claims.map((claim) => claim.workflow_step_id));
          idle = claims.length === 0 ? idle + 1 : 0;
        }
        return mine;
      }),
    );
    expect(taken.flat()).toHaveLength(200);
    expect(new Set(taken.flat()).size).toBe(200);
    const rows = await engine.rows<{ claimed_by: number; n: number }>(
      'select claimed_by, count(*)::integer as n from tasker_workflow_steps group by 1 order by 1',
    );
    expect(rows).toEqual(
      taken.flatMap((mine, index) => (mine.length > 0 ? [{ claimed_by: index + 1, n: mine.length }] : [])),
    );
  });

  it('leave a pending task whose row is busy for the next claim, and take the others', async () => {
    const { engine } = test;
    const other = await test.another();
    const workflow = await engine.define(CHAIN);
    const [busy, free] = [await engine.create(workflow), await engine.create(workflow)];
    await other.rows('begin');
    await other.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [busy]);
    expect((await engine.claim()).map((claim) => claim.task_id)).toEqual([free]);
    await other.rows('rollback');
    expect((await engine.claim()).map((claim) => claim.task_id)).toEqual([busy]);
  });

  it('do not wait for the row of a task that already runs', async () => {
    const { engine } = test;
    const other = await test.another();
    const id = await engine.create(await engine.define(FIVE_ROOTS));
    await engine.claim({ limit: 1 });
    await other.rows('begin');
    await other.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [id]);
    expect(await engine.claim()).toHaveLength(4);
    await other.rows('rollback');
  });

  it('never take a step of a task that has ended', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(FIVE_ROOTS));
    await engine.rows('begin');
    await engine.rows(`update tasker_tasks set state = 'resolved_manually' where task_id = $1`, [id]);
    expect(await engine.claim()).toEqual([]);
    await engine.rows('rollback');
  });
});
