import { InvalidDefinitionError, type WorkflowDefinition } from 'nestjs-tasker';
import { Gate } from '../support/gate.js';
import { handlerOf, Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();
const VERSION = '1.0.0';

const OLD: WorkflowDefinition = {
  name: 'drifting',
  version: VERSION,
  steps: [
    { name: 'first', handler: 'held' },
    { name: 'second', handler: 'stub', dependsOn: ['first'], config: { result: 'as it was' } },
  ],
};
/** The same version with other content. */
const NEW: WorkflowDefinition = {
  ...OLD,
  steps: [
    { name: 'first', handler: 'held' },
    { name: 'second', handler: 'stub', dependsOn: ['first'], config: { result: 'as it is now' }, retryLimit: 7 },
    { name: 'third', handler: 'stub', dependsOn: ['second'] },
  ],
};

let gate: Gate;
beforeEach(() => (gate = new Gate()));
const startWith = (definition: WorkflowDefinition) => {
  const providers = [Stub, handlerOf('held', async () => gate.pass())];
  return test.start({ definitions: [definition], providers, options: { worker: { shutdownGraceMs: 0 } } });
};

it('lets a running task keep what it was created with when another program declares its version anew', async () => {
  const before = await startWith(OLD);
  const { taskId } = await before.tasker.createTask({ name: 'drifting' });
  await gate.arrived();
  await before.close();
  gate = new Gate();
  gate.open();
  const after = await startWith(NEW);
  const old = await after.tasker.waitForTask(taskId);
  expect(old.steps.map(({ name, results }) => [name, results])).toEqual([
    ['first', null],
    ['second', 'as it was'],
  ]);
  const fresh = await after.tasker.createTask({ name: 'drifting' });
  const task = await after.tasker.waitForTask(fresh.taskId);
  expect(task.steps.map(({ name, results, retryLimit }) => [name, results, retryLimit])).toEqual([
    ['first', null, 3],
    ['second', 'as it is now', 7],
    ['third', { stub: true }, 3],
  ]);
  expect(task.definitionId).not.toBe(old.definitionId);
});

it('warns once of a version whose contents changed, and not of one that came back', async () => {
  const drift = 'DEFINITION_DRIFT: default.drifting@1.0.0';
  for (const [definition, warnings] of [
    [OLD, 0],
    [NEW, 1],
    [OLD, 0],
    [{ ...OLD, version: '1.0.1' }, 0],
  ] as const) {
    const app = await startWith(definition);
    expect(app.logger.find('warn', drift)).toHaveLength(warnings);
    await app.close();
  }
  expect(await test.sql('select from tasker_task_definitions')).toHaveLength(3);
});

it('runs both at once in two processes, each task as it was created', async () => {
  gate.open();
  const apps = [await startWith(OLD), await startWith(NEW)];
  const handles = await Promise.all(
    Array.from({ length: 20 }, (_, i) => apps[i % 2]!.tasker.createTask({ name: 'drifting' })),
  );
  const tasks = await Promise.all(handles.map(({ taskId }) => apps[0]!.tasker.waitForTask(taskId)));
  expect(tasks.map(({ state, totalSteps }) => [state, totalSteps])).toEqual(
    handles.map((_, i) => ['complete', i % 2 === 0 ? 2 : 3]),
  );
});

it('stores a definition once, however many processes start with it at once', async () => {
  await Promise.all(Array.from({ length: 6 }, () => startWith(OLD)));
  expect(await test.sql('select from tasker_task_definitions')).toHaveLength(1);
  expect(await test.sql('select from tasker_definition_steps')).toHaveLength(2);
  expect(await test.sql('select from tasker_lanes')).toHaveLength(2);
});

it('does not start with a definition whose handler it does not have, and says which', async () => {
  const starting = test.start({ definitions: [OLD], providers: [Stub] });
  const error: unknown = await starting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidDefinitionError);
  expect((error as InvalidDefinitionError).issues).toEqual([
    expect.objectContaining({ code: 'UNKNOWN_STEP_HANDLER', message: expect.stringContaining('"first"') as string }),
  ]);
  expect(await test.sql('select from tasker_task_definitions')).toEqual([]);
});
