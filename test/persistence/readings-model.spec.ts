import fc from 'fast-check';
import { START } from './support/engine.js';
import { Player } from './support/player.js';
import {
  context,
  contextsOfAll,
  expectedContext,
  expectedReadiness,
  readiness,
  readinessOfAll,
} from './support/readings.js';
import { operations, taskPlans } from './support/scenario.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();

async function taskIds(): Promise<number[]> {
  const rows = await test.engine.rows<{ task_id: number }>('select task_id from tasker_tasks order by 1');
  return rows.map(({ task_id }) => task_id);
}

/** Runs random lives and looks at what they leave. */
async function afterRandomLives(look: (ids: number[]) => Promise<void>): Promise<void> {
  const { engine } = test;
  const plans = fc.array(taskPlans, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(plans, fc.array(operations, { maxLength: 20, size: 'max' }), async (tasks, life) => {
      await engine.rows('delete from tasker_tasks');
      engine.now = START;
      const player = new Player(engine);
      for (const plan of tasks) await player.create(plan);
      for (const operation of life) await player.play(operation);
      await look(await taskIds());
    }),
    { numRuns: 100 },
  );
}

it('readiness is what its words say, and a batch what its tasks say one by one', async () => {
  const { engine } = test;
  await afterRandomLives(async (ids) => {
    const expected = [];
    for (const id of ids) expected.push(await expectedReadiness(engine, id));
    for (const [i, id] of ids.entries()) expect(await readiness(engine, id)).toEqual(expected[i]);
    expect(await readinessOfAll(engine, ids)).toEqual(expected.flat());
  });
}, 300_000);

it('what is ready is what a claim takes', async () => {
  const { engine } = test;
  await afterRandomLives(async (ids) => {
    const ready = (await readinessOfAll(engine, ids)).filter((row) => row.ready_for_execution);
    const claimed = await engine.claim();
    expect(claimed.map((claim) => claim.workflow_step_id).sort()).toEqual(ready.map((r) => r.workflow_step_id).sort());
  });
}, 300_000);

it('the context of a task is what the tables of decisions say, and a batch what its tasks say one by one', async () => {
  const { engine } = test;
  await afterRandomLives(async (ids) => {
    const expected = [];
    for (const id of ids) expected.push(await expectedContext(engine, id));
    for (const [i, id] of ids.entries()) expect(await context(engine, id)).toEqual(expected[i]);
    expect(await contextsOfAll(engine, ids)).toEqual(expected);
  });
}, 300_000);
