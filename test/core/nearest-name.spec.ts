import fc from 'fast-check';
import { didYouMean, nearestName } from '../../src/core/nearest-name.js';

describe('nearestName', () => {
  it.each([
    ['retrylimit', 'retry_limit'],
    ['validate_crat', 'validate_cart'],
    ['Name', 'name'],
    ['dependson', 'depends_on'],
  ])('takes %s for %s', (wanted, expected) => {
    expect(nearestName(wanted, ['name', 'depends_on', 'retry_limit', 'validate_cart', 'handler'])).toBe(expected);
  });

  it('suggests nothing when nothing is near', () => {
    expect(nearestName('timeout', ['name', 'handler', 'schema'])).toBeUndefined();
    expect(nearestName('x', [])).toBeUndefined();
  });

  it('counts two letters that changed places as one slip', () => {
    expect(nearestName('ab', ['ba'])).toBe('ba');
  });

  it('finds a name itself, and the first of equals', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.nat(), (known, pick) => {
        const wanted = known[pick % known.length]!;
        const found = nearestName(wanted, known);
        expect(found?.toLowerCase()).toBe(wanted.toLowerCase());
        expect(known).toContain(found);
      }),
    );
  });

  it('forgives one slip in any word of three letters or more', () => {
    const words = fc.stringMatching(/^[a-z]{3,12}$/);
    fc.assert(
      fc.property(words, fc.nat(), (word, at) => {
        const without = word.slice(0, at % word.length) + word.slice((at % word.length) + 1);
        expect(nearestName(without, [word])).toBe(word);
      }),
    );
  });
});

describe('didYouMean', () => {
  it('is a sentence to append, or nothing', () => {
    expect(didYouMean('nmae', ['name'])).toBe(' Did you mean "name"?');
    expect(didYouMean('nmae', ['schema'])).toBe('');
  });
});
