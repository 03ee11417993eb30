import { type ScheduleRecord } from '../../../src/core/schedule.js';
import { dueOccurrences, firstOccurrence, MAX_AT_ONCE } from '../../../src/engine/schedules/occurrences.js';

const at = (time: string) => new Date(`2031-01-01T${time}Z`);

function aSchedule(change: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return {
    scheduleId: 1,
    name: 'default.report',
    isDeclared: true,
    namespace: 'default',
    taskName: 'report',
    version: '1.0.0',
    definitionId: 1,
    cron: '0 * * * *',
    timeZone: 'UTC',
    runAt: null,
    missed: 'once',
    isEnabled: true,
    request: {},
    pausedAt: null,
    nextRunAt: at('01:00:00'),
    lastRunAt: null,
    lastFiredAt: null,
    lastTaskId: null,
    lastError: null,
    ...change,
  };
}

describe('what a due schedule does', () => {
  it.each(['skip', 'once', 'all'] as const)('is its one task when it is on time, with missed: %s', (missed) => {
    const expected = { run: [at('01:00:00')], next: at('02:00:00') };
    expect(dueOccurrences(aSchedule({ missed }), at('01:00:00'))).toEqual(expected);
    expect(dueOccurrences(aSchedule({ missed }), at('01:00:59.999'))).toEqual(expected);
  });

  it('is up to its policy when it was missed', () => {
    const late = at('03:30:00');
    const next = at('04:00:00');
    expect(dueOccurrences(aSchedule({ missed: 'skip' }), late)).toEqual({ run: [], next });
    expect(dueOccurrences(aSchedule({ missed: 'once' }), late)).toEqual({ run: [at('03:00:00')], next });
    const run = [at('01:00:00'), at('02:00:00'), at('03:00:00')];
    expect(dueOccurrences(aSchedule({ missed: 'all' }), late)).toEqual({ run, next });
  });

  it('is the moment that is on time, which makes up for those before it', () => {
    const now = at('03:00:01');
    expect(dueOccurrences(aSchedule({ missed: 'skip' }), now).run).toEqual([at('03:00:00')]);
    expect(dueOccurrences(aSchedule({ missed: 'once' }), now).run).toEqual([at('03:00:00')]);
    expect(dueOccurrences(aSchedule({ missed: 'all' }), now).run).toHaveLength(3);
  });

  it('is a task for each moment of a minute: a schedule by the second misses none', () => {
    const bySecond = aSchedule({ cron: '*/10 * * * * *', nextRunAt: at('01:00:00'), missed: 'once' });
    expect(dueOccurrences(bySecond, at('01:00:25')).run).toEqual([at('01:00:00'), at('01:00:10'), at('01:00:20')]);
  });

  it('is done in portions when there is much to catch up with', () => {
    const minutes = aSchedule({ cron: '* * * * *', missed: 'all', nextRunAt: at('00:00:00') });
    const { run, next } = dueOccurrences(minutes, at('20:00:00'));
    expect(run).toHaveLength(MAX_AT_ONCE);
    expect(next).toEqual(new Date(run.at(-1)!.getTime() + 60_000));
  });

  it('is done once and for all when it runs once', () => {
    const once = aSchedule({ cron: null, runAt: at('01:00:00') });
    expect(dueOccurrences(once, at('01:00:01'))).toEqual({ run: [at('01:00:00')], next: null });
    expect(dueOccurrences(once, at('09:00:00'))).toEqual({ run: [at('01:00:00')], next: null });
    expect(dueOccurrences({ ...once, missed: 'skip' }, at('09:00:00'))).toEqual({ run: [], next: null });
  });
});

it('waits for what is to come, not for what has passed', () => {
  expect(firstOccurrence(aSchedule(), at('05:30:00'))).toEqual(at('06:00:00'));
  expect(firstOccurrence(aSchedule({ isEnabled: false }), at('05:30:00'))).toBeNull();
  expect(firstOccurrence(aSchedule({ cron: null, runAt: at('01:00:00') }), at('05:30:00'))).toEqual(at('01:00:00'));
});
