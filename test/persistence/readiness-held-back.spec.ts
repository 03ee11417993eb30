import { START } from './support/engine.js';
import { context, readiness } from './support/readings.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();

afterEach(async () => {
  await test.engine.rows('delete from tasker_controls');
});

/** A control of the namespace, the system or everything. */
async function control(of: 'namespace' | 'system' | 'all', columns: string, values: readonly unknown[]): Promise<void> {
  await test.engine.rows(
    `insert into tasker_controls (task_namespace_id, dependent_system_id, ${columns})
     select case when '${of}' = 'namespace' then task_namespace_id end,
            case when '${of}' = 'system' then dependent_system_id end, ${values.map((_, i) => `$${i + 1}`).join(', ')}
     from tasker_lanes limit 1`,
    values,
  );
}

it.each(['namespace', 'system', 'all'] as const)('a step is not ready while its %s is paused', async (of) => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}]));
  await control(of, 'paused_at', [START]);
  const [step] = await readiness(engine, id);
  expect(step).toMatchObject({ ready_for_execution: false, in_backoff: false, blocking_reason: 'paused' });
  expect(await context(engine, id)).toMatchObject({
    execution_status: 'waiting_for_dependencies',
    health_status: 'healthy',
    ready_steps: 0,
  });
});

it('a step whose task is paused waits for no moment, and one that has failed is not blocked by it', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}, {}]));
  const [first] = await engine.claim({ limit: 1 });
  await engine.advance([[first!, { outcome: 'retry' }]]);
  await engine.rows('update tasker_tasks set paused_at = $2 where task_id = $1', [id, START]);
  await engine.rows(`update tasker_workflow_steps set ready_at = 'infinity' where task_id = $1`, [id]);
  const held = { ready_for_execution: false, next_retry_at: null, in_backoff: false, blocking_reason: 'paused' };
  expect(await readiness(engine, id)).toMatchObject([held, held]);
  expect(await context(engine, id)).toMatchObject({
    execution_status: 'waiting_for_dependencies',
    health_status: 'recovering',
    blocked_steps: 0,
  });
});

it('a step is not ready while the breaker of its system is open, until one attempt may be tried', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}]));
  await control('system', 'breaker_failure_rate, breaker_open_ms, breaker_opened_at', [0.5, 10_000, START]);
  expect((await readiness(engine, id))[0]).toMatchObject({ blocking_reason: 'circuit_open' });
  engine.after(9.999);
  expect((await readiness(engine, id))[0]).toMatchObject({ blocking_reason: 'circuit_open' });
  engine.after(0.001);
  expect((await readiness(engine, id))[0]).toMatchObject({ ready_for_execution: true, blocking_reason: null });
});

it('a control of another system holds nothing back', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}]));
  const [system] = await engine.rows<{ id: number }>(
    `insert into tasker_dependent_systems (name) values ('elsewhere')
     on conflict (name) do update set name = 'elsewhere' returning dependent_system_id as id`,
  );
  await engine.rows('insert into tasker_controls (dependent_system_id, paused_at) values ($1, $2)', [
    system!.id,
    START,
  ]);
  expect((await readiness(engine, id))[0]).toMatchObject({ ready_for_execution: true });
});
