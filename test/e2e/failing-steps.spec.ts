import { PermanentError, RetryableError, type StepDefinition, StepHandler, type TaskerOptions } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { backoffMs, DEFAULT_BACKOFF } from '../../src/core/backoff.js';
import { chain } from '../support/dags.js';
import { runThrough, untilQuiet } from '../support/fake-time.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

/** An application whose only workflow is one step; `process` says what its attempts do. */
async function startStep(
  process: StepHandler['process'],
  step: Partial<StepDefinition> = {},
  options?: Omit<TaskerOptions, 'definitions'>,
) {
  const app = await test.start({
    definitions: [{ name: 'one_step', steps: [{ name: 'only', handler: 'scripted', ...step }] }],
    providers: [handlerOf('scripted', process)],
    clock: new FakeClock(),
    options,
  });
  const { taskId } = await app.tasker.createTask({ name: 'one_step' });
  return { ...app, taskId, ...standingOf(app, taskId) };
}

function standingOf({ clock, tasker }: TestApp, taskId: number) {
  const only = async () => (await tasker.listSteps(taskId))[0]!;
  return {
    /** The step, when nothing of it runs. */
    rested: async () => {
      await untilQuiet(test, clock!.now(), taskId);
      return only();
    },
    /** Moves the clock to the moment at which the step is due. */
    untilDue: async () => {
      const { readyAt } = await only();
      clock!.advance(readyAt!.getTime() - clock!.now().getTime());
    },
  };
}

const throwing = (error: () => Error) => () => {
  throw error();
};

describe('any error', () => {
  it('is recorded with its attempt, and the step is due again after the backoff', async () => {
    const step = await startStep(throwing(() => new TypeError('no such field')));
    const failed = await step.rested();
    expect(failed).toMatchObject({
      state: 'error',
      attempts: 1,
      error: { message: 'no such field', errorClass: 'TypeError', permanent: false },
      results: null,
      backoffRequestSeconds: null,
    });
    const offset = failed.readyAt!.getTime() - step.clock!.now().getTime();
    expect(offset).toBeGreaterThanOrEqual(900);
    expect(offset).toBeLessThanOrEqual(1_100);
    expect((await step.tasker.getTask(step.taskId)).state).toBe('in_progress');
  });

  it('leaves no trace on the step once a later attempt succeeds, but in its history', async () => {
    const step = await startStep(({ attempt }) => {
      if (attempt === 1) throw new Error('once');
      return { attempt };
    });
    await runThrough(test, step, step.taskId);
    const only = await step.rested();
    expect(only).toMatchObject({ state: 'complete', attempts: 2, error: null, results: { attempt: 2 } });
    const [failed] = (await step.tasker.stepHistory(only.stepId)).filter((row) => row.toState === 'error');
    expect(failed!.metadata).toMatchObject({ attempt: 1, error: { message: 'once' } });
    expect(failed!.metadata.duration_ms).toEqual(expect.any(Number));
  });

  it('is retried up to the limit, after 1, 2, 4, 8, 16, 32, 49 and 64 seconds with jitter, and then never', async () => {
    const step = await startStep(
      throwing(() => new Error('always')),
      { retryLimit: 9 },
    );
    const moments = await runThrough(test, step, step.taskId);
    const only = await step.rested();
    expect(only).toMatchObject({ state: 'error', attempts: 9, readyAt: null });
    expect((await step.tasker.getTask(step.taskId)).state).toBe('error');
    expect(moments).toHaveLength(8);
    let before = new FakeClock().now().getTime();
    for (const [index, moment] of moments.entries()) {
      const offset = moment.getTime() - before;
      expect(offset).toBeGreaterThanOrEqual(backoffMs(DEFAULT_BACKOFF, index + 1, () => 0));
      expect(offset).toBeLessThanOrEqual(backoffMs(DEFAULT_BACKOFF, index + 1, () => 1));
      before = moment.getTime();
    }
    step.clock!.advance(86_400_000);
    expect(await step.rested()).toMatchObject({ attempts: 9, readyAt: null });
  });

  it('waits by the backoff of the module, and of the step where that says otherwise', async () => {
    const backoff = { delaysSeconds: [10, 20], multiplier: 3, maxSeconds: 25, jitter: 0 };
    const definition = {
      name: 'two_steps',
      steps: [
        { name: 'module', handler: 'scripted', retryLimit: 4 },
        { name: 'own', handler: 'scripted', retryLimit: 4, backoff: { delaysSeconds: [3], maxSeconds: 4 } },
      ],
    };
    const app = await test.start({
      definitions: [definition],
      providers: [
        handlerOf(
          'scripted',
          throwing(() => new Error('always')),
        ),
      ],
      clock: new FakeClock(),
      options: { backoff },
    });
    const { taskId } = await app.tasker.createTask({ name: 'two_steps' });
    await runThrough(test, app, taskId);
    const offsets = (await app.tasker.listSteps(taskId)).map(async ({ stepId }) => {
      const failed = (await app.tasker.stepHistory(stepId)).filter(({ metadata }) => metadata.next_retry_at);
      return failed.map((row) => new Date(row.metadata.next_retry_at as string).getTime() - row.createdAt.getTime());
    });
    expect(await Promise.all(offsets)).toEqual([
      [10_000, 20_000, 25_000],
      [3_000, 4_000, 4_000],
    ]);
  });
});

describe('a RetryableError', () => {
  it.each([
    ['is due exactly when it says', 120, 120_000, 120],
    ['is due at a fraction of a second too', 1.5, 1_500, 2],
    ['is never due later than the cap', 10_000, 300_000, 300],
    ['is not due in the past', -5, 0, 0],
  ])('%s: retryAfter %p', async (_promise, retryAfter, offset, seconds) => {
    let failures = 0;
    const step = await startStep(() => {
      if (failures++ === 0) throw new RetryableError('busy', { retryAfter, errorCode: 'BUSY', context: { queue: 3 } });
      return null;
    });
    if (offset > 0) {
      const failed = await step.rested();
      expect(failed).toMatchObject({
        state: 'error',
        backoffRequestSeconds: seconds,
        error: { message: 'busy', errorClass: 'RetryableError', errorCode: 'BUSY', context: { queue: 3 } },
      });
      expect(failed.readyAt!.getTime() - step.clock!.now().getTime()).toBe(offset);
      step.clock!.advance(offset - 1);
      expect(await step.rested()).toMatchObject({ state: 'error', attempts: 1 });
      step.clock!.advance(1);
    }
    expect((await step.tasker.waitForTask(step.taskId)).state).toBe('complete');
  });

  it.each([NaN, Infinity, undefined])(
    'that says nothing useful waits by the ordinary backoff: %p',
    async (retryAfter) => {
      const step = await startStep(throwing(() => new RetryableError('busy', { retryAfter })));
      const failed = await step.rested();
      expect(failed.backoffRequestSeconds).toBeNull();
      const offset = failed.readyAt!.getTime() - step.clock!.now().getTime();
      expect(offset).toBeGreaterThanOrEqual(900);
      expect(offset).toBeLessThanOrEqual(1_100);
    },
  );

  it('asks for one delay only: the next failure, which asks for none, has the ordinary one', async () => {
    const step = await startStep(({ attempt }) => {
      throw attempt === 1 ? new RetryableError('busy', { retryAfter: 200 }) : new Error('other');
    });
    expect((await step.rested()).backoffRequestSeconds).toBe(200);
    await step.untilDue();
    const failed = await step.rested();
    expect(failed).toMatchObject({ attempts: 2, backoffRequestSeconds: null, error: { message: 'other' } });
    expect(failed.readyAt!.getTime() - step.clock!.now().getTime()).toBeLessThanOrEqual(2_200);
  });

  it('counts towards the limit as any failure does', async () => {
    const step = await startStep(
      throwing(() => new RetryableError('busy', { retryAfter: 0 })),
      { retryLimit: 4 },
    );
    expect((await step.tasker.waitForTask(step.taskId)).state).toBe('error');
    expect(await step.rested()).toMatchObject({ attempts: 4, readyAt: null });
  });
});

describe('a step that is not tried again', () => {
  const final = { state: 'error', attempts: 1, readyAt: null };

  it('is one that threw a PermanentError, attempts left or not', async () => {
    const details = { errorCode: 'CARD_DECLINED', context: { amount: 7 } };
    const step = await startStep(
      throwing(() => new PermanentError('declined', details)),
      { retryLimit: 100 },
    );
    expect((await step.tasker.waitForTask(step.taskId)).state).toBe('error');
    expect(await step.rested()).toMatchObject({
      ...final,
      error: { message: 'declined', permanent: true, ...details },
    });
  });

  it.each([
    ['is declared not retryable', { retryable: false, retryLimit: 5 }],
    ['has a limit of one attempt', { retryLimit: 1 }],
  ])('is one that %s', async (_what, declared) => {
    const step = await startStep(
      throwing(() => new RetryableError('busy', { retryAfter: 1 })),
      declared,
    );
    expect((await step.tasker.waitForTask(step.taskId)).state).toBe('error');
    expect(await step.rested()).toMatchObject({ ...final, error: { message: 'busy', permanent: false } });
  });

  it('is one that could not shape its results, for its work is done', async () => {
    @StepHandler('shaping')
    class Shaping implements StepHandler {
      process = () => ({ raw: true });
      processResults = throwing(() => new Error('no such field'));
    }
    const app = await test.start({ definitions: [chain(1, 'shaping')], providers: [Shaping], clock: new FakeClock() });
    const { taskId } = await app.tasker.createTask({ name: 'chain_of_1' });
    const task = await app.tasker.waitForTask(taskId);
    expect(task.steps[0]).toMatchObject({
      ...final,
      error: {
        errorCode: 'RESULT_PROCESSING_FAILED',
        message: expect.stringContaining('no such field') as string,
        permanent: true,
      },
    });
  });
});

it('fails the attempt, not the process, when a variable of its config is gone', async () => {
  process.env.E2E_TOKEN = 'secret';
  const seen: unknown[] = [];
  const step = await startStep(({ step: { config } }) => seen.push(config.token), {
    config: { token: '${E2E_TOKEN}' },
    retryLimit: 2,
  });
  expect((await step.rested()).state).toBe('complete');
  expect(seen).toEqual(['secret']);
  delete process.env.E2E_TOKEN;
  const { taskId } = await step.tasker.createTask({ name: 'one_step' });
  const failed = await standingOf(step, taskId).rested();
  expect(failed).toMatchObject({ state: 'error', attempts: 1, error: { errorCode: 'INVALID_HANDLER_CONFIG' } });
  expect(failed.error!.message).toContain('E2E_TOKEN');
  expect(failed.readyAt).not.toBeNull();
});
