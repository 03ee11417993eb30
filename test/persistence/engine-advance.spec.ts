import { type Claimed, LEASE_MS, START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN, DIAMOND, type StepShape } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: { ok: true } } as const;

/** A running task of the given steps, and the claims of those that are due. */
async function running(steps: readonly StepShape[]): Promise<{ id: number; claims: Claimed[] }> {
  const id = await test.engine.create(await test.engine.define(steps));
  return { id, claims: await test.engine.claim() };
}

describe('a result', () => {
  it('that is a success is kept, ends the claim and is told', async () => {
    const { engine } = test;
    const { id, claims } = await running(CHAIN);
    const now = engine.after(2);
    const [claim] = claims;
    expect(await engine.advance([[claim!, COMPLETE]])).toEqual([
      expect.objectContaining({
        kind: 'applied',
        task_id: id,
        workflow_step_id: claim!.workflow_step_id,
        position: 0,
        attempt: 1,
        state: 'complete',
        ready_at: null,
        // The step's third row.
        token: 3,
      }),
      expect.objectContaining({ kind: 'ready', position: 1, ready_at: now }),
    ]);
    expect((await engine.steps(id))[0]).toMatchObject({
      state: 'complete',
      results: { ok: true },
      error: null,
      processed_at: now,
      claimed_by: null,
      claim_expires_at: null,
    });
    expect((await engine.stepHistory(id, 0)).at(-1)).toEqual({
      from: 'in_progress',
      to: 'complete',
      metadata: { attempt: 1, worker: 1, duration_ms: 5 },
    });
  });

  it('of nothing is no results', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}]);
    await engine.advance([[claims[0]!, { outcome: 'complete', results: null }]]);
    expect((await engine.steps(id))[0]).toMatchObject({ state: 'complete', results: null });
  });

  it('that is a failure waits for the delay it came with, and the success that follows forgets it', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}]);
    const due = new Date(START.getTime() + 2500);
    const rows = await engine.advance([[claims[0]!, { outcome: 'retry', delay_ms: 2500, requested_seconds: 3 }]]);
    expect(rows).toMatchObject([
      { kind: 'applied', state: 'error', ready_at: due },
      { kind: 'ready', position: 0 },
    ]);
    expect((await engine.steps(id))[0]).toMatchObject({
      state: 'error',
      ready_at: due,
      attempts: 1,
      backoff_request_seconds: 3,
      error: { message: 'no' },
      processed_at: null,
    });
    expect((await engine.stepHistory(id, 0)).at(-1)!.metadata).toMatchObject({
      attempt: 1,
      worker: 1,
      duration_ms: 5,
      error: { message: 'no' },
    });
    expect(await engine.task(id)).toMatchObject({ state: 'in_progress', live_steps: 1, failed_steps: 0 });
    expect(await engine.claim()).toEqual([]);
    engine.after(2.5);
    const [again] = await engine.claim();
    await engine.advance([[again!, COMPLETE]]);
    expect((await engine.steps(id))[0]).toMatchObject({ state: 'complete', error: null, attempts: 2 });
    expect((await engine.task(id)).state).toBe('complete');
  });

  it.each([
    ['at its limit', { retryLimit: 1 }, 'retry'],
    ['of a step that is not retryable', { retryable: false }, 'retry'],
    ['that is permanent', {}, 'fail'],
  ] as const)('that is a failure %s is for good', async (_why, shape, outcome) => {
    const { engine } = test;
    const { id, claims } = await running([shape]);
    const now = engine.after(1);
    const rows = await engine.advance([[claims[0]!, { outcome }]]);
    expect(rows.map(({ kind, state }) => [kind, state])).toEqual([
      ['applied', 'error'],
      ['task', 'error'],
      ['ready', null],
    ]);
    expect((await engine.steps(id))[0]).toMatchObject({ state: 'error', ready_at: null, attempts: 1 });
    expect(await engine.task(id)).toMatchObject({ state: 'error', failed_steps: 1, live_steps: 0, finished_at: now });
  });

  it('counts as many attempts as the limit allows', async () => {
    const { engine } = test;
    const { id } = await running([{ retryLimit: 3 }]);
    const states: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      const claim = { ...(await engine.steps(id))[0]!, attempt };
      await engine.advance([[claim, { outcome: 'retry' }]]);
      states.push((await engine.task(id)).state);
      engine.after(1);
      await engine.claim();
    }
    expect(states).toEqual(['in_progress', 'in_progress', 'error']);
  });
});

describe('the fence', () => {
  const NOTHING = [expect.objectContaining({ kind: 'ready', position: 0 })];

  it('lets a result count once', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}]);
    const twice = [
      [claims[0]!, COMPLETE],
      [claims[0]!, COMPLETE],
    ] as const;
    expect((await engine.advance(twice)).filter(({ kind }) => kind === 'applied')).toHaveLength(1);
    expect(await engine.advance([[claims[0]!, { outcome: 'fail' }]])).toEqual(NOTHING);
    expect((await engine.task(id)).state).toBe('complete');
  });

  it('keeps out an attempt that is over', async () => {
    const { engine } = test;
    const { claims } = await running([{}]);
    await engine.advance([[claims[0]!, { outcome: 'retry', delay_ms: 0 }]]);
    const [second] = await engine.claim();
    expect(second!.attempt).toBe(2);
    expect(await engine.advance([[claims[0]!, COMPLETE]])).toEqual(NOTHING);
    expect(await engine.advance([[{ ...second!, attempt: 3 }, COMPLETE]])).toEqual(NOTHING);
    expect(await engine.advance([[second!, COMPLETE]])).not.toEqual(NOTHING);
  });

  it('keeps out another worker, also in a result that names its worker', async () => {
    const { engine } = test;
    const { claims } = await running([{}]);
    expect(await engine.advance([[claims[0]!, COMPLETE]], { worker: 2 })).toEqual(NOTHING);
    expect(await engine.advance([[claims[0]!, { ...COMPLETE, worker: 2 }]])).toEqual(NOTHING);
    expect(await engine.advance([[claims[0]!, { ...COMPLETE, worker: 1 }]], { worker: 2 })).not.toEqual(NOTHING);
  });

  it('keeps out the result of a step that was cancelled meanwhile', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}, {}]);
    await engine.operate(id, [0], 'cancelled');
    expect((await engine.advance([[claims[0]!, COMPLETE]])).map(({ kind }) => kind)).toEqual(['ready']);
    expect(await engine.states(id)).toEqual(['cancelled', 'in_progress']);
  });
});

describe('children', () => {
  it('are claimed for the worker that ended their last parent, as far as it has room', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}, { parents: [0] }, { parents: [0] }, { parents: [0] }]);
    const now = engine.after(1);
    const rows = await engine.advance([[claims[0]!, COMPLETE]], { capacity: 2 });
    expect(rows.map(({ kind, position, attempt }) => [kind, position, attempt])).toEqual([
      ['applied', 0, 1],
      ['claimed', 1, 1],
      ['claimed', 2, 1],
      ['ready', 1, null],
    ]);
    const steps = await engine.steps(id);
    expect(steps.map((step) => step.state)).toEqual(['complete', 'in_progress', 'in_progress', 'pending']);
    expect(steps[1]).toMatchObject({
      claimed_by: 1,
      claim_expires_at: new Date(now.getTime() + LEASE_MS),
      last_attempted_at: now,
      ready_at: null,
    });
    expect(steps[3]!.ready_at).toEqual(now);
    expect((await engine.stepHistory(id, 1)).at(-1)).toEqual({
      from: 'pending',
      to: 'in_progress',
      metadata: { attempt: 1, worker: 1 },
    });
    expect((await engine.task(id)).live_steps).toBe(3);
  });

  it('are left to others when the worker has no room or does not know their handler', async () => {
    const { engine } = test;
    const known = await engine.define([
      { handler: 'known' },
      { parents: [0], handler: 'unknown' },
      { parents: [0], handler: 'known' },
    ]);
    const id = await engine.create(known);
    const [claim] = await engine.claim();
    const rows = await engine.advance([[claim!, COMPLETE]], { capacity: 5, lanes: [known.lanes[0]!] });
    expect(rows.map(({ kind, position }) => [kind, position])).toEqual([
      ['applied', 0],
      ['claimed', 2],
      ['ready', 1],
    ]);
    expect((await engine.steps(id))[1]).toMatchObject({ state: 'pending', ready_at: START });
  });

  it('are left to others, not lost, when no lanes are given', async () => {
    const { engine } = test;
    const { id, claims } = await running(CHAIN);
    await engine.advance([[claims[0]!, COMPLETE]], { capacity: 5, lanes: null });
    expect((await engine.steps(id))[1]).toMatchObject({ state: 'pending', ready_at: START });
  });

  it('of higher priority come first when there is not room for all', async () => {
    const { engine } = test;
    const workflow = await engine.define(CHAIN);
    const [low, high] = [await engine.create(workflow), await engine.create(workflow, { priority: 3 })];
    const claims = await engine.claim();
    const rows = await engine.advance(
      claims.map((claim) => [claim, COMPLETE] as const),
      { capacity: 1 },
    );
    expect(rows.flatMap(({ kind, task_id }) => (kind === 'claimed' ? [task_id] : []))).toEqual([high]);
    expect((await engine.steps(low))[1]!.ready_at).toEqual(START);
  });

  it('of a join are due once, when both parents end in one batch', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}, {}, { parents: [0, 1] }]);
    const rows = await engine.advance(claims.map((claim) => [claim, COMPLETE] as const));
    expect(rows.at(-1)).toMatchObject({ kind: 'ready', position: 1 });
    expect((await engine.steps(id))[2]).toMatchObject({ pending_parents: 0, ready_at: START });
  });

  it('of a join are due once, when its parents end one after the other', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}, {}, { parents: [0, 1] }]);
    expect((await engine.advance([[claims[0]!, COMPLETE]])).at(-1)!.position).toBe(0);
    expect((await engine.steps(id))[2]).toMatchObject({ pending_parents: 1, ready_at: null });
    expect((await engine.advance([[claims[1]!, COMPLETE]])).at(-1)!.position).toBe(1);
    expect((await engine.steps(id))[2]).toMatchObject({ pending_parents: 0, ready_at: START });
  });

  it('wait on after a parent has failed', async () => {
    const { engine } = test;
    const { id, claims } = await running([{}, {}, { parents: [0, 1] }]);
    await engine.advance([
      [claims[0]!, COMPLETE],
      [claims[1]!, { outcome: 'fail' }],
    ]);
    expect((await engine.steps(id))[2]).toMatchObject({ state: 'pending', pending_parents: 1, ready_at: null });
    expect((await engine.task(id)).state).toBe('error');
  });
});

it('ends a mixed batch of many tasks in one go', async () => {
  const { engine } = test;
  const workflow = await engine.define(DIAMOND);
  const rows = await engine.createMany(Array.from({ length: 30 }, () => engine.request(workflow)));
  const claims = await engine.claim();
  const outcomes = ['complete', 'retry', 'fail'] as const;
  const applied = await engine.advance(
    claims.map((claim, i) => [claim, { outcome: outcomes[i % 3]! }] as const),
    {
      capacity: 5,
    },
  );
  const count = (kind: string) => applied.filter((row) => row.kind === kind).length;
  expect(['applied', 'claimed', 'task'].map(count)).toEqual([30, 5, 10]);
  expect(applied.at(-1)).toMatchObject({ kind: 'ready', position: 15 });
  const tasks = await engine.rows<{ state: string }>('select state from tasker_tasks order by task_id');
  expect(tasks.map(({ state }) => state)).toEqual(rows.map((_, i) => (i % 3 === 2 ? 'error' : 'in_progress')));
});

it('counts only with the token of its claim, when attempts were set back and the same worker holds the step again', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}]));
  const [first] = await engine.claim();
  await engine.release([first!]);
  const [second] = await engine.claim();
  expect(second).toMatchObject({ attempt: first!.attempt, workflow_step_id: first!.workflow_step_id });
  const late = { ...COMPLETE, token: (first as unknown as { token: number }).token };
  expect((await engine.advance([[first!, late]])).filter(({ kind }) => kind === 'applied')).toEqual([]);
  expect((await engine.states(id))[0]).toBe('in_progress');
});
