import fc from 'fast-check';
import { parseRetryAfter } from '../../src/core/retry-after.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const read = (value: string | number | null | undefined): number | null => parseRetryAfter(value, NOW);

describe('parseRetryAfter', () => {
  it('reads seconds', () => {
    expect(read('120')).toBe(120);
    expect(read(' 0 ')).toBe(0);
    expect(read('1.5')).toBe(1.5);
    expect(read(7)).toBe(7);
  });

  it('reads an HTTP date as the time until then, and 0 when it has passed', () => {
    expect(read('Sun, 01 Mar 2026 12:00:30 GMT')).toBe(30);
    expect(read('Sunday, 01-Mar-26 12:01:00 GMT')).toBe(60);
    expect(read('Sun, 01 Mar 2026 11:00:00 GMT')).toBe(0);
  });

  it.each([
    null,
    undefined,
    '',
    ' ',
    'soon',
    '-5',
    '1e3',
    '0x10',
    '12 apples',
    'Infinity',
    '2026-03-01',
    NaN,
    Infinity,
    -1,
  ])('leaves %p to the ordinary backoff', (value) => {
    expect(read(value)).toBeNull();
  });

  it('never throws and never gives anything but null or a number of seconds', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[A-Za-z]{3,9},? .*\d/),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.bigInt().map(String),
      fc.double(),
    );
    fc.assert(
      fc.property(texts, (value) => {
        const seconds = read(value);
        if (seconds === null) return;
        expect(Number.isFinite(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads back every date that HTTP can write', () => {
    const later = fc.date({ min: NOW, max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(later, (date) => {
        expect(read(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) - NOW.getTime() / 1000);
      }),
    );
  });
});
