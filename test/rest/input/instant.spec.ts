import { parseInstant } from '../../../src/rest/input/instant.js';

describe('an instant on the wire', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-01-31T12:30Z', '2026-01-31T12:30:00.000Z'],
    ['2026-01-31t12:30:15z', '2026-01-31T12:30:15.000Z'],
    ['2026-01-31T12:30:15.5Z', '2026-01-31T12:30:15.500Z'],
    ['2026-01-31T12:30:15.123456789Z', '2026-01-31T12:30:15.123Z'],
    ['2026-01-31T12:30:00+02:00', '2026-01-31T10:30:00.000Z'],
    ['2026-01-31T12:30:00-0530', '2026-01-31T18:00:00.000Z'],
    // The plus of a query string that nobody encoded.
    ['2026-01-31T12:30:00 02:00', '2026-01-31T10:30:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseInstant(text)?.toISOString()).toBe(expected);
  });

  it.each([
    ['has no zone, so it would mean something else on every machine', '2026-01-31T12:30:00'],
    ['is a day that does not exist', '2026-02-30'],
    ['is a day that does not exist this year', '2023-02-29T00:00:00Z'],
    ['is the thirty-first of a shorter month', '2026-04-31'],
    ['has a month too many', '2026-13-01'],
    ['has an hour too many', '2026-01-01T25:00:00Z'],
    ['ends a day instead of beginning one', '2026-01-01T24:00:00Z'],
    ['has a minute too many', '2026-01-01T00:60:00Z'],
    ['has an offset too far', '2026-01-01T00:00:00+99:00'],
    ['lies beyond the years that PostgreSQL and JSON share', '9999-12-31T23:59:59-14:00'],
    ['lies before our era', '0001-01-01T00:00:00+14:00'],
    ['is a number', '1769860200'],
    ['is a word', 'yesterday'],
    ['is empty', ''],
    ['is a date of another custom', '01/31/2026'],
    ['is followed by something else', '2026-01-31; drop table'],
    ['has a line break behind it', '2026-01-31\n'],
  ])('refuses what %s', (_why, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
