import { type Claimed, START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN, DIAMOND, type StepShape } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;

/** A task whose first step has failed for good. */
async function failed(steps: readonly StepShape[] = CHAIN): Promise<number> {
  const { engine } = test;
  const id = await engine.create(await engine.define(steps));
  const [claim] = (await engine.claim()) as [Claimed];
  await engine.advance([[claim, { outcome: 'fail' }]]);
  return id;
}

async function moves(id: number): Promise<string[]> {
  return (await test.engine.taskHistory(id)).map((move) => move.to);
}

describe('a task in error, once settled', () => {
  it('waits for a worker when a failed step was set back', async () => {
    const { engine } = test;
    const id = await failed();
    const now = engine.after(1);
    expect(await engine.operate(id, [0], 'pending')).toBe('pending');
    expect((await engine.steps(id))[0]!.ready_at).toEqual(now);
    expect(await engine.task(id)).toMatchObject({ failed_steps: 0, live_steps: 1, finished_at: null });
    expect(await moves(id)).toEqual(['pending', 'in_progress', 'error', 'pending']);
    await engine.run();
    expect((await engine.task(id)).state).toBe('complete');
  });

  it.each(['resolved_manually', 'skipped'] as const)('goes on behind a step that is %s', async (state) => {
    const { engine } = test;
    const id = await failed();
    expect(await engine.operate(id, [0], state)).toBe('pending');
    const steps = await engine.steps(id);
    expect(steps.map((step) => step.pending_parents)).toEqual([0, 0, 1]);
    expect(steps.map((step) => step.ready_at)).toEqual([null, START, null]);
    expect((await engine.task(id)).open_steps).toBe(2);
  });

  it('is complete, by way of every state between, when its only failed step was resolved', async () => {
    const { engine } = test;
    const id = await failed([{}]);
    expect(await engine.operate(id, [0], 'resolved_manually')).toBe('complete');
    expect(await moves(id)).toEqual(['pending', 'in_progress', 'error', 'pending', 'in_progress', 'complete']);
  });

  it('is cancelled when what had failed was cancelled', async () => {
    const { engine } = test;
    const id = await failed([{}]);
    expect(await engine.operate(id, [0], 'cancelled')).toBe('cancelled');
    expect(await moves(id)).toEqual(['pending', 'in_progress', 'error', 'cancelled']);
  });

  it('stays in error as long as another step has failed', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}]));
    await engine.advance((await engine.claim()).map((claim) => [claim, { outcome: 'fail' }] as const));
    const before = await engine.taskHistory(id);
    expect(await engine.operate(id, [0], 'resolved_manually')).toBe('error');
    expect(await engine.task(id)).toMatchObject({ failed_steps: 1, open_steps: 1 });
    expect(await engine.taskHistory(id)).toEqual(before);
  });

  it('that was resolved as a whole makes nothing due any more', async () => {
    const { engine } = test;
    const id = await failed(CHAIN);
    expect(await engine.operate(id, [0], 'resolved_manually', 'resolved_manually')).toBe('resolved_manually');
    expect((await engine.steps(id)).map((step) => step.ready_at)).toEqual([null, null, null]);
    expect((await engine.task(id)).live_steps).toBe(0);
  });
});

describe('a running task, once settled', () => {
  it('goes on beside a cancelled step', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND));
    await engine.advance([[(await engine.claim())[0]!, COMPLETE]]);
    expect(await engine.operate(id, [1], 'cancelled')).toBe('in_progress');
    const steps = await engine.steps(id);
    expect(steps.map((step) => step.state)).toEqual(['complete', 'cancelled', 'pending', 'pending']);
    expect(steps.map((step) => step.pending_parents)).toEqual([0, 0, 0, 2]);
    await engine.run();
    expect((await engine.task(id)).state).toBe('cancelled');
  });

  it('with everything cancelled is cancelled, also before it has started', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    expect(await engine.operate(id, [0, 1, 2], 'cancelled')).toBe('cancelled');
    expect(await engine.task(id)).toMatchObject({ started_at: null, finished_at: START, live_steps: 0, open_steps: 3 });
    expect(await moves(id)).toEqual(['pending', 'cancelled']);
  });

  it('keeps the moments its steps wait for', async () => {
    const { engine } = test;
    const later = new Date(START.getTime() + 5000);
    const id = await engine.create(await engine.define([{}, {}, {}]), { run_at: later });
    await engine.operate(id, [0], 'skipped');
    expect((await engine.steps(id)).map((step) => step.ready_at)).toEqual([null, later, later]);
    engine.now = later;
    const [claim] = (await engine.claim({ limit: 1 })) as [Claimed];
    await engine.advance([[claim, { outcome: 'retry', delay_ms: 7000 }]]);
    await engine.operate(id, [2], 'skipped');
    expect((await engine.steps(id))[1]!.ready_at).toEqual(new Date(later.getTime() + 7000));
  });

  it('is not changed by being settled again', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND));
    await engine.operate(id, [0], 'skipped');
    const before = [await engine.steps(id), await engine.taskHistory(id)];
    engine.after(5);
    expect(await engine.operate(id, [], 'skipped')).toBe('pending');
    expect([await engine.steps(id), await engine.taskHistory(id)]).toEqual(before);
  });

  it('that is closed stays closed', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}]));
    await engine.run();
    engine.after(5);
    expect(await engine.operate(id, [], 'skipped')).toBe('complete');
    expect(await engine.task(id)).toMatchObject({ finished_at: START, transition_count: 3 });
  });
});

it('a claim that is just being written waits for nobody, and a settled task counts it', async () => {
  const { engine } = test;
  const other = await test.another();
  const id = await engine.create(await engine.define([{}, {}, {}]));
  await engine.claim({ limit: 1 });
  await other.rows('begin');
  await other.claim({ worker: 2, limit: 1 });
  const settling = engine.operate(id, [1], 'cancelled');
  await test.blocked();
  await other.rows('commit');
  expect(await settling).toBe('in_progress');
  expect(await engine.states(id)).toEqual(['in_progress', 'cancelled', 'pending']);
  expect((await engine.task(id)).live_steps).toBe(2);
});
