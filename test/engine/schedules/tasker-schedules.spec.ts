import { type ScheduleRequest, TaskerSchedules, ValidationError } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { type TestApp } from '../../support/test-app.js';
import { useTestApps } from '../../support/use-test-apps.js';
import { keep, scheduleApps, scheduled } from './support.js';

const HOUR = 3_600_000;
const NAME = 'default.report';
const SCHEMA = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };

const test = useTestApps();
const apps = scheduleApps(test);
let clock: FakeClock;
let app: TestApp;
let schedules: TaskerSchedules;
beforeEach(async () => {
  await test.sql('delete from tasker_audit');
  clock = new FakeClock();
  const daily = scheduled({ cron: '0 3 * * *' });
  app = await apps.start(clock, daily, scheduled(undefined, { name: 'export', schema: SCHEMA, version: '2.1.0' }));
  schedules = app.get(TaskerSchedules);
});

async function advance(ms: number): Promise<void> {
  clock.advance(ms);
  await keep(app);
}

const audit = () => test.sql(`select action, subject, metadata from tasker_audit where subject like 'schedule %'`);

const REFUSED: readonly (readonly [change: object, message: string])[] = [
  [{ name: 'a.b' }, 'name must be 1 to 128 letters'],
  [{ cron: undefined }, 'cron or runAt must be given, and not both'],
  [{ runAt: new Date() }, 'cron or runAt must be given, and not both'],
  [{ cron: '0 3 * *' }, 'cron "0 3 * *" is not a cron expression'],
  [{ cron: 5 }, 'cron must be text'],
  [{ timeZone: 'Nowhere' }, 'timeZone "Nowhere" is not a time zone'],
  [{ cron: undefined, runAt: new Date(NaN), timeZone: undefined }, 'runAt must be a valid Date'],
  [{ cron: undefined, runAt: new Date() }, 'timeZone belongs to cron'],
  [{ missed: 'some' }, 'missed must be one of skip, once, all'],
  [{ every: 5 }, 'every is not a field of a schedule'],
  [{ task: { name: 'export', runAt: new Date() } }, 'task.runAt comes from the moment'],
  [{ task: { name: 'export', priority: 500 } }, 'priority must be a whole number'],
  [{ task: { name: 'export', context: { kind: 5 } } }, 'context.kind must be string'],
  [{ task: { name: 'exprt' } }, 'Did you mean export?'],
];

describe('pausing', () => {
  it('holds a schedule back, and what comes meanwhile is not made up for', async () => {
    expect(await schedules.pause(NAME, { by: 'ann', reason: 'inventory' })).toMatchObject({ pausedAt: clock.now() });
    await advance(48 * HOUR);
    await schedules.pause(NAME);
    expect(await schedules.get(NAME)).toMatchObject({ pausedAt: new Date('2030-01-01T00:00:00Z') });
    expect(await apps.moments()).toEqual([]);
    expect(await schedules.resume(NAME, { by: 'bob' })).toMatchObject({
      pausedAt: null,
      nextRunAt: new Date('2030-01-03T03:00:00Z'),
    });
    await advance(3 * HOUR);
    expect(await apps.moments()).toEqual(['2030-01-03T03:00:00Z']);
    expect(await audit()).toEqual([
      { action: 'pause', subject: `schedule ${NAME}`, metadata: { by: 'ann', reason: 'inventory' } },
      { action: 'pause', subject: `schedule ${NAME}`, metadata: {} },
      { action: 'resume', subject: `schedule ${NAME}`, metadata: { by: 'bob' } },
    ]);
  });

  it('changes nothing when one resumes what was not paused: a moment that is due stays due', async () => {
    clock.advance(3 * HOUR);
    await schedules.resume(NAME);
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-01T03:00:00Z']);
  });
});

describe('running one now', () => {
  it('creates a task at once, also while it is paused, and leaves its moments alone', async () => {
    await schedules.pause(NAME);
    const first = await schedules.runNow(NAME, { by: 'ann' });
    const second = await schedules.runNow(NAME);
    expect(first).toMatchObject({ created: true, name: 'report', version: '1.0.0' });
    expect(second.taskId).not.toBe(first.taskId);
    expect(await schedules.get(NAME)).toMatchObject({ nextRunAt: new Date('2030-01-01T03:00:00Z'), lastRunAt: null });
    await app.worker.start();
    expect(await app.tasker.waitForTask(first.taskId)).toMatchObject({ state: 'complete', initiator: 'schedule' });
    await app.tasker.waitForTask(second.taskId);
  });
});

describe('a schedule made at run time', () => {
  const request: ScheduleRequest = {
    name: 'nightly-export',
    task: { name: 'export', context: { kind: 'full' }, tags: ['nightly'], priority: 5, initiator: 'ann' },
    cron: '30 1 * * *',
    timeZone: 'America/New_York',
    missed: 'all',
  };

  it('is kept like one that is declared, with all that its task was asked for', async () => {
    expect(await schedules.create(request)).toMatchObject({
      name: 'nightly-export',
      isDeclared: false,
      taskName: 'export',
      version: '2.1.0',
      nextRunAt: new Date('2030-01-01T06:30:00Z'),
    });
    expect((await schedules.list()).map(({ name }) => name)).toEqual([NAME, 'nightly-export']);
    await advance(6.5 * HOUR);
    expect(await app.tasker.listTasks({ name: 'export' })).toMatchObject([
      {
        context: { kind: 'full' },
        tags: ['nightly'],
        priority: 5,
        initiator: 'ann',
        reason: 'schedule nightly-export',
      },
    ]);
  });

  it('may run once: then it is gone, and its task is there', async () => {
    const runAt = new Date('2030-01-01T12:34:56.789Z');
    await schedules.create({ name: 'once', task: { name: 'report' }, runAt });
    await schedules.delete(NAME);
    await advance(12 * HOUR);
    expect(await apps.moments()).toEqual([]);
    await advance(HOUR);
    expect(await app.tasker.listTasks()).toMatchObject([{ requestedAt: runAt }]);
    expect(await schedules.list()).toEqual([]);
  });

  it('that runs once runs when it is resumed after its moment', async () => {
    await schedules.create({ name: 'once', task: { name: 'report' }, runAt: new Date('2030-01-01T00:30:00Z') });
    await schedules.pause('once');
    await advance(HOUR);
    expect(await apps.moments()).toEqual([]);
    await schedules.resume('once');
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-01T00:30:00Z']);
  });

  it('that runs once and skips what is missed is dropped, and the log says so', async () => {
    const runAt = new Date('2030-01-01T00:30:00Z');
    await schedules.create({ name: 'once', task: { name: 'report' }, runAt, missed: 'skip' });
    await advance(HOUR);
    expect(await apps.moments()).toEqual([]);
    expect((await schedules.list()).map(({ name }) => name)).toEqual([NAME]);
    expect(app.logger.find('warn', 'Schedule "once" was missed')).toHaveLength(1);
  });

  it('joins the transaction of its caller', async () => {
    const failing = app.dataSource.transaction(async (manager) => {
      const made = await schedules.create(request, { manager });
      expect(made.nextRunAt).toEqual(new Date('2030-01-01T06:30:00Z'));
      throw new Error('never mind');
    });
    await expect(failing).rejects.toThrow('never mind');
    expect(await schedules.list()).toHaveLength(1);
    await app.dataSource.transaction((manager) => schedules.create(request, { manager }));
    expect(await schedules.list()).toHaveLength(2);
  });

  it('has a name of its own', async () => {
    await schedules.create(request);
    await expect(schedules.create(request)).rejects.toMatchObject({ code: 'DUPLICATE_SCHEDULE' });
    await schedules.delete('nightly-export', { by: 'ann' });
    await schedules.create(request);
    expect((await audit()).map(({ action }) => action)).toEqual(['create', 'delete', 'create']);
  });

  it('is refused when a field does not fit, which the message names, and nothing is stored', async () => {
    for (const [change, message] of REFUSED) {
      await expect(schedules.create({ ...request, ...change })).rejects.toThrow(message);
    }
    expect(await schedules.list()).toHaveLength(1);
  });

  it('is refused when it is no object', async () => {
    await expect(schedules.create(null as never)).rejects.toThrow('without a request object');
    await expect(schedules.create({ ...request, task: null as never })).rejects.toThrow('task must be an object');
  });
});

it('refuses an actor that cannot be stored, in a word about the field, and changes nothing', async () => {
  const before = await schedules.list();
  for (const actor of [{ by: 'a\0b' }, { reason: 'x'.repeat(1_001) }, { by: 7 as never }]) {
    const request: ScheduleRequest = { name: 'other', task: { name: 'report' }, cron: '0 3 * * *' };
    await expect(schedules.create(request, actor)).rejects.toBeInstanceOf(ValidationError);
    for (const act of ['pause', 'resume', 'runNow', 'delete'] as const) {
      await expect(schedules[act](NAME, actor)).rejects.toBeInstanceOf(ValidationError);
    }
  }
  expect(await schedules.list()).toEqual(before);
  expect(await audit()).toEqual([]);
});

it.each(['get', 'pause', 'resume', 'runNow', 'delete'] as const)('says that there is none: %s', async (act) => {
  await expect(schedules[act]('nothing')).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
  expect(await audit()).toEqual([]);
});
