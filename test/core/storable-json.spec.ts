import fc from 'fast-check';
import { storableJson } from '../../src/core/storable-json.js';

const LIMIT = 1_000_000;
const problem = (value: unknown, limit = LIMIT): string | undefined => {
  const stored = storableJson(value, limit);
  return 'problem' in stored ? stored.problem.message : undefined;
};
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

describe('storableJson', () => {
  it('gives the JSON text of whatever can be stored', () => {
    const wellFormed = fc
      .jsonValue({ stringUnit: 'grapheme' })
      .filter((value) => !JSON.stringify(value).includes('\\u0000'));
    fc.assert(
      fc.property(wellFormed, (value) => {
        expect(storableJson(value, LIMIT)).toEqual({ text: JSON.stringify(value) });
      }),
    );
    expect(storableJson(undefined, LIMIT)).toEqual({ text: 'null' });
  });

  it('refuses what JSON cannot say', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(problem(circle)).toMatch(/^cannot be written as JSON: /);
    expect(problem({ n: 1n })).toMatch(/^cannot be written as JSON: /);
  });

  it('refuses NUL and half surrogate pairs, wherever they stand, and nothing that only looks like them', () => {
    expect(problem(['a\0b'])).toMatch(/NUL/);
    expect(problem({ 'a\0': 1 })).toMatch(/NUL/);
    expect(problem('\\\0')).toMatch(/NUL/);
    expect(problem('\ud83d')).toMatch(/surrogate/);
    expect(problem('\udc00 x')).toMatch(/surrogate/);
    for (const innocent of ['\\u0000', '\\\\u0000', '\\ud83d', '😀', '\u0001'])
      expect(problem(innocent)).toBeUndefined();
  });

  it('counts bytes, not characters', () => {
    expect(problem('é'.repeat(10), 22)).toBeUndefined();
    expect(problem('é'.repeat(10), 21)).toBe('are 22 bytes of JSON; the limit is 21 bytes');
    expect(problem('aaaa', 6)).toBeUndefined();
    expect(problem('aaaa', 5)).toBe('are 6 bytes of JSON; the limit is 5 bytes');
  });

  it('refuses endless nesting, and does not count brackets inside texts', () => {
    expect(problem(nested(500))).toBeUndefined();
    expect(problem(nested(501))).toBe('are nested deeper than 500 levels');
    expect(problem(['['.repeat(5_000), '"['.repeat(5_000), '\\['.repeat(5_000)])).toBeUndefined();
  });
});
