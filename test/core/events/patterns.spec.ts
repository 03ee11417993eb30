import fc from 'fast-check';
import { isPattern, matchesPattern } from '../../../src/core/events/patterns.js';

/** The same, written the other way: as one regular expression over the name with a dot behind each segment. */
function naive(pattern: string, name: string): boolean {
  const source = pattern
    .split('.')
    .map((segment) => (segment === '**' ? '([^.]+\\.)*' : segment === '*' ? '[^.]+\\.' : `${segment}\\.`))
    .join('');
  return new RegExp(`^${source}$`).test(`${name}.`);
}

const segment = fc.constantFrom('task', 'step', 'order', 'a', 'b', 'shipped');
const name = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const pattern = fc
  .array(fc.oneof(segment, fc.constantFrom('*', '**')), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('.'));

it('says what a regular expression says', () => {
  fc.assert(
    fc.property(pattern, name, (p, n) => {
      expect(matchesPattern(p, n)).toBe(naive(p, n));
    }),
    { numRuns: 3_000 },
  );
});

it('lets every name fit itself, its namespace and everything', () => {
  fc.assert(
    fc.property(name, (n) => {
      const parent = n.split('.').slice(0, -1);
      for (const p of [n, '**', [...parent, '*'].join('.'), [...parent, '**'].join('.')]) {
        expect(matchesPattern(p, n)).toBe(true);
      }
    }),
  );
});

it.each([
  ['task.*', 'task.completed', true],
  ['task.*', 'task', false],
  ['task.*', 'task.a.b', false],
  ['*', 'task.completed', false],
  ['*.completed', 'step.completed', true],
  ['observability.**', 'observability.step.backoff', true],
  ['**.failed', 'step.failed', true],
  ['task.comp*', 'task.completed', false],
  ['task.completed', 'task.completed.twice', false],
])('%s and %s: %s', (p, n, fits) => expect(matchesPattern(p, n)).toBe(fits));

it('knows a pattern from a name', () => {
  expect(['task.*', '**', 'task.completed', 'order'].map(isPattern)).toEqual([true, true, false, false]);
});
