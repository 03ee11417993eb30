import fc from 'fast-check';
import { CronTimes, timeZoneFlaw } from '../../src/definitions/cron-times.js';

/** The first `count` moments after one, as text. */
function moments(cron: string, timeZone: string, after: string, count: number): string[] {
  const times = CronTimes.read(cron, timeZone);
  const found: string[] = [];
  for (let moment = times.next(new Date(after)); moment && found.length < count; moment = times.next(moment)) {
    found.push(moment.toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

describe('the moments of a cron expression', () => {
  it('are those of its time zone, whatever the zone of this process', () => {
    expect(moments('0 3 * * *', 'Asia/Kathmandu', '2031-01-01T00:00:00Z', 2)).toEqual([
      '2031-01-01T21:15:00Z',
      '2031-01-02T21:15:00Z',
    ]);
    expect(moments('30 8 * * 1', 'America/New_York', '2031-06-01T00:00:00Z', 1)).toEqual(['2031-06-02T12:30:00Z']);
    expect(moments('*/20 * * * * *', 'UTC', '2031-01-01T00:00:05Z', 3)).toEqual([
      '2031-01-01T00:00:20Z',
      '2031-01-01T00:00:40Z',
      '2031-01-01T00:01:00Z',
    ]);
  });

  it('come after the given one, to the millisecond', () => {
    expect(moments('0 3 * * *', 'UTC', '2031-01-01T02:59:59.999Z', 1)).toEqual(['2031-01-01T03:00:00Z']);
    expect(moments('0 3 * * *', 'UTC', '2031-01-01T03:00:00.000Z', 1)).toEqual(['2031-01-02T03:00:00Z']);
  });

  // Berlin: on 30 March 2031 the hour from 2 to 3 is missing, on 26 October it comes twice.
  it('keep a time of day that a day does not have: at the first moment after the gap', () => {
    expect(moments('30 2 * * *', 'Europe/Berlin', '2031-03-29T12:00:00Z', 2)).toEqual([
      '2031-03-30T01:00:00Z',
      '2031-03-31T00:30:00Z',
    ]);
    expect(moments('15,45 2 * * *', 'Europe/Berlin', '2031-03-29T12:00:00Z', 2)).toEqual([
      '2031-03-30T01:00:00Z',
      '2031-03-31T00:15:00Z',
    ]);
  });

  it('keep a time of day that a day has twice: once, the first time', () => {
    expect(moments('30 2 * * *', 'Europe/Berlin', '2031-10-25T12:00:00Z', 2)).toEqual([
      '2031-10-26T00:30:00Z',
      '2031-10-27T01:30:00Z',
    ]);
  });

  it('go by the time that has passed when they repeat within the day', () => {
    const halfHours = moments('*/30 * * * *', 'Europe/Berlin', '2031-03-30T00:00:00Z', 4);
    expect(halfHours).toEqual([
      '2031-03-30T00:30:00Z',
      '2031-03-30T01:00:00Z',
      '2031-03-30T01:30:00Z',
      '2031-03-30T02:00:00Z',
    ]);
    expect(moments('0 * * * *', 'Europe/Berlin', '2031-10-25T23:00:00Z', 3)).toEqual([
      '2031-10-26T00:00:00Z',
      '2031-10-26T01:00:00Z',
      '2031-10-26T02:00:00Z',
    ]);
  });

  it('know zones that change by half an hour', () => {
    expect(moments('15 2 * * *', 'Australia/Lord_Howe', '2031-10-04T00:00:00Z', 2)).toEqual([
      '2031-10-04T15:30:00Z',
      '2031-10-05T15:15:00Z',
    ]);
  });
});

const CRONS = ['0 3 * * *', '*/7 * * * *', '30 2 * * 0', '@monthly', '5 4 29 2 *', '*/10 * * * * *', '0 9-17 * * 1-5'];

describe('what lies between two moments', () => {
  const YEAR_MS = 366 * 86_400_000;
  const START = Date.parse('2031-01-01T00:00:00Z');

  it('ends with the last, whichever way it is found', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CRONS),
        fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns'),
        fc.integer({ min: 0, max: YEAR_MS }),
        fc.integer({ min: 0, max: 36 * 3_600_000 }),
        (cron, zone, offset, span) => {
          const times = CronTimes.read(cron, zone);
          const from = new Date(START + offset);
          const until = new Date(START + offset + span);
          const all = times.between(from, until, 100_000);
          expect(times.last(from, until)).toEqual(all.at(-1) ?? null);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('includes both ends, and stops at its limit', () => {
    const times = CronTimes.read('0 * * * *', 'UTC');
    const [from, until] = [new Date('2031-01-01T01:00:00Z'), new Date('2031-01-01T03:00:00Z')];
    expect(times.between(from, until, 10)).toHaveLength(3);
    expect(times.between(from, until, 2)).toEqual([from, new Date('2031-01-01T02:00:00Z')]);
    expect(times.last(from, until)).toEqual(until);
    expect(times.last(new Date('2031-01-01T01:00:00.001Z'), new Date('2031-01-01T01:59:59.999Z'))).toBeNull();
  });

  it('is found at once, however long nobody looked', () => {
    const everySecond = CronTimes.read('* * * * * *', 'Europe/Berlin');
    expect(everySecond.last(new Date(START), new Date(START + YEAR_MS))).toEqual(new Date(START + YEAR_MS));
  });
});

it.each(['0 3 * *', '0 3 * * * * *', ' 0 3 * * *', '2031-01-01T00:00:00', '@fortnightly', '60 * * * *', '* * * * x'])(
  'refuses the expression %j',
  (cron) => {
    expect(() => CronTimes.read(cron, 'UTC')).toThrow(`"${cron}"`);
  },
);

it('refuses zones that are none', () => {
  expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].map(timeZoneFlaw)).toEqual(
    Array.from({ length: 3 }, () => undefined),
  );
  expect(['', 'Berlin', '+02:00'].map((zone) => typeof timeZoneFlaw(zone))).toEqual(['string', 'string', 'string']);
  expect(() => CronTimes.read('@daily', 'Nowhere')).toThrow('"Nowhere" is not a time zone');
});
