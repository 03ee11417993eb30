import { isFinalTaskState, type TaskState } from '../../src/core/states.js';
import { expectInvariants } from '../support/invariants.js';
import { type Claimed, type Engine } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { DIAMOND, SHAPES, type Workflow } from './support/workflow.js';

const test = useEngine();
const OPEN = `select 1 from tasker_tasks where state in ('pending', 'in_progress') limit 1`;

/** A repeatable sequence of numbers in [0, 1). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Works until nothing is open: claims, hands some back, ends the rest as the dice fall. */
async function work(engine: Engine, worker: number): Promise<void> {
  const roll = dice(worker);
  let held: Claimed[] = [];
  while ((await engine.rows(OPEN)).length > 0) {
    held.push(...(await engine.claim({ worker, limit: 10 })));
    const back = held.filter(() => roll() < 0.1);
    await engine.release(back, worker);
    held = held.filter((claim) => !back.includes(claim));
    await engine.renew(held, worker);
    const results = held.map((claim) => {
      const dieCast = roll();
      const outcome = dieCast < 0.8 ? 'complete' : dieCast < 0.95 ? 'retry' : 'fail';
      return [claim, { outcome, results: {}, delay_ms: 1 }] as const;
    });
    const rows = await engine.advance(results, { worker, capacity: 5 });
    held = rows.filter(({ kind }) => kind === 'claimed');
  }
}

/** Interferes as operators do, until nothing is open. */
async function interfere(engine: Engine): Promise<void> {
  const roll = dice(99);
  for (let open = await engine.rows(OPEN); open.length > 0; open = await engine.rows(OPEN)) {
    const [step] = await engine.rows<{ task_id: number; position: number }>(
      `select task_id, position from tasker_workflow_steps join tasker_tasks t using (task_id)
       where t.state in ('pending', 'in_progress') order by workflow_step_id offset $1 limit 1`,
      [Math.floor(roll() * 40)],
    );
    if (step) await operateIfAllowed(engine, step.task_id, step.position, roll() < 0.5 ? 'skipped' : 'cancelled');
  }
}

async function operateIfAllowed(
  engine: Engine,
  task: number,
  position: number,
  to: 'skipped' | 'cancelled',
): Promise<void> {
  await engine.rows('begin');
  await engine.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [task]);
  const [step] = await engine.rows<{ state: string; task: string }>(
    `select s.state, t.state as task from tasker_workflow_steps s join tasker_tasks t using (task_id)
     where task_id = $1 and position = $2 for no key update of s`,
    [task, position],
  );
  if (step?.state === 'pending' && ['pending', 'in_progress'].includes(step.task)) {
    await engine.rows(
      `with changed as (
         update tasker_workflow_steps set state = $3, ready_at = null, transition_count = transition_count + 1
         where task_id = $1 and position = $2 returning workflow_step_id, transition_count)
       insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, from_state, to_state)
       select workflow_step_id, transition_count, 'pending', $3 from changed`,
      [task, position, to],
    );
    await engine.rows(`select tasker_settle_task($1, '{}')`, [task]);
  }
  await engine.rows('commit');
}

it('workers, operators, a reaper and a checker at once: no deadlock, no contradiction at any moment, all comes to an end', async () => {
  const { engine } = test;
  engine.now = null;
  const shapes = [
    DIAMOND,
    ...[SHAPES.tree, SHAPES.mixed, SHAPES.parallelMerge].map((shape) => shape.map((parents) => ({ parents }))),
  ];
  const workflows: Workflow[] = [];
  for (const shape of shapes) workflows.push(await engine.define(shape));
  await engine.createMany(Array.from({ length: 200 }, (_, i) => engine.request(workflows[i % workflows.length]!)));
  const sessions = await Promise.all(Array.from({ length: 7 }, () => test.another()));
  for (const session of sessions) session.now = null;
  const [checker, operator, reaper, ...workers] = sessions as [Engine, Engine, Engine, ...Engine[]];
  let checks = 0;
  const check = async () => {
    for (; (await checker.rows(OPEN)).length > 0; checks++) await expectInvariants(checker.client);
  };
  const reap = async () => {
    while ((await reaper.rows(OPEN)).length > 0) {
      // A worker that dies as soon as it has claimed.
      await reaper.rows('select * from tasker_claim(9, $1, 2, 1)', [reaper.lanes]);
      await reaper.rows('select * from tasker_reap(10, 3)');
    }
  };
  await Promise.all([check(), reap(), interfere(operator), ...workers.map((worker, i) => work(worker, i + 1))]);
  expect(checks).toBeGreaterThan(2);
  const tasks = await engine.rows<{ state: TaskState }>('select state from tasker_tasks');
  expect(tasks).toHaveLength(200);
  expect(tasks.filter(({ state }) => !isFinalTaskState(state))).toEqual([]);
}, 120_000);
