import { TaskerSchedules, type MissedPolicy } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { MOCK_HANDLERS } from '../../support/mock-handlers.js';
import { useTestApps } from '../../support/use-test-apps.js';
import { waitFor } from '../../support/wait-for.js';
import { keep, keeperOf, scheduleApps, scheduled } from './support.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const test = useTestApps();
const apps = scheduleApps(test);

describe('a schedule', () => {
  it('creates a task at each of its moments, and none between them', async () => {
    const clock = new FakeClock();
    const app = await apps.start(clock, scheduled({ cron: '0 3 * * *', context: { kind: 'full' } }));
    await keep(app);
    clock.advance(3 * HOUR - 1);
    await keep(app);
    expect(await apps.moments()).toEqual([]);
    clock.advance(1);
    await keep(app);
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-01T03:00:00Z']);
    clock.advance(DAY);
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-01T03:00:00Z', '2030-01-02T03:00:00Z']);

    const [task] = await app.tasker.listTasks();
    expect(task).toMatchObject({
      name: 'report',
      version: '1.0.0',
      state: 'pending',
      context: { kind: 'full' },
      initiator: 'schedule',
      sourceSystem: 'tasker',
      reason: 'schedule default.report',
      requestedAt: new Date('2030-01-01T03:00:00Z'),
    });
    const last = (await app.tasker.listTasks()).at(-1)!;
    expect(await app.get(TaskerSchedules).get('default.report')).toMatchObject({
      nextRunAt: new Date('2030-01-03T03:00:00Z'),
      lastRunAt: new Date('2030-01-02T03:00:00Z'),
      lastFiredAt: clock.now(),
      lastTaskId: last.taskId,
      lastError: null,
    });
  });

  it('is kept once by ten processes at once, each moment by one of them', async () => {
    const clock = new FakeClock();
    const definition = scheduled({ cron: '*/5 * * * *', missed: 'all' });
    const fleet = await Promise.all(Array.from({ length: 10 }, () => apps.start(clock, definition)));
    const expected: string[] = [];
    for (let round = 0; round < 4; round++) {
      clock.advance(15 * MINUTE);
      await Promise.all(fleet.map(keep));
    }
    for (let minute = 5; minute <= 60; minute += 5) {
      expected.push(new Date(Date.parse('2030-01-01') + minute * MINUTE).toISOString().replace('.000Z', 'Z'));
    }
    expect(await apps.moments()).toEqual(expected);
    expect(await test.sql('select from tasker_schedules')).toHaveLength(1);
  });

  it('is kept by a running worker by itself, and its tasks are run', async () => {
    const clock = new FakeClock();
    const fleet = await Promise.all(
      [1, 2, 3].map(() =>
        test.start({ definitions: [scheduled({ cron: '0 * * * *' })], providers: MOCK_HANDLERS, clock, poolSize: 4 }),
      ),
    );
    for (let hour = 1; hour <= 3; hour++) {
      clock.advance(HOUR);
      await waitFor(async () => (await fleet[0]!.tasker.listTasks({ states: ['complete'] })).length === hour);
    }
    expect(await apps.moments()).toHaveLength(3);
  });

  it('keeps the time of its zone when daylight saving begins and ends', async () => {
    const clock = new FakeClock(new Date('2031-03-28T12:00:00Z'));
    const app = await apps.start(clock, scheduled({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' }));
    for (let hour = 0; hour < 72; hour++) {
      clock.advance(HOUR / 2);
      await keep(app);
      clock.advance(HOUR / 2);
      await keep(app);
    }
    // The 30th has no half past two there: it is kept when the clocks have sprung to three.
    expect(await apps.moments()).toEqual(['2031-03-29T01:30:00Z', '2031-03-30T01:00:00Z', '2031-03-31T00:30:00Z']);

    await test.sql('delete from tasker_tasks');
    clock.advance(Date.parse('2031-10-25T12:00:00Z') - clock.now().getTime());
    await keep(app);
    await test.sql('delete from tasker_tasks');
    for (let half = 0; half < 96; half++) {
      clock.advance(HOUR / 2);
      await keep(app);
    }
    // The 26th has it twice: only the first counts.
    expect(await apps.moments()).toEqual(['2031-10-26T00:30:00Z', '2031-10-27T01:30:00Z']);
  });
});

describe('moments at which no process was there', () => {
  const afterThreeDays = async (missed: MissedPolicy): Promise<string[]> => {
    const clock = new FakeClock();
    const definition = scheduled({ cron: '0 3 * * *', missed });
    await (await apps.start(clock, definition)).close();
    clock.advance(3 * DAY + 5 * HOUR);
    const app = await apps.start(clock, definition);
    await keep(app);
    clock.advance(22 * HOUR);
    await keep(app);
    return apps.moments();
  };
  const [first, second, third, fourth, next] = [1, 2, 3, 4, 5].map((day) => `2030-01-0${day}T03:00:00Z`);

  it('are left out with missed: skip', async () => {
    expect(await afterThreeDays('skip')).toEqual([next]);
  });

  it('are made up for by one task with missed: once', async () => {
    expect(await afterThreeDays('once')).toEqual([fourth, next]);
  });

  it('get a task each with missed: all', async () => {
    expect(await afterThreeDays('all')).toEqual([first, second, third, fourth, next]);
  });

  it('are caught up with in portions, while other schedules go on', async () => {
    const clock = new FakeClock();
    const many = scheduled({ cron: '* * * * *', missed: 'all' }, { name: 'many' });
    const app = await apps.start(clock, many, scheduled({ cron: '0 3 * * *' }));
    clock.advance(3 * HOUR);
    await keep(app);
    expect(await app.tasker.listTasks({ name: 'report' })).toHaveLength(1);
    expect(await app.tasker.listTasks({ name: 'many', limit: 500 })).toHaveLength(100);
    await keep(app);
    expect(await app.tasker.listTasks({ name: 'many', limit: 500 })).toHaveLength(180);
  });
});

describe('when a task cannot be created', () => {
  it('says why, waits for the next moment, and works again when it can', async () => {
    const clock = new FakeClock();
    const app = await apps.start(clock, scheduled({ cron: '0 3 * * *', context: { kind: 'full' } }));
    await test.sql(`update tasker_schedules set request = '{"context": [1]}'`);
    clock.advance(3 * HOUR);
    await keep(app);
    expect(await apps.moments()).toEqual([]);
    const schedules = app.get(TaskerSchedules);
    expect(await schedules.get('default.report')).toMatchObject({
      lastError: expect.stringContaining('must be a plain object') as string,
      nextRunAt: new Date('2030-01-02T03:00:00Z'),
      lastRunAt: null,
    });
    expect(app.logger.find('error', 'Schedule "default.report" could not create its task')).toHaveLength(1);
    await test.sql(`update tasker_schedules set request = '{"context": {}}'`);
    clock.advance(DAY);
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-02T03:00:00Z']);
    expect(await schedules.get('default.report')).toMatchObject({ lastError: null });
  });

  it('leaves the schedule as it was when the database fails, and goes on with the others', async () => {
    const clock = new FakeClock();
    const other = scheduled({ cron: '0 4 * * *' }, { name: 'other' });
    const app = await apps.start(clock, scheduled({ cron: '0 3 * * *' }), other);
    await test.sql(`create function refuse() returns trigger language plpgsql as
      $$ begin if new.reason = 'schedule default.report' then raise exception 'no room'; end if; return new; end $$`);
    await test.sql('create trigger refuse before insert on tasker_tasks for each row execute function refuse()');
    try {
      clock.advance(4 * HOUR);
      await expect(keep(app)).rejects.toThrow('no room');
      expect(await apps.moments()).toEqual(['2030-01-01T04:00:00Z']);
      expect(await app.get(TaskerSchedules).get('default.report')).toMatchObject({
        nextRunAt: new Date('2030-01-01T03:00:00Z'),
      });
    } finally {
      await test.sql('drop function refuse cascade');
    }
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-01T03:00:00Z', '2030-01-01T04:00:00Z']);
  });

  it('makes no second task when the moment has one already', async () => {
    const clock = new FakeClock();
    const app = await apps.start(clock, scheduled({ cron: '0 3 * * *' }));
    clock.advance(3 * HOUR);
    await keep(app);
    await test.sql(`update tasker_schedules set next_run_at = '2030-01-01T03:00:00Z'`);
    await keep(app);
    expect(await apps.moments()).toEqual(['2030-01-01T03:00:00Z']);
  });
});

it('ends between two schedules when its process stops', async () => {
  const clock = new FakeClock();
  const app = await apps.start(clock, scheduled({ cron: '0 3 * * *' }));
  clock.advance(3 * HOUR);
  await keeperOf(app).run(AbortSignal.abort());
  expect(await apps.moments()).toEqual([]);
});
