import fc from 'fast-check';
import { enterItem, enterMember, namesOf, pathFlaw, SensitivePaths } from '../../src/core/sensitive-paths.js';

/** True when the place, given by names and indexes, is what one of the paths stands for, or inside of it. */
function covers(paths: SensitivePaths, place: readonly (string | number)[]): boolean {
  let state = paths.start;
  for (const part of place) {
    const entered = typeof part === 'number' ? enterItem(state, part) : enterMember(state, part);
    if (entered.hit) return true;
    state = entered.state;
  }
  return false;
}

it.each<[string, (string | number)[], boolean]>([
  ['payment.card_number', ['payment', 'card_number'], true],
  ['payment.card_number', ['payment', 'card_number', 'last4'], true],
  ['payment.card_number', ['payment', 'card_type'], false],
  ['payment.card_number', ['card_number'], false],
  ['$.payment', ['payment'], true],
  ['items[].iban', ['items', 0, 'iban'], true],
  ['items[].iban', ['items', 'iban'], true],
  ['items.iban', ['items', 3, 'iban'], true],
  ['items[]', ['items'], true],
  ['matrix[][].x', ['matrix', 0, 1, 'x'], true],
  ['items[1].iban', ['items', 1, 'iban'], true],
  ['items[1].iban', ['items', 0, 'iban'], false],
  ['*.ssn', ['anna', 'ssn'], true],
  ['*.ssn', ['ssn'], false],
  ['people.*', ['people', 0], true],
  ['**.pin', ['pin'], true],
  ['**.pin', ['a', 0, 'b', 'pin'], true],
  ['a.**.b.c', ['a', 'x', 'b', 'b', 'c'], true],
  ['a.**.b.c', ['x', 'b', 'c'], false],
  ['headers["x.api key"]', ['headers', 'x.api key'], true],
  ['["a\\"b"]', ['a"b'], true],
  ['größe.日本', ['größe', '日本'], true],
])('%s and %j: %s', (path, place, covered) => {
  expect(pathFlaw(path)).toBeUndefined();
  expect(covers(SensitivePaths.of([path]), place)).toBe(covered);
});

it.each([
  ['', /is empty/],
  [' ', /is empty/],
  ['a.', /ends with a dot/],
  ['.a', /cannot be read from "\.a"/],
  ['a..b', /cannot be read from "\.b"/],
  ['a b', /cannot be read from " b"/],
  ['a[', /cannot be read from "\["/],
  ['a[x]', /cannot be read from "\[x\]"/],
  ['a["x]', /cannot be read/],
  ['[].a', /begins with \[\]/],
  ['a.**', /ends with \*\*/],
  ['**.**.a', /\*\* twice/],
  ['a*', /cannot be read from "\*"/],
  ['x'.repeat(256), /more than 255 characters/],
])('refuses %j', (path, flaw) => expect(pathFlaw(path)).toMatch(flaw));

it('takes a path that cannot be read for one that covers everything', () => {
  expect(covers(SensitivePaths.of(['a..b']), ['anything'])).toBe(true);
});

it('finds the last names of a path anywhere in values of unknown shape', () => {
  const anywhere = SensitivePaths.of(['payment.card_number', 'people[].*', '*.ssn', 'a["b c"].d']).anywhere;
  for (const place of [['card_number'], ['x', 1, 'card_number'], ['people', 0, 'name'], ['q', 'ssn'], ['d']]) {
    expect(covers(anywhere, place)).toBe(true);
  }
  expect(covers(anywhere, ['payment', 'amount'])).toBe(false);
});

it('joins two sets', () => {
  const joined = SensitivePaths.of(['a']).with(SensitivePaths.of(['b']));
  expect([covers(joined, ['a']), covers(joined, ['b']), covers(joined, ['c'])]).toEqual([true, true, false]);
});

it('covers the place that any path of names and indexes is written from', () => {
  const name = fc.stringMatching(/^[a-z_][\w-]{0,8}$/);
  const place = fc
    .array(fc.oneof(name, fc.nat(9)), { minLength: 1, maxLength: 6 })
    .filter(([first]) => typeof first === 'string');
  fc.assert(
    fc.property(place, (parts) => {
      const written = parts
        .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`))
        .join('');
      expect(pathFlaw(written)).toBeUndefined();
      expect(covers(SensitivePaths.of([written]), parts)).toBe(true);
    }),
  );
});

it('says a flaw or reads, whatever it is given, and never takes long', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab.[]*"\\0 $'), maxLength: 300 }), (path) => {
      const flaw = pathFlaw(path);
      const paths = SensitivePaths.of([path]);
      expect(paths.isEmpty).toBe(false);
      if (flaw === undefined) expect(() => namesOf(path)).not.toThrow();
    }),
  );
});
