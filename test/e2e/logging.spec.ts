import {
  currentCorrelationId,
  PermanentError,
  RetryableError,
  runWithCorrelationId,
  type StepContext,
  StepHandler,
  type WorkflowDefinition,
} from 'nestjs-tasker';
import { EngineSignals } from '../../src/engine/engine-signals.js';
import { startProcess } from '../support/processes.js';
import { type LogLine } from '../support/recording-logger.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();
const SECRETS = ['Ann Smith', '4111111111111111', 'hunter2', 'gift-code'];

@StepHandler('wrap')
class Wrap implements StepHandler {
  process() {
    return { code: 'gift-code' };
  }
}

@StepHandler('charge')
class Charge implements StepHandler {
  process({ task, attempt, logger, sequence }: StepContext) {
    const { payment } = task.context as typeof CONTEXT;
    const { code } = sequence.results('wrap') as { code: string };
    logger.info(`charging ${payment.card_number} of\n${payment.holder}`, { payment, attempt: 'mine', code, total: 3 });
    const context = { holder: payment.holder, note: `with ${code}` };
    if (attempt === 1) throw new RetryableError('try again, password=hunter2', { errorCode: 'BUSY', context });
    throw new PermanentError(`declined for ${payment.holder} with ${payment.card_number} and ${code}`, { context });
  }
}

const CONTEXT = { payment: { card_number: 4111111111111111, holder: 'Ann Smith' } };
const WORKFLOW: WorkflowDefinition = {
  name: 'order',
  sensitive: ['payment.card_number', 'payment.holder'],
  steps: [
    { name: 'wrap', handler: 'wrap', sensitive: ['code'] },
    { name: 'charge', handler: 'charge', dependsOn: ['wrap'], backoff: { delaysSeconds: [0], jitter: 0 } },
  ],
};

async function linesOf(format: 'text' | 'json'): Promise<{ lines: LogLine[]; taskId: number; stepId: number }> {
  const options = { logging: { format }, environment: 'test' };
  const app = await test.start({ definitions: [WORKFLOW], providers: [Wrap, Charge], options });
  const { taskId } = await app.tasker.createTask({ name: 'order', context: CONTEXT, correlationId: 'corr-1' });
  const { steps } = await app.tasker.waitForTask(taskId);
  await app.close();
  const lines = app.logger.lines.filter(({ context }) => /^Tasker(Step|Attempts)$/.test(String(context)));
  for (const line of app.logger.lines) {
    for (const secret of SECRETS) expect(JSON.stringify(line)).not.toContain(secret);
  }
  return { lines, taskId, stepId: steps[1]!.stepId };
}

it('tells of steps and failures in one line each, without what is sensitive', async () => {
  const { lines, taskId, stepId } = await linesOf('text');
  const facts = `correlation_id=corr-1 task_id=${taskId} step_id=${stepId} step=charge`;
  const shown = 'payment.holder=[FILTERED] payment.card_number=[FILTERED]';
  const said = (attempt: number) =>
    `charging [FILTERED] of\\n[FILTERED] ${facts} attempt=${attempt} ${shown} attempt_=mine code=[FILTERED] total=3`;
  const what = `Step ${stepId} "charge" of task ${taskId} (default.order@0.1.0)`;
  const took = / correlation_id=corr-1 duration_ms=[\d.]+ performance_category=fast exception_class=\w+$/;
  expect(lines.map(({ level, message }) => [level, String(message).replace(took, '')])).toEqual([
    ['log', said(1)],
    [
      'warn',
      expect.stringMatching(
        /^Step \d+ "charge" .* failed, attempt 1; again at .*Z\. BUSY: try again, password=\[FILTERED\]$/,
      ),
    ],
    ['log', said(2)],
    [
      'error',
      `${what} failed for good, attempt 2. STEP_PERMANENT_ERROR: declined for [FILTERED] with [FILTERED] and [FILTERED]`,
    ],
    ['error', `Task ${taskId} (default.order@0.1.0) ended in error. correlation_id=corr-1`],
  ]);
});

it('tells the same as objects, with more of each failure', async () => {
  const { lines, taskId, stepId } = await linesOf('json');
  const of = { correlation_id: 'corr-1', task_id: taskId, environment: 'test', process_id: process.pid };
  const step = { ...of, step_id: stepId, step: 'charge' };
  expect(lines.map(({ message }) => JSON.parse(JSON.stringify(message)) as unknown)).toEqual([
    expect.objectContaining({
      ...step,
      component: 'TaskerStep',
      level: 'info',
      attempt: 1,
      attempt_: 'mine',
      total: 3,
    }),
    expect.objectContaining({
      ...{ ...step, component: 'TaskerAttempts', level: 'warn', attempt: 1, final: false, task: 'default.order@0.1.0' },
      ...{ error_code: 'BUSY', exception_class: 'RetryableError', performance_category: 'fast' },
      next_retry_at: expect.stringMatching(/Z$/) as string,
      backtrace: expect.arrayContaining([expect.stringMatching(/^at /)]) as string[],
      error_context: { holder: '[FILTERED]', note: 'with [FILTERED]' },
    }),
    expect.objectContaining({ ...step, level: 'info', attempt: 2 }),
    expect.objectContaining({ ...step, level: 'error', attempt: 2, final: true, exception_class: 'PermanentError' }),
    expect.objectContaining({ ...of, level: 'error', task: 'default.order@0.1.0' }),
  ]);
});

it('goes on working when the logger of the host is broken', async () => {
  const app = await test.start({ definitions: [WORKFLOW], providers: [Wrap, Charge] });
  const broken = () => {
    throw new Error('disk full');
  };
  app.app.useLogger({ log: broken, warn: broken, error: broken });
  const { taskId } = await app.tasker.createTask({ name: 'order', context: CONTEXT });
  const done = await app.tasker.waitForTask(taskId);
  expect(done.steps.map(({ state, attempts }) => [state, attempts])).toEqual([
    ['complete', 1],
    ['error', 2],
  ]);
  app.app.useLogger(app.logger);
});

it('lends the correlation id of a caller to its tasks, and to nothing else that goes on', async () => {
  const app = await test.start({ definitions: [WORKFLOW], providers: [Wrap, Charge] });
  const heard: unknown[] = [];
  for (const signal of ['created', 'finished', 'advanced'] as const) {
    app.get(EngineSignals).on(signal, () => heard.push(currentCorrelationId()));
  }
  const request = { name: 'order', context: CONTEXT };
  const [inherited, own] = await runWithCorrelationId('caller', () =>
    app.tasker.createTasks([request, { ...request, correlationId: 'own' }]),
  );
  const made = await app.tasker.createTask(request);
  const tasks = await Promise.all([inherited!, own!, made].map(({ taskId }) => app.tasker.waitForTask(taskId)));
  expect(tasks.map(({ correlationId }) => correlationId)).toEqual(['caller', 'own', expect.stringMatching(/^tsk_/)]);
  expect(new Set(heard)).toEqual(new Set([undefined]));
});

describe('what a process prints', () => {
  const printed = async (logger: string, format: string): Promise<{ lines: string[]; correlationId: string }> => {
    const one = startProcess('test/e2e/fixtures/logging-process.ts', { args: [test.database.url, logger, format] });
    const done = await one.waitForLine(/^done /);
    await one.exited;
    return { lines: one.lines.filter((line) => !line.startsWith('done ')), correlationId: done.slice(5) };
  };
  const parse = (line: string) => JSON.parse(line) as Record<string, unknown>;

  it("is one JSON object per line with our own logger, Nest's lines too", async () => {
    const { lines, correlationId } = await printed('tasker', 'json');
    const entries = lines.map(parse);
    expect(entries.length).toBeGreaterThan(5);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string,
        process_id: expect.any(Number) as number,
      });
      expect(['debug', 'info', 'warn', 'error']).toContain(entry.level);
    }
    const ofStep = entries.filter(({ component }) => component === 'TaskerStep');
    expect(ofStep).toEqual([
      expect.objectContaining({
        message: 'greeting',
        name: 'ann',
        password: '[FILTERED]',
        correlation_id: correlationId,
        step: 'greet',
      }),
    ]);
    expect(entries.find(({ component }) => component === 'Greetings')).toMatchObject({ correlation_id: correlationId });
  });

  it("is one JSON object per line with Nest's JSON logger", async () => {
    const { lines, correlationId } = await printed('nest-json', 'json');
    const ofStep = lines.map(parse).filter(({ context }) => context === 'TaskerStep');
    expect(ofStep).toEqual([
      expect.objectContaining({
        level: 'log',
        message: expect.objectContaining({
          message: 'greeting',
          name: 'ann',
          password: '[FILTERED]',
          correlation_id: correlationId,
        }) as object,
      }),
    ]);
  });

  it("is one line of text with Nest's default logger", async () => {
    const { lines, correlationId } = await printed('default', 'text');
    const ofStep = lines.filter((line) => line.includes('TaskerStep'));
    expect(ofStep).toHaveLength(1);
    expect(ofStep[0]).toContain(`correlation_id=${correlationId}`);
    expect(ofStep[0]).toMatch(/ step=greet attempt=1 name=ann password=\[FILTERED\]/);
  });
});
