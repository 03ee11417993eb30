import { FakeClock } from 'nestjs-tasker/testing';
import { scheduleApps, scheduled } from '../engine/schedules/support.js';
import { tasker } from '../support/tasker-command.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();
const NAME = 'default.report';

const schedule = (...args: string[]) => tasker(test.database.url, 'schedule', ...args);

beforeEach(async () => {
  await test.sql('delete from tasker_audit');
  const daily = scheduled({ cron: '0 3 * * *', timeZone: 'Europe/Berlin', context: { kind: 'full' } });
  await (await scheduleApps(test).start(new FakeClock(), daily)).close();
});

it('lists them with what they wait for', async () => {
  expect(await schedule('list')).toEqual({
    code: 0,
    lines: [`${NAME}: next 2030-01-01T02:00:00.000Z`, '    default.report@1.0.0 at 0 3 * * * (Europe/Berlin)'],
  });
  await test.sql(`update tasker_schedules set last_run_at = '2029-12-31T02:00:00Z', last_task_id = 7,
    last_error = 'context.kind is required'`);
  expect((await schedule('list')).lines).toEqual([
    `${NAME}: next 2030-01-01T02:00:00.000Z, last 2029-12-31T02:00:00.000Z (task 7)`,
    '    default.report@1.0.0 at 0 3 * * * (Europe/Berlin)',
    '    could not create its last task: context.kind is required',
  ]);
  const { lines } = await schedule('list', '--json');
  expect(JSON.parse(lines.join(''))).toMatchObject({
    schedules: [{ name: NAME, nextRunAt: '2030-01-01T02:00:00.000Z' }],
  });
});

it('pauses and resumes one, and keeps who and why', async () => {
  const paused = await schedule('pause', NAME, '--by', 'ann', '--reason', 'inventory');
  expect(paused).toMatchObject({
    code: 0,
    lines: [expect.stringMatching(/^default\.report: paused since /), expect.anything()],
  });
  const resumed = await schedule('resume', NAME);
  expect(resumed.lines[0]).toMatch(/^default\.report: next 20/);
  expect(await test.sql('select action, subject, metadata from tasker_audit order by 1')).toEqual([
    { action: 'pause', subject: `schedule ${NAME}`, metadata: { by: 'ann', reason: 'inventory' } },
    { action: 'resume', subject: `schedule ${NAME}`, metadata: {} },
  ]);
});

it('runs one now, without the application: its task waits for a worker', async () => {
  const { code, lines } = await schedule('run', NAME);
  const [task] = await test.sql<{ task_id: string; state: string; context: unknown }>('select * from tasker_tasks');
  expect({ code, lines }).toEqual({ code: 0, lines: [`created task ${task!.task_id} of default.report@1.0.0`] });
  expect(task).toMatchObject({ state: 'pending', context: { kind: 'full' }, initiator: 'schedule' });
});

it('deletes one', async () => {
  expect(await schedule('delete', NAME)).toEqual({ code: 0, lines: [`deleted ${NAME}`] });
  expect(await schedule('list')).toEqual({ code: 0, lines: ['There is no schedule.'] });
});

it('fails with one sentence when there is none, and with 2 when it is called wrongly', async () => {
  expect(await schedule('pause', 'nothing')).toEqual({
    code: 1,
    lines: ['SCHEDULE_NOT_FOUND: There is no schedule "nothing".'],
  });
  expect((await schedule('pause')).code).toBe(2);
  expect((await schedule('stop', NAME)).code).toBe(2);
});
