import { type ScheduleRecord, TaskerSchedules } from 'nestjs-tasker';
import { FakeClock } from 'nestjs-tasker/testing';
import { useTestApps } from '../../support/use-test-apps.js';
import { keep, scheduleApps, scheduled } from './support.js';

const HOUR = 3_600_000;
const NAME = 'default.report';

const test = useTestApps();
const apps = scheduleApps(test);
const clock = () => new FakeClock();
const DAILY = { cron: '0 3 * * *', timeZone: 'Europe/Berlin', context: { kind: 'full' } };

/** Starts an application with these definitions, and closes it: what its start has changed. */
async function deploy(...definitions: Parameters<typeof apps.start>[1][]): Promise<ScheduleRecord[]> {
  const app = await apps.start(clock(), ...definitions);
  const schedules = await app.get(TaskerSchedules).list();
  await app.close();
  return schedules;
}

it('is stored when an application starts, with the moment that comes next', async () => {
  expect(await deploy(scheduled(DAILY), scheduled(undefined, { name: 'without' }))).toEqual([
    {
      scheduleId: expect.any(Number) as number,
      name: NAME,
      isDeclared: true,
      namespace: 'default',
      taskName: 'report',
      version: '1.0.0',
      definitionId: expect.any(Number) as number,
      ...{ cron: DAILY.cron, timeZone: DAILY.timeZone, runAt: null, missed: 'once', isEnabled: true },
      request: { context: { kind: 'full' } },
      nextRunAt: new Date('2030-01-01T02:00:00Z'),
      ...{ pausedAt: null, lastRunAt: null, lastFiredAt: null, lastTaskId: null, lastError: null },
    },
  ]);
});

it('stays as it is when the same application starts again, also ten times at once', async () => {
  const [before] = await deploy(scheduled(DAILY));
  const [version] = await test.sql('select xmin::text from tasker_schedules');
  const starts = Array.from({ length: 10 }, () => apps.start(clock(), scheduled(DAILY)));
  await Promise.all(starts);
  expect(await deploy(scheduled(DAILY))).toEqual([before]);
  expect(await test.sql('select xmin::text from tasker_schedules')).toEqual([version]);
});

it('is made once by ten applications that start at once', async () => {
  await Promise.all(Array.from({ length: 10 }, () => apps.start(clock(), scheduled(DAILY))));
  expect(await test.sql('select from tasker_schedules')).toHaveLength(1);
});

describe('under a new version', () => {
  it('moves: its tasks are of the new version, and its moment stays when the time does', async () => {
    await deploy(scheduled(DAILY));
    const [moved] = await deploy(
      scheduled(DAILY),
      scheduled({ ...DAILY, context: { kind: 'brief' } }, { version: '1.1.0' }),
    );
    expect(moved).toMatchObject({
      version: '1.1.0',
      request: { context: { kind: 'brief' } },
      nextRunAt: new Date('2030-01-01T02:00:00Z'),
    });
    const time = clock();
    const app = await apps.start(time, scheduled(DAILY, { version: '1.1.0' }));
    time.advance(2 * HOUR);
    await keep(app);
    expect(await app.tasker.listTasks()).toMatchObject([{ version: '1.1.0' }]);
  });

  it('waits for another moment when the time is another', async () => {
    await deploy(scheduled(DAILY));
    const [moved] = await deploy(scheduled({ ...DAILY, timeZone: 'UTC' }, { version: '1.1.0' }));
    expect(moved).toMatchObject({ nextRunAt: new Date('2030-01-01T03:00:00Z') });
    const [again] = await deploy(scheduled({ cron: '@hourly' }, { version: '1.2.0' }));
    expect(again).toMatchObject({ nextRunAt: new Date('2030-01-01T01:00:00Z') });
  });

  it('moves back when the deployment is taken back', async () => {
    await deploy(scheduled(DAILY));
    await deploy(scheduled({ cron: '@hourly' }, { version: '2.0.0' }));
    const [back] = await deploy(scheduled(DAILY));
    expect(back).toMatchObject({ version: '1.0.0', cron: DAILY.cron, nextRunAt: new Date('2030-01-01T02:00:00Z') });
  });

  it('is gone when the newest version declares none, and comes with one that does', async () => {
    await deploy(scheduled(DAILY));
    expect(await deploy(scheduled(DAILY), scheduled(undefined, { version: '2.0.0' }))).toEqual([]);
    expect(await deploy(scheduled(undefined, { version: '2.0.0' }), scheduled(DAILY, { version: '10.0.0' }))).toEqual([
      expect.objectContaining({ version: '10.0.0' }),
    ]);
  });

  it('keeps the pause that an operator made', async () => {
    const app = await apps.start(clock(), scheduled(DAILY));
    await app.get(TaskerSchedules).pause(NAME);
    await app.close();
    const [moved] = await deploy(scheduled({ cron: '@hourly' }, { version: '2.0.0' }));
    expect(moved).toMatchObject({ version: '2.0.0', pausedAt: expect.any(Date) as Date });
  });
});

it('is left alone by an application that does not know its workflow', async () => {
  const [before] = await deploy(scheduled(DAILY));
  expect(await deploy(scheduled(undefined, { name: 'other' }))).toEqual([before]);
});

it('is kept by a process that does not know its workflow: what it is of stands in the database', async () => {
  await deploy(scheduled(DAILY));
  const time = clock();
  const app = await apps.start(time, scheduled(undefined, { name: 'other' }));
  time.advance(2 * HOUR);
  await keep(app);
  expect(await app.tasker.listTasks()).toMatchObject([{ name: 'report', context: { kind: 'full' } }]);
});

it('is never due while it is not enabled', async () => {
  const [off] = await deploy(scheduled({ ...DAILY, enabled: false }));
  expect(off).toMatchObject({ isEnabled: false, nextRunAt: null });
  const [on] = await deploy(scheduled(DAILY));
  expect(on).toMatchObject({ isEnabled: true, nextRunAt: new Date('2030-01-01T02:00:00Z') });
});

it('uses the newest contents of its version, as new tasks do; one made at run time as well', async () => {
  const app = await apps.start(clock(), scheduled(DAILY));
  await app.get(TaskerSchedules).create({ name: 'extra', task: { name: 'report' }, cron: '@hourly' });
  await app.close();
  const changed = scheduled(DAILY, { description: 'changed under the same version' });
  const [declared, extra] = await deploy(changed);
  const [newest] = await test.sql<{ id: number }>('select max(definition_id) as id from tasker_task_definitions');
  expect([declared?.definitionId, extra?.definitionId]).toEqual([newest!.id, newest!.id]);
});
