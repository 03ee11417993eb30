import { type Claimed, START } from './support/engine.js';
import { type Readiness, readiness, readinessOfAll } from './support/readings.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN, DIAMOND, SHAPES, type StepShape } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;

async function started(shapes: readonly StepShape[] = [{}]): Promise<{ id: number; claims: Claimed[] }> {
  const id = await test.engine.create(await test.engine.define(shapes));
  return { id, claims: await test.engine.claim() };
}

async function only(id: number): Promise<Readiness> {
  return (await readiness(test.engine, id))[0]!;
}

describe('the rows', () => {
  it('are one per step, by task and step, with names and parents', async () => {
    const { engine } = test;
    const workflow = await engine.define(SHAPES.dummy.map((parents) => ({ parents })));
    const ids = [await engine.create(workflow), await engine.create(workflow)];
    const rows = await readinessOfAll(engine, [...ids].reverse());
    expect(rows.map(({ task_id, name }) => [task_id, name])).toEqual(
      ids.flatMap((id) => ['s0', 's1', 's2', 's3'].map((name) => [id, name])),
    );
    const first = rows.filter((row) => row.task_id === ids[0]);
    expect(first.map((row) => row.total_parents)).toEqual([0, 0, 1, 1]);
    expect(first.map((row) => row.ready_for_execution)).toEqual([true, true, false, false]);
    expect(first.map((row) => row.dependencies_satisfied)).toEqual([true, true, false, false]);
  });

  it('of a batch are those of its tasks one by one, each once', async () => {
    const { engine } = test;
    const ids = [(await started(DIAMOND)).id, (await started(CHAIN)).id, (await started()).id];
    const single: Readiness[] = [];
    for (const id of ids) single.push(...(await readiness(engine, id)));
    expect(await readinessOfAll(engine, [...ids, ...ids])).toEqual(single);
  });

  it('of nothing are none', async () => {
    const { engine } = test;
    const { id } = await started();
    expect(await readiness(engine, -1)).toEqual([]);
    expect(await readinessOfAll(engine, [])).toEqual([]);
    expect(await readinessOfAll(engine, [-1])).toEqual([]);
    expect(await readiness(engine, id, [])).toEqual([]);
  });

  it('may be asked for some steps; those of other tasks are not found', async () => {
    const { engine } = test;
    const { id } = await started(DIAMOND);
    const other = await started();
    const all = await readiness(engine, id);
    const foreign = (await engine.steps(other.id))[0]!.workflow_step_id;
    const wanted = [all[3]!.workflow_step_id, foreign, all[1]!.workflow_step_id];
    expect(await readiness(engine, id, wanted)).toEqual([all[1], all[3]]);
  });
});

describe('dependencies', () => {
  it.each([
    ['complete', true],
    ['resolved_manually', true],
    ['skipped', true],
    ['cancelled', false],
    ['pending', false],
    ['in_progress', false],
    ['error', false],
  ] as const)('are met by a parent that is %s: %s', async (state, met) => {
    const { engine } = test;
    const { id, claims } = await started([{}, { parents: [0] }, {}]);
    if (state === 'complete') await engine.advance([[claims[0]!, COMPLETE]]);
    else if (state === 'error') await engine.advance([[claims[0]!, { outcome: 'fail' }]]);
    else if (state !== 'in_progress') {
      await engine.release(claims);
      if (state !== 'pending') await engine.operate(id, [0], state);
    }
    const [parent, child] = await readiness(engine, id);
    expect(parent!.current_state).toBe(state);
    expect(child).toMatchObject({
      total_parents: 1,
      completed_parents: met ? 1 : 0,
      dependencies_satisfied: met,
      ready_for_execution: met,
      blocking_reason: met ? null : 'dependencies_not_satisfied',
    });
  });

  it('count every parent', async () => {
    const { engine } = test;
    const { id, claims } = await started([{}, {}, {}, { parents: [0, 1, 2] }]);
    await engine.advance([[claims[0]!, COMPLETE]]);
    await engine.release(claims.slice(1));
    await engine.operate(id, [1], 'resolved_manually');
    expect((await readiness(engine, id))[3]).toMatchObject({ total_parents: 3, completed_parents: 2 });
  });
});

describe('an attempt', () => {
  it.each([{ retryable: false }, { retryLimit: 1 }])('is allowed once whatever the step says: %j', async (shape) => {
    const { engine } = test;
    const id = await engine.create(await engine.define([shape]));
    expect(await only(id)).toMatchObject({ ready_for_execution: true, blocking_reason: null, attempts: 0 });
    expect(await engine.claim()).toHaveLength(1);
  });

  it.each([
    ['retries_exhausted', { retryLimit: 1 }, 'retry'],
    ['not_retryable', { retryable: false }, 'retry'],
    ['failed_permanently', {}, 'fail'],
  ] as const)('that fails for good says why: %s', async (reason, shape, outcome) => {
    const { engine } = test;
    const { id, claims } = await started([shape]);
    await engine.advance([[claims[0]!, { outcome }]]);
    engine.after(1000);
    expect(await only(id)).toMatchObject({
      current_state: 'error',
      retry_eligible: false,
      ready_for_execution: false,
      in_backoff: false,
      next_retry_at: null,
      last_failure_at: START,
      blocking_reason: reason,
    });
  });

  it('that fails waits for the very moment that readiness tells, then is ready', async () => {
    const { engine } = test;
    const { id, claims } = await started();
    await engine.advance([[claims[0]!, { outcome: 'retry', delay_ms: 2000, requested_seconds: 2 }]]);
    const due = new Date(START.getTime() + 2000);
    const waiting = {
      retry_eligible: true,
      ready_for_execution: false,
      in_backoff: true,
      next_retry_at: due,
      last_failure_at: START,
      last_attempted_at: START,
      backoff_request_seconds: 2,
      attempts: 1,
      blocking_reason: 'waiting_for_backoff',
    };
    expect(await only(id)).toMatchObject(waiting);
    engine.after(1.999);
    expect(await only(id)).toMatchObject(waiting);
    expect(await engine.claim()).toEqual([]);
    engine.after(0.001);
    const ready = { ready_for_execution: true, in_backoff: false, blocking_reason: null, next_retry_at: due };
    expect(await only(id)).toMatchObject(ready);
    expect(await engine.claim()).toHaveLength(1);
    expect(await only(id)).toMatchObject({
      next_retry_at: null,
      last_failure_at: null,
      blocking_reason: 'in_progress',
    });
  });

  it('that succeeds leaves no moment behind', async () => {
    const { engine } = test;
    const { id, claims } = await started();
    await engine.advance([[claims[0]!, { outcome: 'retry', delay_ms: 0, requested_seconds: 60 }]]);
    await engine.run();
    expect(await only(id)).toMatchObject({
      current_state: 'complete',
      next_retry_at: null,
      last_failure_at: null,
      backoff_request_seconds: null,
      blocking_reason: 'finished',
      attempts: 2,
    });
  });
});

describe('a step that waits for its start', () => {
  it('says so, and until when', async () => {
    const { engine } = test;
    const later = new Date(START.getTime() + 60_000);
    const id = await engine.create(await engine.define(CHAIN), { run_at: later });
    expect(await only(id)).toMatchObject({
      ready_for_execution: false,
      in_backoff: false,
      next_retry_at: later,
      blocking_reason: 'waiting_for_start_time',
    });
  });

  it('and is due waits for nothing', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    expect(await only(id)).toMatchObject({ ready_for_execution: true, next_retry_at: null });
  });

  it('but was never queued is told as the fault it is', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}]));
    await engine.rows('begin');
    await engine.rows('update tasker_workflow_steps set ready_at = null where task_id = $1', [id]);
    expect(await only(id)).toMatchObject({ ready_for_execution: false, blocking_reason: 'not_queued' });
    await engine.rows('rollback');
  });
});

describe('a task that is final', () => {
  it.each(['cancelled', 'resolved_manually', 'error', 'complete'])('(%s) has no ready steps', async (state) => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}]));
    await engine.rows('begin');
    await engine.rows('update tasker_tasks set state = $2 where task_id = $1', [id, state]);
    expect(await readiness(engine, id)).toMatchObject([
      { ready_for_execution: false, next_retry_at: null, blocking_reason: 'task_finished' },
      { ready_for_execution: false, next_retry_at: null, blocking_reason: 'task_finished' },
    ]);
    expect(await engine.claim()).toEqual([]);
    await engine.rows('rollback');
  });
});
