import { AttemptAborted, OrchestrationService, type StepContext } from 'nestjs-tasker';
import { WorkerStore } from '../../src/persistence/worker-store.js';
import { chain } from '../support/dags.js';
import { Gate } from '../support/gate.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

/** One per execution, in their order. They ignore their signal, but for noting it. */
let gates: Gate[];
let aborted: { call: number; reason: unknown }[];
let calls: number;
beforeEach(() => {
  gates = [new Gate(), new Gate()];
  aborted = [];
  calls = 0;
});

async function hold({ signal }: StepContext) {
  const call = ++calls;
  signal.addEventListener('abort', () => aborted.push({ call, reason: signal.reason }));
  await gates[call - 1]?.pass();
  return { call };
}

/** A worker that has begun a step; its next heartbeat is far away unless its lease is short. */
async function startBusy(retryLimit: number, leaseMs = 600_000): Promise<TestApp & { taskId: number }> {
  const app = await test.start({
    definitions: [{ name: 'held', steps: [{ name: 'only', handler: 'hold', retryLimit }] }],
    providers: [handlerOf('hold', hold)],
    options: { worker: { leaseMs } },
  });
  const { taskId } = await app.tasker.createTask({ name: 'held' });
  await gates[0]!.arrived();
  return { ...app, taskId };
}

/** As if the worker had been cut off for longer than its lease. */
const endLeases = () =>
  test.sql(`update tasker_workflow_steps set claim_expires_at = now() - interval '1 s' where claimed_by is not null`);

it('aborts an execution whose claim was lost when the same worker claims the step again', async () => {
  const app = await startBusy(2);
  await endLeases();
  await gates[1]!.arrived();
  expect(aborted).toMatchObject([{ call: 1, reason: { cause: 'claim_lost' } }]);
  expect(aborted[0]!.reason).toBeInstanceOf(AttemptAborted);
  gates[0]!.open();
  gates[1]!.open();
  const { steps } = await app.tasker.waitForTask(app.taskId);
  expect(steps).toMatchObject([{ state: 'complete', attempts: 2, results: { call: 2 } }]);
  expect(app.worker.status).toMatchObject({ lostClaims: 1, fencedResults: 0 });
});

it('gives up an execution whose claim a heartbeat finds gone, counts it, and changes nothing', async () => {
  const app = await startBusy(2, 900);
  // As if another worker had it now.
  await test.sql(
    `update tasker_workflow_steps set claimed_by = 999999, claim_expires_at = now() + interval '1 h'
     where claimed_by is not null`,
  );
  await waitFor(() => app.worker.status.lostClaims === 1, { message: 'the claim to be given up' });
  expect(aborted).toMatchObject([{ call: 1, reason: { cause: 'claim_lost' } }]);
  gates[0]!.open();
  expect((await app.tasker.getTask(app.taskId)).steps).toMatchObject([{ state: 'in_progress', claimedBy: '999999' }]);
  await endLeases();
  gates[1]!.open();
  const { steps } = await app.tasker.waitForTask(app.taskId);
  expect(steps).toMatchObject([{ state: 'complete', attempts: 2, results: { call: 2 } }]);
  expect(app.worker.status).toMatchObject({ lostClaims: 1, fencedResults: 0 });
});

it('does not take the result of a lost claim for that of a later one with the same number', async () => {
  const app = await startBusy(1);
  const { steps } = await app.tasker.getTask(app.taskId);
  await endLeases();
  await app.tasker.waitForTask(app.taskId);
  await app.tasker.retryStep(steps[0]!.stepId, { resetAttempts: true });
  await gates[1]!.arrived();
  gates[0]!.open();
  // Whatever the first one brings about has happened when a task that comes after it is through.
  gates[2] = new Gate();
  gates[2].open();
  await app.tasker.waitForTask((await app.tasker.createTask({ name: 'held' })).taskId);
  expect(await app.tasker.getTask(app.taskId)).toMatchObject({ state: 'in_progress' });
  gates[1]!.open();
  const done = await app.tasker.waitForTask(app.taskId);
  expect(done.steps).toMatchObject([{ state: 'complete', attempts: 1, results: { call: 2 } }]);
});

it('does not hand back a step that it takes while it looks for lost ones', async () => {
  const app = await test.start({
    definitions: [chain(2, 'hold')],
    providers: [handlerOf('hold', hold)],
    options: { worker: { leaseMs: 600_000, pollIntervalMs: 50 } },
  });
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_2' });
  await gates[0]!.arrived();
  gates[1]!.open();
  const states = () =>
    test.sql<{ state: string }>('select state from tasker_workflow_steps where task_id = $1 order by position', [
      taskId,
    ]);

  const workers = app.get(WorkerStore);
  const orchestration = app.get(OrchestrationService);
  const heldBy = workers.heldBy.bind(workers);
  const claim = orchestration.claim.bind(orchestration);
  const advance = orchestration.advance.bind(orchestration);
  const looked = new Gate();
  // What is committed is known to the worker only after it has looked.
  orchestration.advance = async (...args) => {
    const outcome = await advance(...args);
    await looked.pass();
    return outcome;
  };
  workers.heldBy = async (workerId) => {
    workers.heldBy = heldBy;
    // In the middle of looking, the first step ends, and would bring its child with it.
    gates[0]!.open();
    await looked.arrived();
    const rows = await heldBy(workerId);
    setImmediate(() => looked.open());
    return rows;
  };
  orchestration.claim = async () => {
    orchestration.claim = claim;
    throw Object.assign(new Error('the answer was lost'), { code: 'ECONNRESET' });
  };
  await waitFor(async () => (await states()).every(({ state }) => state === 'complete'));
  const history = await test.sql(
    `select position, to_state, metadata->>'cause' as cause from tasker_workflow_step_transitions
     join tasker_workflow_steps using (workflow_step_id) where task_id = $1 order by position, sort_key`,
    [taskId],
  );
  expect(history).toEqual(
    [0, 1].flatMap((position) =>
      ['pending', 'in_progress', 'complete'].map((to_state) => ({ position, to_state, cause: null })),
    ),
  );
  expect(calls).toBe(2);
});
