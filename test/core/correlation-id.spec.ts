import { isCorrelationId, newCorrelationId } from '../../src/core/correlation-id.js';

it.each(['a', '7', 'req-1', 'a_b', 'trace:1.2', 'x'.repeat(100)])('takes over %s', (id) =>
  expect(isCorrelationId(id)).toBe(true),
);

it.each([undefined, null, 7, '', ' ', '-a', '.a', 'a b', 'a\nb', 'a;b', 'a\u00e9', 'x'.repeat(101), ['a']])(
  'refuses %j',
  (id) => expect(isCorrelationId(id)).toBe(false),
);

it('makes ids that may be taken over, differ, and sort by time', () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => newCorrelationId(1_700_000_000_000 + i));
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(1_000);
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) {
    expect(id).toMatch(/^tsk_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isCorrelationId(id)).toBe(true);
  }
});
