import { AttemptAborted, type StepContext, type StepDefinition, StepHandler, type TaskerOptions } from 'nestjs-tasker';
import { Gate } from '../support/gate.js';
import { handlerOf } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const NO_BACKOFF = { delaysSeconds: [0, 0, 0], jitter: 0 };

async function startStep(
  handler: new () => StepHandler,
  step: Partial<StepDefinition> = {},
  options?: Omit<TaskerOptions, 'definitions'>,
) {
  const app = await test.start({
    definitions: [{ name: 'one_step', steps: [{ name: 'only', handler: 'slow', backoff: NO_BACKOFF, ...step }] }],
    providers: [handler],
    options,
  });
  const { taskId } = await app.tasker.createTask({ name: 'one_step' });
  return { ...app, taskId, only: async () => (await app.tasker.listSteps(taskId))[0]! };
}

const slow = (process: StepHandler['process']) => handlerOf('slow', process);

/** Waits until the signal is aborted, as a call that was handed the signal does. */
const untilAborted = ({ signal }: StepContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

it('aborts the signal with a reason that says so, records a failure, and tries again', async () => {
  const reasons: unknown[] = [];
  const step = await startStep(
    slow(async (context) => {
      if (context.attempt > 1) return 'in time';
      await untilAborted(context).catch((reason: unknown) => reasons.push(reason));
      return 'too late';
    }),
    { timeoutSeconds: 0.05 },
  );
  expect(await step.tasker.waitForTask(step.taskId)).toMatchObject({ state: 'complete' });
  expect(await step.only()).toMatchObject({ attempts: 2, results: 'in time', error: null });
  expect(reasons).toEqual([expect.any(AttemptAborted)]);
  expect(reasons[0]).toMatchObject({ cause: 'timeout', message: 'the attempt took longer than 0.05 s' });
  const history = await step.tasker.stepHistory((await step.only()).stepId);
  expect(history.find((row) => row.toState === 'error')!.metadata).toMatchObject({
    attempt: 1,
    error: { errorCode: 'STEP_TIMEOUT', message: 'the attempt took longer than 0.05 s', permanent: false },
  });
});

it('counts each time towards the limit', async () => {
  const step = await startStep(slow(untilAborted), { timeoutSeconds: 0.02, retryLimit: 3 });
  expect((await step.tasker.waitForTask(step.taskId)).state).toBe('error');
  expect(await step.only()).toMatchObject({ attempts: 3, readyAt: null, error: { errorCode: 'STEP_TIMEOUT' } });
});

it("is the module's, when the step says none", async () => {
  const step = await startStep(slow(untilAborted), { retryLimit: 1 }, { execution: { stepTimeoutSeconds: 0.03 } });
  expect((await step.tasker.waitForTask(step.taskId)).state).toBe('error');
  expect((await step.only()).error!.message).toBe('the attempt took longer than 0.03 s');
});

it('is what is recorded, whatever the handler makes of its signal', async () => {
  const step = await startStep(
    slow(async (context) => {
      await untilAborted(context).catch(() => {
        throw new TypeError('fetch failed');
      });
    }),
    { timeoutSeconds: 0.02, retryLimit: 1 },
  );
  await step.tasker.waitForTask(step.taskId);
  expect((await step.only()).error).toMatchObject({ errorCode: 'STEP_TIMEOUT' });
});

it('fences off what a handler that ignores its signal says later', async () => {
  const ignoring = new Gate();
  const late: Promise<string>[] = [];
  const step = await startStep(
    slow(({ attempt }) => {
      if (attempt > 1) return 'second';
      const answer = ignoring.pass().then(() => 'first, too late');
      late.push(answer);
      return answer;
    }),
    { timeoutSeconds: 0.05 },
  );
  expect((await step.tasker.waitForTask(step.taskId)).state).toBe('complete');
  const before = [await step.only(), await step.tasker.stepHistory((await step.only()).stepId)];
  ignoring.open();
  await Promise.all(late);
  await step.worker.stop();
  expect([await step.only(), await step.tasker.stepHistory((await step.only()).stepId)]).toEqual(before);
  expect(before[0]).toMatchObject({ results: 'second', attempts: 2 });
});

it('frees the slot of a handler that ignores its signal', async () => {
  const gate = new Gate();
  const step = await startStep(
    slow(({ attempt }) => (attempt === 1 ? gate.pass() : 'done')),
    { timeoutSeconds: 0.03 },
    {
      worker: { concurrency: 1 },
    },
  );
  expect((await step.tasker.waitForTask(step.taskId)).state).toBe('complete');
  await waitFor(() => step.worker.status.running === 0);
  gate.open();
});

it('leaves an attempt that is in time alone, and its signal too', async () => {
  const signals: AbortSignal[] = [];
  const step = await startStep(
    slow((context) => {
      signals.push(context.signal);
      return signals.length === 1 ? 'quick' : untilAborted(context);
    }),
    { timeoutSeconds: 0.1, retryLimit: 1 },
  );
  expect((await step.tasker.waitForTask(step.taskId)).state).toBe('complete');
  // When a later attempt is over its time, that of the first one is over too.
  const { taskId } = await step.tasker.createTask({ name: 'one_step' });
  expect((await step.tasker.waitForTask(taskId)).state).toBe('error');
  expect(signals.map((signal) => signal.aborted)).toEqual([false, true]);
});

it('holds for the shaping of the results too, which is not tried again: the work is done', async () => {
  let worked = 0;
  @StepHandler('slow')
  class NeverShaped implements StepHandler {
    process = () => ++worked;
    processResults = () => new Promise(() => undefined);
  }
  const step = await startStep(NeverShaped, { timeoutSeconds: 0.05 });
  expect((await step.tasker.waitForTask(step.taskId, { timeoutMs: 20_000 })).state).toBe('error');
  expect(await step.only()).toMatchObject({
    attempts: 1,
    error: { errorCode: 'RESULT_PROCESSING_FAILED', permanent: true },
  });
  expect((await step.only()).error!.message).toContain('longer than 0.05 s');
  expect(worked).toBe(1);
});
