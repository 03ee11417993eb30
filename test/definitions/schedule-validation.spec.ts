import { classSource, Findings } from '../../src/definitions/findings.js';
import { type ScheduleTemplate, type TaskTemplate } from '../../src/definitions/task-template.js';
import { buildTemplate } from '../../src/definitions/template-builder.js';
import { validateTemplate } from '../../src/definitions/template-validation.js';

function issues(schedule: Partial<ScheduleTemplate>, change: Partial<TaskTemplate> = {}): string[] {
  const findings = new Findings(classSource('NightlyReport'));
  const workflow = { name: 'report', steps: [{ name: 'a' }], schedule: { cron: '@daily', ...schedule }, ...change };
  validateTemplate(buildTemplate(workflow, findings, { strictContext: 'reject' }), findings);
  return findings.issues.map(({ code, message }) => `${code} ${message}`);
}

const SCHEMA = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };

describe('a schedule', () => {
  it.each([
    [{ cron: '0 3 * * *' }],
    [{ cron: '*/10 * * * * *', timeZone: 'Asia/Kathmandu' }],
    [{ cron: '@hourly', timeZone: 'UTC' }],
    [{ cron: '0 12 L * *', timeZone: 'America/Argentina/Buenos_Aires', enabled: false }],
  ])('may be %j', (schedule) => {
    expect(issues(schedule)).toEqual([]);
  });

  it.each([
    [{ cron: '' }, 'INVALID_SCHEDULE schedule: cron is missing'],
    [{ cron: `0 3 * * ${'1,'.repeat(130)}1` }, 'INVALID_SCHEDULE schedule: cron has more than 255 characters'],
    [
      { cron: 'tomorrow' },
      'INVALID_SCHEDULE schedule: cron "tomorrow" is not a cron expression: five fields (minute hour day month weekday), or six with seconds first',
    ],
    [{ cron: '0 0 31 2 *' }, 'INVALID_SCHEDULE schedule: cron "0 0 31 2 *" means no day that ever comes'],
    [
      { timeZone: 'Mars/Olympus' },
      'INVALID_SCHEDULE schedule: timeZone "Mars/Olympus" is not a time zone such as "Europe/Berlin" or "UTC"',
    ],
    [{ timeZone: '' }, 'INVALID_SCHEDULE schedule: timeZone is empty'],
    [{ timeZone: 'Z'.repeat(65) }, 'INVALID_SCHEDULE schedule: timeZone has more than 64 characters'],
  ])('may not be %j', (schedule, expected) => {
    expect(issues(schedule)).toEqual([expected]);
  });

  it('has a context that its tasks will be taken with', () => {
    expect(issues({ context: { kind: 'full' } }, { schema: SCHEMA })).toEqual([]);
    expect(issues({}, { schema: SCHEMA })).toEqual(['INVALID_SCHEDULE schedule: context.kind is required']);
    expect(issues({ context: { kind: 7, other: 1 } }, { schema: SCHEMA })).toEqual([
      'INVALID_SCHEDULE schedule: context.other is not declared in the schema.',
      'INVALID_SCHEDULE schedule: context.kind must be string',
    ]);
    expect(issues({ context: { kind: 'full', other: 1 } }, { schema: SCHEMA, strictContext: 'strip' })).toEqual([]);
  });

  it('is not held against a schema that is wrong itself', () => {
    expect(issues({}, { schema: { type: 'objekt' } })).toEqual([expect.stringContaining('INVALID_SCHEMA')]);
  });
});
