import { type Claimed, START } from './support/engine.js';
import { context, contextsOfAll } from './support/readings.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN, DIAMOND, SHAPES, type StepShape } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;

async function started(shapes: readonly StepShape[]): Promise<{ id: number; claims: Claimed[] }> {
  const id = await test.engine.create(await test.engine.define(shapes));
  return { id, claims: await test.engine.claim() };
}

it('a new task: everything pending, its roots ready, healthy, 0 %', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define(SHAPES.dummy.map((parents) => ({ parents }))));
  const { named_task_id } = (await engine.task(id)) as unknown as { named_task_id: number };
  expect(await context(engine, id)).toEqual({
    task_id: id,
    named_task_id,
    status: 'pending',
    total_steps: 4,
    pending_steps: 4,
    in_progress_steps: 0,
    completed_steps: 0,
    failed_steps: 0,
    ready_steps: 2,
    execution_status: 'has_ready_steps',
    recommended_action: 'execute_ready_steps',
    completion_percentage: '0.00',
    health_status: 'healthy',
    cancelled_steps: 0,
    blocked_steps: 0,
  });
});

describe('the decision', () => {
  it('is to execute as long as anything is ready, beside failures too', async () => {
    const { engine } = test;
    const { id, claims } = await started([{}, {}, {}]);
    await engine.advance([[claims[0]!, { outcome: 'fail' }]]);
    await engine.release([claims[1]!]);
    expect(await context(engine, id)).toMatchObject({
      ready_steps: 1,
      failed_steps: 1,
      blocked_steps: 1,
      execution_status: 'has_ready_steps',
      recommended_action: 'execute_ready_steps',
      health_status: 'recovering',
    });
  });

  it('is to wait for what runs, beside failures too', async () => {
    const { engine } = test;
    const { id, claims } = await started([{}, {}]);
    await engine.advance([[claims[0]!, { outcome: 'fail' }]]);
    expect(await context(engine, id)).toMatchObject({
      execution_status: 'processing',
      recommended_action: 'wait_for_completion',
      health_status: 'blocked',
    });
  });

  it('is to wait for what is tried again before a failure for good decides', async () => {
    const { engine } = test;
    const { id, claims } = await started([{}, {}]);
    await engine.advance([
      [claims[0]!, { outcome: 'fail' }],
      [claims[1]!, { outcome: 'retry' }],
    ]);
    expect(await context(engine, id)).toMatchObject({
      status: 'in_progress',
      failed_steps: 2,
      blocked_steps: 1,
      execution_status: 'waiting_for_dependencies',
      recommended_action: 'wait_for_dependencies',
    });
  });

  it('is to wait, recovering, when all that failed is tried again', async () => {
    const { engine } = test;
    const { id, claims } = await started([{}]);
    await engine.advance([[claims[0]!, { outcome: 'retry' }]]);
    expect(await context(engine, id)).toMatchObject({
      execution_status: 'waiting_for_dependencies',
      health_status: 'recovering',
      blocked_steps: 0,
    });
    engine.after(1);
    expect(await context(engine, id)).toMatchObject({
      execution_status: 'has_ready_steps',
      health_status: 'recovering',
    });
  });

  it('is to wait for the start of a task that is to start later', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN), { run_at: new Date(START.getTime() + 1000) });
    expect(await context(engine, id)).toMatchObject({
      execution_status: 'waiting_for_dependencies',
      health_status: 'healthy',
      ready_steps: 0,
    });
  });

  it.each([
    ['exhausted', { retryLimit: 1 }, 'retry'],
    ['not retryable', { retryable: false }, 'retry'],
    ['permanent', {}, 'fail'],
  ] as const)(
    'is to handle failures when one is for good (%s) and nothing else can run',
    async (_why, shape, outcome) => {
      const { engine } = test;
      const { id, claims } = await started([shape, { parents: [0] }]);
      await engine.advance([[claims[0]!, { outcome }]]);
      expect(await context(engine, id)).toMatchObject({
        status: 'error',
        pending_steps: 1,
        failed_steps: 1,
        blocked_steps: 1,
        execution_status: 'blocked_by_failures',
        recommended_action: 'handle_failures',
        health_status: 'blocked',
      });
    },
  );

  it('is to finalise when all steps are satisfied, in whatever way', async () => {
    const { engine } = test;
    const { id, claims } = await started([{}, {}, {}]);
    await engine.release(claims.slice(1));
    await engine.operate(id, [1], 'resolved_manually');
    await engine.operate(id, [2], 'skipped');
    await engine.advance([[claims[0]!, COMPLETE]]);
    expect(await context(engine, id)).toMatchObject({
      status: 'complete',
      completed_steps: 3,
      completion_percentage: '100.00',
      execution_status: 'all_complete',
      recommended_action: 'finalize_task',
      health_status: 'healthy',
    });
  });
});

describe('a task with cancelled steps', () => {
  it('goes on with the others', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND));
    await engine.operate(id, [1], 'cancelled');
    expect(await context(engine, id)).toMatchObject({
      cancelled_steps: 1,
      pending_steps: 3,
      execution_status: 'has_ready_steps',
    });
  });

  it('does not wait for ever for what stands behind them', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(DIAMOND));
    await engine.operate(id, [1], 'cancelled');
    await engine.run();
    expect(await engine.states(id)).toEqual(['complete', 'cancelled', 'complete', 'pending']);
    expect(await context(engine, id)).toMatchObject({
      status: 'cancelled',
      completion_percentage: '50.00',
      execution_status: 'all_complete',
      recommended_action: 'finalize_task',
      health_status: 'healthy',
    });
  });

  it('is to be finalised also while it stands open with nothing left to run', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    await engine.rows('begin');
    await engine.rows(
      `update tasker_workflow_steps set state = 'cancelled', ready_at = null where task_id = $1 and position = 0`,
      [id],
    );
    expect(await context(engine, id)).toMatchObject({
      status: 'pending',
      cancelled_steps: 1,
      pending_steps: 2,
      execution_status: 'all_complete',
      recommended_action: 'finalize_task',
    });
    await engine.rows('rollback');
  });
});

describe('a task that an operator has closed', () => {
  it.each(['cancelled', 'resolved_manually'] as const)(
    '(%s) needs nobody, whatever has failed in it',
    async (state) => {
      const { engine } = test;
      const { id, claims } = await started([{}, { parents: [0] }]);
      await engine.advance([[claims[0]!, { outcome: 'fail' }]]);
      // Cancelling takes the step that never ran along; resolving leaves the steps as they are.
      await engine.operate(id, state === 'cancelled' ? [1] : [], 'cancelled', state);
      expect(await context(engine, id)).toMatchObject({
        status: state,
        failed_steps: 1,
        execution_status: 'all_complete',
        recommended_action: 'finalize_task',
        health_status: 'healthy',
      });
    },
  );
});

describe('the percentage', () => {
  it.each([
    [1, 3, '33.33'],
    [2, 3, '66.67'],
    [1, 7, '14.29'],
    [1, 8, '12.50'],
  ])('of %d of %d steps is %s', async (done, total, text) => {
    const { engine } = test;
    const { id, claims } = await started(Array.from({ length: total }, () => ({})));
    await engine.advance(claims.slice(0, done).map((claim) => [claim, COMPLETE] as const));
    expect((await context(engine, id))!.completion_percentage).toBe(text);
  });
});

it('a task without steps is nothing done and waits', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}]));
  await engine.rows('begin');
  await engine.rows('delete from tasker_workflow_steps where task_id = $1', [id]);
  expect(await context(engine, id)).toMatchObject({
    total_steps: 0,
    completion_percentage: '0.0',
    execution_status: 'waiting_for_dependencies',
    health_status: 'healthy',
  });
  await engine.rows('rollback');
});

it('there is no context of a task that does not exist, and one for each that does, by task', async () => {
  const { engine } = test;
  const workflow = await engine.define(CHAIN);
  const [a, b] = [await engine.create(workflow), await engine.create(workflow)];
  expect(await context(engine, -1)).toBeUndefined();
  expect(await contextsOfAll(engine, [])).toEqual([]);
  const rows = await contextsOfAll(engine, [b, -1, a, b]);
  expect(rows).toEqual([await context(engine, a), await context(engine, b)]);
});
