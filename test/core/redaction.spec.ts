import fc from 'fast-check';
import { DEFAULT_REDACTION, LOG_BOUNDS, Redactor, WITHHELD } from '../../src/core/redaction.js';
import { SensitivePaths } from '../../src/core/sensitive-paths.js';

const MASK = '[FILTERED]';
const redactor = new Redactor();
const anyJson = fc.jsonValue({ maxDepth: 6 });
/** JSON without names that look like secrets. */
const harmless = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'name', '__proto__', 'constructor'), tie('json'), { maxKeys: 4 }),
  ),
})).json;

describe('values', () => {
  it('masks what stands under the name of a secret, whole', () => {
    const order = {
      id: 7,
      password: 'hunter2',
      api: { key: 1, apiKey: 'k' },
      tokens: ['a', 'b'],
      credentials: { user: 'u' },
    };
    expect(redactor.value(order)).toEqual({
      id: 7,
      password: MASK,
      api: { key: 1, apiKey: MASK },
      tokens: MASK,
      credentials: MASK,
    });
  });

  it('shows that there is none', () => {
    const none = { password: null, token: '', has_password: true };
    expect(redactor.value(none)).toEqual(none);
  });

  it('masks sensitive paths whatever they are called, also when names shall say nothing', () => {
    const paths = SensitivePaths.of(['customer.name', 'items[].note']);
    const order = {
      customer: { name: 'Ann', city: 'Ulm' },
      items: [{ note: { a: 1 }, sku: 'x' }, { note: null }],
      token: 't',
    };
    expect(redactor.value(order, { paths, byKey: false })).toEqual({
      customer: { name: MASK, city: 'Ulm' },
      items: [{ note: MASK, sku: 'x' }, { note: MASK }],
      token: 't',
    });
  });

  it('masks known secrets wherever they turn up', () => {
    const secrets = ['4111111111111111', 'Ann Smith'];
    const found = {
      text: 'card 4111111111111111 of Ann Smith',
      deep: [{ number: 4111111111111111 }],
      '4111111111111111': 'ok',
    };
    expect(redactor.value(found, { secrets })).toEqual({
      text: `card ${MASK} of ${MASK}`,
      deep: [{ number: MASK }],
      [MASK]: 'ok',
    });
  });

  it('gives equal JSON for what has no secrets, and shares nothing with it', () => {
    fc.assert(
      fc.property(harmless, (value) => {
        const before = JSON.stringify(value);
        const copy = redactor.value(value);
        expect(JSON.stringify(copy)).toBe(before);
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it('never lets a secret out, and never changes what it is given', () => {
    const secret = 'S3CR3T-VALUE';
    const name = fc.constantFrom('password', 'apiKey', 'a', 'b', 'x-token');
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('plain', 1, null),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(name, tie('node'), { maxKeys: 3 }),
        fc.constantFrom('password', 'apiKey', 'x-token').map((key) => ({ [key]: { inner: [secret] } })),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const before = JSON.stringify(value);
        expect(JSON.stringify(redactor.value(value))).not.toContain(secret);
        expect(JSON.stringify(value)).toBe(before);
      }),
    );
  });

  it('lets nothing out from under a sensitive path', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom('a', 'b.c', '*', '**.a', 'x[].y'), (value, path) => {
        const secret = 'S3CR3T-VALUE';
        const planted = {
          a: { z: secret },
          b: { c: [secret] },
          x: [{ y: secret, other: value }, { y: { deep: secret } }],
        };
        const shown = JSON.stringify(redactor.value(planted, { paths: SensitivePaths.of([path, 'a', 'b.c', 'x.y']) }));
        expect(shown).not.toContain(secret);
      }),
    );
  });

  it('shows dates, errors, maps, buffers and the like as a reader would have them', () => {
    const value = {
      at: new Date(0),
      never: new Date(NaN),
      error: Object.assign(new TypeError('no', { cause: new Error('deeper') }), { code: 'E1' }),
      map: new Map<string, unknown>([
        ['password', 'x'],
        ['n', 1],
      ]),
      set: new Set([1]),
      buffer: Buffer.from('secret'),
      big: 12345678901234567890n,
      nan: NaN,
      fn: () => 1,
      symbol: Symbol('s'),
      gone: undefined,
      json: { toJSON: () => ({ token: 't', n: 1 }) },
    };
    expect(redactor.value(value)).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      never: null,
      error: { name: 'TypeError', message: 'no', code: 'E1', cause: { name: 'Error', message: 'deeper' } },
      map: { password: MASK, n: 1 },
      set: [1],
      buffer: '[6 BYTES]',
      big: '12345678901234567890',
      nan: 'NaN',
      fn: '[function]',
      symbol: '[symbol]',
      json: { token: MASK, n: 1 },
    });
  });

  it('follows no circle, and shows twice what is only there twice', () => {
    const twice = { n: 1 };
    const circle: Record<string, unknown> = { a: twice, b: [twice] };
    circle.self = circle;
    expect(redactor.value(circle)).toEqual({ a: { n: 1 }, b: [{ n: 1 }], self: '[CIRCULAR]' });
  });

  it('is bounded in depth, size and text', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(JSON.stringify(redactor.value(deep))).toContain('[TRUNCATED]');
    const shown = redactor.value(
      { deep, wide: Array(100_000).fill(1), text: 'x'.repeat(100_000) },
      { bounds: LOG_BOUNDS },
    );
    expect(JSON.stringify(shown).length).toBeLessThan(20_000);
  });

  it('leaves no half of a secret at the edge of a text that is cut', () => {
    const text = `${'x'.repeat(LOG_BOUNDS.text - 5)}4111111111111111`;
    expect(redactor.value(text, { secrets: ['4111111111111111'], bounds: LOG_BOUNDS })).not.toContain('4111');
  });

  it('withholds what cannot be redacted', () => {
    const trap = { get password(): never { throw new Error('no'); } }; // prettier-ignore
    const proxy = new Proxy({}, { ownKeys: () => { throw new Error('no'); } }); // prettier-ignore
    const toJson = { secret: 1, toJSON: () => { throw new Error('no'); } }; // prettier-ignore
    for (const value of [trap, proxy, toJson, [1, { trap }]]) expect(redactor.value(value)).toBe(WITHHELD);
    expect(redactor.fields(trap)).toEqual({ withheld: WITHHELD });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything({ withBigInt: true, withMap: true, withDate: true, withNullPrototype: true, withSet: true, withTypedArray: true, withSparseArray: true }), (value) => {
      expect(() => JSON.stringify(redactor.value(value))).not.toThrow();
    })); // prettier-ignore
  });
});

describe('text', () => {
  it.each([
    ['login failed for password=hunter2, user=ann', `login failed for password=${MASK}, user=ann`],
    ['{"api_key":"abc","n":1}', `{"api_key":"${MASK}","n":1}`],
    ["{ token: 'abc def' }", `{ token: '${MASK}' }`],
    ['GET https://h/x?access_token=abc&page=2', `GET https://h/x?access_token=${MASK}&page=2`],
    ['connect postgres://app:p@ss@db:5432/shop failed', `connect postgres://app:${MASK}@db:5432/shop failed`],
    ['sent Bearer eyJhbGciOi.J9.x1 to it', `sent Bearer ${MASK} to it`],
    ['Authorization: Basic dXNlcjpwYXNz', `Authorization: ${MASK}`],
    ['Cookie: a=1; b=2\nnext', `Cookie: ${MASK}\nnext`],
  ])('%s', (text, shown) => expect(redactor.text(text)).toBe(shown));

  it.each([
    'order 7 failed: card declined',
    'Basic authentication failed',
    'time: 12:30',
    'a=1&b=2',
    'mail ann@example.org',
  ])('leaves %s alone', (text) => expect(redactor.text(text)).toBe(text));

  it('masks e-mail addresses when asked to', () => {
    const strict = new Redactor({ ...DEFAULT_REDACTION, emails: true });
    expect(strict.text('mail ann.b+c@mail.example.org now')).toBe(`mail ${MASK} now`);
    expect(strict.value({ to: ['ann@example.org'] })).toEqual({ to: [MASK] });
  });

  it('takes the mask literally', () => {
    const odd = new Redactor({ ...DEFAULT_REDACTION, mask: '$&$1' });
    expect(odd.text('password=x Bearer abcdef123', { secrets: ['nothing'] })).toBe('password=$&$1 Bearer $&$1');
  });

  it.each([':', 'a'.repeat(64), 'a=', '"', 'bearer ', 'x://', 'a:b@', 'cookie:', '@a.', 'a.'])(
    'does not take long over many a %s',
    (piece) => {
      const strict = new Redactor({ ...DEFAULT_REDACTION, emails: true });
      const text = `basic:${piece.repeat(20_000)}`;
      const started = performance.now();
      strict.text(text);
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );
});
