import { formatMoney, fromCents, shareOf, toCents } from '../money.js';

describe('money', () => {
  it('comes back from JSON as the cents it was', () => {
    for (let cents = 0; cents < 100_000; cents++) expect(toCents(fromCents(cents))).toBe(cents);
    expect(toCents(90_071_992_547_409.91)).toBe(9_007_199_254_740_991);
  });

  it.each([0.001, 124.755, 0.1 + 0.2, 1e21, 90_071_992_547_409.92, NaN, Infinity])('%d is no amount', (amount) => {
    expect(toCents(amount)).toBeUndefined();
  });

  it('is shared exactly, half a cent rounded up', () => {
    expect(shareOf(10_997, 8, 100)).toBe(880);
    expect(shareOf(50, 1, 100)).toBe(1);
    expect(shareOf(49, 1, 100)).toBe(0);
  });

  it('reads with two decimals', () => expect(formatMoney(32_450, 'USD')).toBe('324.50 USD'));
});
