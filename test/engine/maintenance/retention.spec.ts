import { type TaskerOptions } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { Retention } from '../../../src/engine/maintenance/retention.js';
import { StandingDuties } from '../../../src/engine/maintenance/standing-duties.js';
import { RetentionStore } from '../../../src/persistence/retention-store.js';
import { resolveOptions } from '../../../src/tasker.options.js';
import { chain } from '../../support/dags.js';
import { MOCK_HANDLERS } from '../../support/mock-handlers.js';
import { type TestApp } from '../../support/test-app.js';
import { useTestApps } from '../../support/use-test-apps.js';

const DAY_MS = 86_400_000;
const test = useTestApps();

function start(retention: TaskerOptions['retention'], clock = new FakeClock()): Promise<TestApp> {
  return test.start({ definitions: [chain(2)], providers: MOCK_HANDLERS, clock, options: { retention } });
}

function retentionOf(app: TestApp): Retention | undefined {
  return app.get(StandingDuties).list.find((duty) => duty instanceof Retention);
}

async function runOne(app: TestApp): Promise<number> {
  const { taskId } = await app.tasker.createTask({ name: 'chain_of_2' });
  await app.tasker.waitForTask(taskId);
  return taskId;
}

describe('the retention duty', () => {
  it('is off unless the host asks for it', async () => {
    expect(retentionOf(await start(undefined))).toBeUndefined();
    expect(retentionOf(await start(false))).toBeUndefined();
    expect(retentionOf(await start({ afterDays: 30 }))).toBeDefined();
  });

  it('deletes tasks when their time is over, and says how many', async () => {
    const clock = new FakeClock();
    const app = await start({ afterDays: 30, auditDays: 30 }, clock);
    await runOne(app);
    await test.sql(`insert into tasker_audit (action, subject, created_at) values ('pause', 'fleet', $1)`, [
      clock.now(),
    ]);
    await test.sql(
      `insert into tasker_events (name, payload, created_at) values ('subscriber.dead_lettered', '{}', $1)`,
      [clock.now()],
    );
    clock.advance(29 * DAY_MS);
    const young = await runOne(app);
    const signal = new AbortController().signal;
    await retentionOf(app)!.run(signal);
    expect(await app.tasker.listTasks()).toHaveLength(2);

    clock.advance(2 * DAY_MS);
    await retentionOf(app)!.run(signal);
    expect((await app.tasker.listTasks()).map(({ taskId }) => taskId)).toEqual([young]);
    expect(app.logger.find('log', 'Deleted 1 tasks of namespace "default" that were complete.')).toHaveLength(1);
    expect(await test.sql('select from tasker_audit')).toHaveLength(0);
    expect(await test.sql('select from tasker_events')).toHaveLength(0);
  });
});

it('neither blocks a worker nor waits for one: a batch that is under way hinders no new task', async () => {
  const clock = new FakeClock();
  const app = await start(undefined, clock);
  const tasks = await app.tasker.createTasks(Array.from({ length: 50 }, () => ({ name: 'chain_of_2' })));
  await Promise.all(tasks.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  clock.advance(31 * DAY_MS);

  // A batch whose transaction stays open for as long as the worker does its work.
  const client = await test.connect();
  await client.query('begin');
  const { rowCount } = await client.query(
    `delete from tasker_tasks where task_id in (
       select task_id from tasker_tasks order by created_at, task_id limit 40 for update skip locked)`,
  );
  expect(rowCount).toBe(40);
  await runOne(app);
  const [waiting] = await test.sql<{ n: number }>(
    `select count(*)::integer as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  expect(waiting!.n).toBe(0);
  // Another process at the same: it takes what is free.
  const store = app.get(RetentionStore);
  const rule = { afterDays: 30, namespaces: {}, states: ['complete' as const] };
  expect((await store.pruneTasks(rule, { limit: 500 }))!.pruned).toMatchObject([{ tasks: 10 }]);
  await client.query('commit');
  expect(await app.tasker.listTasks({ limit: 100 })).toHaveLength(1);
});

describe('the retention option', () => {
  const resolve = (retention: unknown) => resolveOptions({ retention } as TaskerOptions).retention;

  it('keeps tasks in error unless they are named: they wait for an operator', () => {
    expect(resolve({ afterDays: 30 })).toEqual({
      afterDays: 30,
      states: ['complete', 'cancelled', 'resolved_manually'],
      namespaces: {},
      batchSize: 500,
      auditDays: 365,
    });
    expect(resolve({ namespaces: { logs: 0.5 } })).toMatchObject({ afterDays: null, namespaces: { logs: 0.5 } });
    expect(resolve(undefined)).toBeNull();
  });

  it.each([
    [{}, '"retention.afterDays" must be given, or "retention.namespaces"'],
    [{ afterDays: 0 }, '"retention.afterDays" must be a number from 0.001 to 36500; it is 0'],
    [{ afterDays: 1, states: ['pending'] }, '"retention.states" must be a list of'],
    [{ namespaces: { logs: 'week' } }, '"retention.namespaces.logs" must be a number'],
    [{ afterDays: 1, batchsize: 5 }, 'does not know the option "retention.batchsize". Did you mean "batchSize"?'],
    [true, '"retention" must be false or an object'],
  ])('refuses %j', (retention, message) => {
    expect(() => resolve(retention)).toThrow(message);
  });
});
