import fc from 'fast-check';
import { copyJson, isPlainObject, MAX_JSON_DEPTH } from '../../src/definitions/plain-json.js';

const codes = (value: unknown): string[] =>
  copyJson(value).problems.map(({ path, code }) => `${path.join('.')} ${code}`.trim());

describe('copyJson', () => {
  it('copies whatever can be stored, and shares nothing with it', () => {
    const storable = fc
      .jsonValue({ stringUnit: 'grapheme' })
      .filter((value) => !JSON.stringify(value).includes('\\u0000'));
    fc.assert(
      fc.property(storable, (value) => {
        const { copy, problems } = copyJson(value);
        expect(problems).toEqual([]);
        expect(copy).toEqual(JSON.parse(JSON.stringify(value)));
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it('leaves out undefined members, fills holes and writes dates as text, as JSON does', () => {
    // eslint-disable-next-line no-sparse-arrays -- a hole is the case
    const { copy } = copyJson({ a: undefined, b: [undefined, , 1], at: new Date(0), never: new Date(NaN) });
    expect(copy).toEqual({ b: [null, null, 1], at: '1970-01-01T00:00:00.000Z', never: null });
  });

  it('makes -0 the 0 that will be read back', () => {
    expect(Object.is(copyJson(-0).copy, 0)).toBe(true);
  });

  it('names every place that would be lost or refused', () => {
    class Money {
      readonly cents = 5;
    }
    const value = {
      nan: NaN,
      big: 1n,
      call: () => 1,
      map: new Map([[1, 2]]),
      list: ['ok', { nul: 'a\0' }, '\ud83d'],
      'key\0': 1,
      money: new Money(),
    };
    expect(codes(value)).toEqual([
      'nan number',
      'big type',
      'call type',
      'map type',
      'list.1.nul nul',
      'list.2 surrogate',
      'nul',
    ]);
    expect((copyJson(value).copy as { money: unknown }).money).toEqual({ cents: 5 });
  });

  it('ends on circles and bottomless nesting', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(copyJson(circle).problems).toHaveLength(1);
    expect(copyJson(circle).problems[0]).toMatchObject({ code: 'depth' });
    expect(copyJson(JSON.parse('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH))).problems).toEqual([]);
  });

  it('does not follow a toJSON that gives itself', () => {
    const self = {
      toJSON(): unknown {
        return this;
      },
    };
    expect(codes(self)).toEqual(['toJSON type']);
  });

  it('keeps __proto__ and constructor as plain keys of the copy', () => {
    const given: unknown = JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}');
    const { copy } = copyJson(given);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect((copy as { admin?: boolean }).admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(JSON.stringify(copy)).toBe(JSON.stringify(given));
  });
});

describe('isPlainObject', () => {
  it('takes literals, objects without a prototype and those of another realm', () => {
    expect([{}, Object.create(null), structuredClone({ a: 1 })].map(isPlainObject)).toEqual([true, true, true]);
  });

  it('refuses everything else', () => {
    class Order {}
    for (const other of [null, undefined, [], 'x', 1, new Order(), new Date(), new Map(), () => 1]) {
      expect(isPlainObject(other)).toBe(false);
    }
  });
});
