import fc from 'fast-check';
import { backoffMs, DEFAULT_BACKOFF, requestedDelayMs, type BackoffPolicy } from '../../src/core/backoff.js';

const STILL: BackoffPolicy = { ...DEFAULT_BACKOFF, jitter: 0 };
const policies: fc.Arbitrary<BackoffPolicy> = fc.record({
  delaysSeconds: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 }),
  multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
  maxSeconds: fc.integer({ min: 1, max: 86_400 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const attempts = fc.integer({ min: 1, max: 10_000 });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffMs', () => {
  it('waits 1, 2, 4, 8, 16, 32 s, then the square of the attempt, at most 300 s', () => {
    const seconds = Array.from({ length: 20 }, (_, i) => backoffMs(STILL, i + 1) / 1000);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 49, 64, 81, 100, 121, 144, 169, 196, 225, 256, 289, 300, 300, 300]);
  });

  it('takes the list and the power of a policy of its own', () => {
    const policy = { delaysSeconds: [5, 10], multiplier: 1.5, maxSeconds: 12, jitter: 0 };
    expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(policy, attempt) / 1000)).toEqual([5, 10, 5, 8, 11, 12]);
  });

  it('does not wait before the first attempt', () => {
    expect(backoffMs(DEFAULT_BACKOFF, 0)).toBe(0);
    expect(backoffMs(DEFAULT_BACKOFF, -3)).toBe(0);
  });

  it('never waits longer than the cap, jitter included, and never less than nothing', () => {
    fc.assert(
      fc.property(policies, attempts, chances, (policy, attempt, chance) => {
        const delay = backoffMs(policy, attempt, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(policy.maxSeconds * 1000);
      }),
    );
  });

  it('varies by the share of jitter both ways, and by no more', () => {
    fc.assert(
      fc.property(attempts, chances, fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance, jitter) => {
        const policy = { ...DEFAULT_BACKOFF, maxSeconds: Number.MAX_SAFE_INTEGER, jitter };
        const still = backoffMs({ ...policy, jitter: 0 }, attempt);
        const delay = backoffMs(policy, attempt, () => chance);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(still * (1 - jitter)) - 1);
        expect(delay).toBeLessThanOrEqual(Math.ceil(still * (1 + jitter)) + 1);
      }),
    );
  });

  it('reaches both ends of the range, also for the first attempt', () => {
    expect(backoffMs(DEFAULT_BACKOFF, 1, () => 0)).toBe(900);
    expect(backoffMs(DEFAULT_BACKOFF, 1, () => 0.5)).toBe(1000);
    expect(backoffMs(DEFAULT_BACKOFF, 1, () => 1 - Number.EPSILON)).toBe(1100);
  });
});

describe('requestedDelayMs', () => {
  it('is what the server asked for, up to the cap', () => {
    expect(requestedDelayMs(DEFAULT_BACKOFF, 30)).toBe(30_000);
    expect(requestedDelayMs(DEFAULT_BACKOFF, 0.25)).toBe(250);
    expect(requestedDelayMs(DEFAULT_BACKOFF, 86_400)).toBe(300_000);
    expect(requestedDelayMs(DEFAULT_BACKOFF, -5)).toBe(0);
  });
});
