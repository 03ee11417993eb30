import { type Engine } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN } from './support/workflow.js';

const test = useEngine();

/** Thirteen hours behind to fourteen ahead; one whose clocks are put forward in the hour of the test. */
const ZONES = ['Etc/GMT+12', 'America/Los_Angeles', 'UTC', 'Europe/London', 'Asia/Kolkata', 'Pacific/Kiritimati'];

/** The life of a task with a failure, read after every move; instants as numbers, whatever the session writes them as. */
async function life(engine: Engine): Promise<unknown[]> {
  const id = await engine.create(await engine.define(CHAIN), { requested_at: '2031-03-30T00:00:00Z' });
  const [base] = await engine.steps(id);
  const seen: unknown[] = [];
  const look = async () => {
    const steps = await engine.rows<Record<string, unknown>>(
      `select r.workflow_step_id - $2 as step, ready_for_execution, in_backoff, blocking_reason, retry_eligible,
              extract(epoch from next_retry_at)::text as next, extract(epoch from last_failure_at)::text as failed
       from get_step_readiness_status($1, null, $3) r`,
      [id, base!.workflow_step_id, engine.now],
    );
    const [task] = await engine.rows(
      'select execution_status, health_status, ready_steps from get_task_execution_context($1, $2)',
      [id, engine.now],
    );
    seen.push(steps, task, (await engine.task(id)).requested_at.toISOString());
  };
  await look();
  const [claim] = await engine.claim();
  await engine.advance([[claim!, { outcome: 'retry', delay_ms: 3_600_000, requested_seconds: 3600 }]]);
  await look();
  engine.after(3599);
  seen.push((await engine.claim()).length);
  await look();
  engine.after(1);
  await look();
  seen.push((await engine.claim()).length);
  return seen;
}

it('the same is ready at the same instant in whatever time zone the session is', async () => {
  const lives: unknown[] = [];
  for (const zone of ZONES) {
    const engine = await test.another();
    await engine.rows(`set timezone to '${zone}'`);
    lives.push(await life(engine));
    await engine.rows('delete from tasker_tasks');
  }
  expect(lives).toEqual(ZONES.map(() => lives[0]));
});

it('the clock of the database decides when no instant is given, in every zone', async () => {
  for (const zone of ZONES) {
    const engine = await test.another();
    engine.now = null;
    await engine.rows(`set timezone to '${zone}'`);
    await engine.create(await engine.define([{}]));
    expect(
      await engine.rows(`select ready_for_execution from tasker_tasks t, get_step_readiness_status(t.task_id)`),
    ).toEqual([{ ready_for_execution: true }]);
    await engine.rows('delete from tasker_tasks');
  }
});
