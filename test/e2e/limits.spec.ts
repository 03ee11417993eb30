/** What is limited, paused or behind a breaker waits, in all processes together, and uses up no attempt while it does. */
import {
  ControlService,
  OrchestrationService,
  RetryableError,
  StepHandler,
  type StepContext,
  ValidationError,
} from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { DefinitionCatalog } from '../../src/engine/definition-catalog.js';
import { ReadinessService } from '../../src/health/readiness.service.js';
import { Gate } from '../support/gate.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';
import { watchLanes } from '../support/watch-lanes.js';

const test = useTestApps();

/** Counts who is inside, across the applications of a test. */
const inside = { now: 0, most: 0, calls: 0, gate: undefined as Gate | undefined, failing: false };

@StepHandler('charge')
class Charge implements StepHandler {
  async process({ task }: StepContext) {
    inside.calls++;
    inside.most = Math.max(inside.most, ++inside.now);
    try {
      await inside.gate?.pass();
      if (inside.failing) throw new RetryableError('the gateway is down');
      return { task: task.taskId };
    } finally {
      inside.now--;
    }
  }
}

const definition = (namespace: string) => ({
  name: 'pay',
  namespace,
  steps: [{ name: 'charge', handler: Charge, dependentSystem: 'stripe', retryLimit: 50 }],
});
const definitions = [definition('shop'), definition('bank')];

beforeEach(() => Object.assign(inside, { now: 0, most: 0, calls: 0, gate: undefined, failing: false }));

function create(app: TestApp, count: number, namespace = 'shop') {
  return app.tasker.createTasks(Array.from({ length: count }, () => ({ name: 'pay', namespace })));
}

async function completed(): Promise<number> {
  const [row] = await test.sql<{ n: number }>(`select count(*)::int as n from tasker_tasks where state = 'complete'`);
  return row!.n;
}

async function laneOf(namespace: string): Promise<number> {
  const [lane] = await test.sql<{ id: number }>(
    'select lane_id as id from tasker_lanes join tasker_task_namespaces using (task_namespace_id) where name = $1',
    [namespace],
  );
  return lane!.id;
}

describe('the concurrency of a dependent system', () => {
  it('is held across processes, and used to the full', async () => {
    inside.gate = new Gate();
    const options = { limits: { systems: { stripe: { concurrency: 3 } } } };
    const one = await test.start({ definitions, providers: [Charge], options });
    await test.start({ definitions, providers: [Charge], options });
    await create(one, 15, 'shop');
    await create(one, 15, 'bank');
    await inside.gate.arrived(3);
    const running = await test.sql(`select 1 from tasker_workflow_steps where state = 'in_progress'`);
    expect(running).toHaveLength(3);
    inside.gate.open();
    await waitFor(async () => (await completed()) === 30, { message: '30 tasks to complete' });
    expect(inside).toMatchObject({ most: 3, calls: 30 });
  });

  it('is lifted when the options no longer name it', async () => {
    const limited = { limits: { systems: { stripe: { concurrency: 1 } } } };
    const first = await test.start({ definitions, providers: [Charge], options: limited });
    expect(await first.get(ControlService).list()).toMatchObject([{ system: 'stripe', concurrency: 1 }]);
    const second = await test.start({ definitions, providers: [Charge], options: { limits: { systems: {} } } });
    expect(await second.get(ControlService).list()).toEqual([]);
  });
});

describe('the concurrency of a namespace', () => {
  it('leaves other namespaces alone', async () => {
    inside.gate = new Gate();
    const app = await test.start({
      definitions,
      providers: [Charge],
      options: { limits: { namespaces: { shop: { concurrency: 2 } } } },
    });
    await create(app, 10, 'shop');
    await create(app, 4, 'bank');
    await inside.gate.arrived(6);
    const running = await test.sql<{ name: string; n: number }>(
      `select n.name, count(*)::int as n from tasker_workflow_steps s join tasker_lanes l using (lane_id)
       join tasker_task_namespaces n using (task_namespace_id) where s.state = 'in_progress' group by 1 order by 1`,
    );
    expect(running).toEqual([
      { name: 'bank', n: 4 },
      { name: 'shop', n: 2 },
    ]);
    inside.gate.open();
    await waitFor(async () => (await completed()) === 14, { message: '14 tasks to complete' });
  });
});

describe('the rate of a dependent system', () => {
  it('lets a second’s worth start at once and the rest as time passes', async () => {
    const clock = new FakeClock();
    const app = await test.start({
      definitions,
      providers: [Charge],
      clock,
      options: { limits: { systems: { stripe: { perSecond: 10 } } } },
    });
    await create(app, 40);
    await waitFor(async () => (await completed()) === 10, { message: 'ten to start' });
    for (const [ms, total] of [
      [500, 15],
      [300, 18],
      [60_000, 28],
      [1_000, 38],
      [1_000, 40],
    ] as const) {
      clock.advance(ms);
      await waitFor(async () => (await completed()) >= total, { message: `${total} to complete` });
      expect(inside.calls).toBe(total);
    }
  });
});

describe('the circuit breaker of a dependent system', () => {
  const breaker = { failureRate: 0.5, minCalls: 4, windowSeconds: 60, openSeconds: 30 };
  const options = {
    limits: { systems: { stripe: { breaker } } },
    backoff: { delaysSeconds: [1], multiplier: 1, maxSeconds: 1, jitter: 0 },
  };

  it('opens, holds steps back without using up attempts, and closes when a probe succeeds', async () => {
    const clock = new FakeClock();
    inside.failing = true;
    const app = await test.start({ definitions, providers: [Charge], clock, options });
    const controls = app.get(ControlService);
    await create(app, 4);
    const open = await waitFor(async () => (await controls.list())[0]?.breakerOpenedAt, { message: 'it to open' });
    expect(open).toEqual(clock.now());
    expect(await app.get(ReadinessService).check()).toMatchObject({ ready: true, open_breakers: ['stripe'] });
    expect(inside.calls).toBe(4);

    // The backoff is over long before the breaker's time; nothing is tried.
    clock.advance(10_000);
    await create(app, 1);
    const attempts = () =>
      test.sql<{ attempts: number }>('select attempts from tasker_workflow_steps order by workflow_step_id');
    expect((await attempts()).map((row) => row.attempts)).toEqual([1, 1, 1, 1, 0]);

    // One probe fails: open again for its whole time.
    clock.advance(20_000);
    await waitFor(() => inside.calls === 5, { message: 'a probe' });
    await waitFor(async () => (await controls.list())[0]!.breakerOpenedAt?.getTime() === clock.now().getTime(), {
      message: 'it to open anew',
    });
    expect(inside.calls).toBe(5);

    inside.failing = false;
    clock.advance(30_000);
    await waitFor(async () => (await completed()) === 5, { message: 'all to complete' });
    expect((await controls.list())[0]!.breakerOpenedAt).toBeNull();
    expect((await attempts()).reduce((sum, row) => sum + row.attempts, 0)).toBe(inside.calls);
  });
});

describe('a pause', () => {
  it.each([
    [
      'of a namespace',
      (c: ControlService) => c.pauseNamespace('shop'),
      (c: ControlService) => c.resumeNamespace('shop'),
    ],
    [
      'of a dependent system',
      (c: ControlService) => c.pauseSystem('stripe'),
      (c: ControlService) => c.resumeSystem('stripe'),
    ],
    [
      'of the whole fleet',
      (c: ControlService) => c.pauseFleet({ by: 'ann', reason: 'migration' }),
      (c: ControlService) => c.resumeFleet({ by: 'ann' }),
    ],
  ])('%s lets nothing start until it is over', async (_name, pause, resume) => {
    const app = await test.start({ definitions, providers: [Charge] });
    const other = await test.start({ definitions, providers: [Charge] });
    const controls = app.get(ControlService);
    const [lane, watched] = [await laneOf('shop'), [app, other].map(watchLanes)];
    await pause(controls);
    // Both processes know: a step that must not start would have.
    await waitFor(() => watched.every((lanes) => lanes()?.includes(lane) === false), { message: 'the pause' });
    await create(app, 3);
    for (const one of [app, other]) {
      const lanes = await one.get(DefinitionCatalog).runnableLanes(null);
      expect(lanes.laneIds).not.toContain(lane);
      const worker = { workerId: one.worker.status.workerId!, leaseMs: 1_000, ...lanes };
      expect(await one.get(OrchestrationService).claim(worker, 10)).toEqual([]);
    }
    expect(inside.calls).toBe(0);
    await resume(controls);
    await waitFor(async () => (await completed()) === 3, { message: 'three to complete' });
    expect(await controls.list()).toEqual([]);
    const audit = await test.sql<{ action: string }>('select action from tasker_audit order by audit_id');
    expect(audit.slice(-2).map((row) => row.action)).toEqual(['pause', 'resume']);
  });

  it('is kept with who and why; an actor that cannot be stored is refused, and nothing is held back', async () => {
    const app = await test.start({ definitions, providers: [Charge], options: { worker: false } });
    const controls = app.get(ControlService);
    for (const actor of [{ by: 'a\0b' }, { reason: 'x'.repeat(1_001) }, { by: 7 as never }]) {
      await expect(controls.pauseFleet(actor)).rejects.toBeInstanceOf(ValidationError);
    }
    expect(await controls.list()).toEqual([]);
    await controls.pauseSystem('stripe', { by: 'ann', reason: 'they asked us to' });
    await controls.resumeSystem('stripe', { by: 'bob' });
    const audit = await test.sql('select action, subject, metadata from tasker_audit order by audit_id desc limit 2');
    expect(audit).toEqual([
      { action: 'resume', subject: 'system stripe', metadata: { by: 'bob' } },
      { action: 'pause', subject: 'system stripe', metadata: { by: 'ann', reason: 'they asked us to' } },
    ]);
  });

  it('of a task holds back its due steps, its retries and its children, and no other task', async () => {
    inside.failing = true;
    const clock = new FakeClock();
    const app = await test.start({ definitions, providers: [Charge], clock });
    const [held] = await create(app, 1);
    await waitFor(() => inside.calls === 1, { message: 'the first attempt' });
    await waitFor(async () => (await app.tasker.listSteps(held!.taskId))[0]!.state === 'error');
    await app.tasker.pauseTask(held!.taskId, { by: 'bob', reason: 'looking' });
    expect((await app.tasker.getTask(held!.taskId)).pausedAt).toEqual(clock.now());
    inside.failing = false;
    clock.advance(3_600_000);
    const [free] = await create(app, 1);
    await app.tasker.waitForTask(free!.taskId);
    expect(inside.calls).toBe(2);
    await expect(app.tasker.pauseTask(held!.taskId)).rejects.toThrow(/in_progress and paused.*resume/);
    await app.tasker.resumeTask(held!.taskId);
    expect((await app.tasker.waitForTask(held!.taskId)).state).toBe('complete');
    await expect(app.tasker.resumeTask(held!.taskId)).rejects.toThrow(/Cannot resume task \d+: it is complete/);
  });
});

it('keeps the start time of a task that is paused and resumed before it', async () => {
  const clock = new FakeClock();
  const app = await test.start({ definitions, providers: [Charge], clock });
  const runAt = new Date(clock.now().getTime() + 3_600_000);
  const { taskId } = await app.tasker.createTask({ name: 'pay', namespace: 'shop', runAt });
  await app.tasker.pauseTask(taskId);
  await app.tasker.resumeTask(taskId);
  expect((await app.tasker.listSteps(taskId))[0]!.readyAt).toEqual(runAt);
  clock.advance(3_600_000);
  expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
});
