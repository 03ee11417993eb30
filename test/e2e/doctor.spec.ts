import { DoctorService, type WorkflowDefinition } from 'nestjs-tasker';
import { CONFIGURABLE_FAILURE, PATTERNS } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf, MOCK_HANDLERS } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

const HELD: WorkflowDefinition = {
  name: 'held_task',
  steps: [
    { name: 'first', handler: 'held', skippable: true },
    { name: 'second', handler: 'stub', dependsOn: ['first'], skippable: true },
  ],
};

it('finds nothing wrong while a fleet works and operators interfere, nor when all is done', async () => {
  const gate = new Gate();
  const held = handlerOf('held', () => gate.pass());
  const definitions = [...PATTERNS, CONFIGURABLE_FAILURE, HELD];
  const options = { backoff: { delaysSeconds: [0.01], maxSeconds: 0.01 } };
  const setup = { definitions, providers: [...MOCK_HANDLERS, held], options };
  const [one, other] = [await test.start(setup), await test.start(setup)];
  const doctor = other.get(DoctorService);
  const names = definitions.map(({ name }) => name);
  const tasks = await one.tasker.createTasks(names.flatMap((name) => Array.from({ length: 5 }, () => ({ name }))));
  const heldTasks = tasks.filter(({ name }) => name === HELD.name).map(({ taskId }) => taskId);
  await gate.arrived(heldTasks.length);
  const [cancelled, paused, , , skipped] = heldTasks as [number, number, number, number, number];
  await one.tasker.cancelTask(cancelled);
  await one.tasker.pauseTask(paused);
  await one.tasker.skipStep((await one.tasker.listSteps(skipped))[1]!.stepId);
  expect((await doctor.examine()).problems).toEqual([]);

  gate.open();
  const left = tasks.filter(({ taskId }) => taskId !== paused);
  await Promise.all(left.map(({ taskId }) => one.tasker.waitForTask(taskId)));
  expect((await doctor.examine()).problems).toEqual([]);

  await one.close();
  expect(await doctor.examine()).toMatchObject({ tasks: tasks.length, problems: [] });
  expect(await doctor.repair()).toMatchObject({ fixed: [], problems: [] });
});
