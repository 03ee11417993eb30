import fc from 'fast-check';
import { expectInvariants } from '../support/invariants.js';
import { START } from './support/engine.js';
import { Player } from './support/player.js';
import { operations, taskPlans } from './support/scenario.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();

it('does what the plain model does, and its tables fit together after every step of it', async () => {
  const { engine } = test;
  const plans = fc.array(taskPlans, { minLength: 1, maxLength: 2 });
  const lives = fc.array(operations, { minLength: 10, maxLength: 30, size: 'max' });
  await fc.assert(
    fc.asyncProperty(plans, lives, async (tasks, life) => {
      await engine.rows('delete from tasker_tasks');
      engine.now = START;
      const player = new Player(engine);
      for (const plan of tasks) await player.create(plan);
      for (const operation of life) {
        await player.play(operation);
        const { database, model } = await player.sides();
        expect(database).toEqual(model);
        await expectInvariants(engine.client);
      }
    }),
    { numRuns: 500 },
  );
}, 900_000);
