import { LEASE_MS, START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;

describe('renew', () => {
  it('extends the leases a worker holds, says which, and beats its heart', async () => {
    const { engine } = test;
    const [{ worker }] = (await engine.rows(
      `insert into tasker_workers (host, pid, version, concurrency, heartbeat_at) values ('h', 1, '1', 1, $1)
       returning worker_id as worker`,
      [START],
    )) as [{ worker: number }];
    const id = await engine.create(await engine.define([{}, {}]));
    const claims = await engine.claim({ worker });
    const now = engine.after(20);
    expect(await engine.renew(claims, worker)).toEqual(claims.map((claim) => claim.workflow_step_id));
    const steps = await engine.steps(id);
    expect(steps.map((step) => step.claim_expires_at)).toEqual(steps.map(() => new Date(now.getTime() + LEASE_MS)));
    const beats = await engine.rows('select heartbeat_at from tasker_workers where worker_id = $1', [worker]);
    expect(beats).toEqual([{ heartbeat_at: now }]);
  });

  it('leaves out what the worker no longer holds, and does not touch it', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}, {}, {}]));
    const claims = await engine.claim();
    await engine.operate(id, [0], 'cancelled');
    await engine.advance([[claims[1]!, { outcome: 'retry', delay_ms: 0 }]]);
    await engine.claim({ limit: 1 });
    const now = engine.after(20);
    expect(await engine.renew(claims)).toEqual([claims[2]!, claims[3]!].map((claim) => claim.workflow_step_id));
    expect(await engine.renew(claims, 2)).toEqual([]);
    const expiries = (await engine.steps(id)).map((step) => step.claim_expires_at?.getTime());
    const [old, renewed] = [START.getTime() + LEASE_MS, now.getTime() + LEASE_MS];
    expect(expiries).toEqual([undefined, old, renewed, renewed]);
  });

  it('never waits: a step whose row is busy is held with the lease it has', async () => {
    const { engine } = test;
    const other = await test.another();
    const id = await engine.create(await engine.define([{}, {}]));
    const claims = await engine.claim();
    await other.rows('begin');
    await other.rows('select 1 from tasker_workflow_steps where workflow_step_id = $1 for update', [
      claims[0]!.workflow_step_id,
    ]);
    const now = engine.after(20);
    expect(await engine.renew(claims)).toHaveLength(2);
    await other.rows('rollback');
    const expiries = (await engine.steps(id)).map((step) => step.claim_expires_at!.getTime());
    expect(expiries).toEqual([START.getTime() + LEASE_MS, now.getTime() + LEASE_MS]);
  });
});

describe('release', () => {
  it('hands claims back: due at once, the attempt not counted, told in the history', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    const claims = await engine.claim();
    const now = engine.after(3);
    expect(await engine.release(claims)).toEqual([claims[0]!.workflow_step_id]);
    expect((await engine.steps(id))[0]).toMatchObject({
      state: 'pending',
      attempts: 0,
      ready_at: now,
      claimed_by: null,
      claim_expires_at: null,
    });
    expect((await engine.stepHistory(id, 0)).at(-1)).toEqual({
      from: 'in_progress',
      to: 'pending',
      metadata: { attempt: 1, worker: 1, cause: 'handed_back' },
    });
    expect(await engine.task(id)).toMatchObject({ state: 'in_progress', live_steps: 1 });
    expect((await engine.claim({ worker: 2 }))[0]).toMatchObject({
      ...claims[0]!,
      attempt: 1,
      token: 4,
      started: null,
      at: now,
    });
  });

  it('leaves alone what another holds, what another attempt holds and what has ended', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}, {}]));
    const claims = await engine.claim();
    await engine.advance([[claims[2]!, COMPLETE]]);
    expect(await engine.release(claims, 2)).toEqual([]);
    const other = claims.map((claim) => ({ ...claim, attempt: 2 }));
    expect(await engine.release(other)).toEqual([]);
    expect(await engine.states(id)).toEqual(['in_progress', 'in_progress', 'complete']);
    expect(await engine.release(claims)).toHaveLength(2);
    expect(await engine.release(claims)).toEqual([]);
  });

  it('fences off the result of what was handed back', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}]));
    const claims = await engine.claim();
    await engine.release(claims);
    expect((await engine.advance([[claims[0]!, COMPLETE]])).map(({ kind }) => kind)).toEqual(['ready']);
    await engine.claim({ worker: 2 });
    expect((await engine.advance([[claims[0]!, COMPLETE]])).map(({ kind }) => kind)).toEqual(['ready']);
    expect(await engine.states(id)).toEqual(['in_progress']);
  });
});
