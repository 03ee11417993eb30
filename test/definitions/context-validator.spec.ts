import fc from 'fast-check';
import { ContextValidationError, type FieldError } from '../../src/core/errors.js';
import { ContextValidator, type StrictContext } from '../../src/definitions/context-validator.js';
import { MAX_FIELD_ERRORS } from '../../src/definitions/field-errors.js';

type Schema = Record<string, unknown>;

const validate = (schema: Schema | null, context: unknown, strict: StrictContext = 'reject'): unknown =>
  new ContextValidator('shop.order@1.0.0', schema, strict).validate(context);

function refusal(schema: Schema | null, context: unknown, strict?: StrictContext): readonly FieldError[] {
  try {
    validate(schema, context, strict);
  } catch (error) {
    expect(error).toBeInstanceOf(ContextValidationError);
    return (error as ContextValidationError).errors;
  }
  throw new Error('the context was accepted');
}

const places = (errors: readonly FieldError[]): string[] => errors.map(({ path, code }) => `${path} ${code}`).sort();

const CART: Schema = {
  type: 'object',
  required: ['cart_items'],
  properties: {
    cart_items: {
      type: 'array',
      items: { type: 'object', required: ['price'], properties: { price: { type: 'number', minimum: 0 }, sku: {} } },
    },
    email: { type: 'string', format: 'email' },
    currency: { enum: ['EUR', 'USD'], default: 'EUR' },
    options: { type: 'object', default: {}, properties: { gift: { type: 'boolean', default: false } } },
  },
};

describe('ContextValidator', () => {
  it('demands what is required and nothing else', () => {
    expect(validate(CART, { cart_items: [] })).toEqual({ cart_items: [], currency: 'EUR', options: { gift: false } });
    expect(refusal(CART, {})).toEqual([{ path: 'context.cart_items', code: 'required', message: 'is required' }]);
  });

  it('names every field that does not fit, at once', () => {
    const context = {
      cart_items: [{ price: 1 }, { price: -1, sku: 'x' }, {}],
      email: 'nobody',
      currency: 'GBP',
      emial: 1,
    };
    expect(refusal(CART, context)).toEqual(
      expect.arrayContaining([
        { path: 'context.cart_items[1].price', code: 'minimum', message: 'must be >= 0' },
        { path: 'context.cart_items[2].price', code: 'required', message: 'is required' },
        { path: 'context.email', code: 'format', message: 'must match format "email"' },
        { path: 'context.currency', code: 'enum', message: 'must be one of ["EUR","USD"]' },
        {
          path: 'context.emial',
          code: 'additionalProperties',
          message: 'is not declared in the schema. Did you mean "email"?',
        },
      ]),
    );
  });

  it('never changes what it was given', () => {
    const context = { cart_items: [{ price: 1, extra: true }] };
    const before = structuredClone(context);
    const validated = validate(CART, context, 'strip');
    expect(context).toEqual(before);
    expect(validated).toEqual({ cart_items: [{ price: 1 }], currency: 'EUR', options: { gift: false } });
  });

  it('does not share defaults between contexts', () => {
    const validator = new ContextValidator('d', CART, 'reject');
    const first = validator.validate({ cart_items: [] }) as { options: { gift: boolean } };
    first.options.gift = true;
    expect(validator.validate({ cart_items: [] })).toMatchObject({ options: { gift: false } });
  });

  it('does not turn texts into numbers', () => {
    expect(places(refusal(CART, { cart_items: [{ price: '7' }] }))).toEqual(['context.cart_items[0].price type']);
  });

  it('takes any object when there is no schema, also an empty one', () => {
    expect(validate(null, {})).toEqual({});
    expect(validate(null, { a: { b: ['🎁'] } })).toEqual({ a: { b: ['🎁'] } });
  });

  it.each([null, undefined, [], 'text', 7, new Map(), new Date(), new (class Order {})()])(
    'refuses %p as a context',
    (context) => {
      expect(refusal(null, context)).toEqual([
        { path: 'context', code: 'type', message: expect.stringMatching(/^must be a plain object, not /) as unknown },
      ]);
    },
  );

  it('refuses what the database could not keep, and says where', () => {
    expect(places(refusal(null, { a: [{ 'b c': 'x\0' }], n: NaN, '\ud83d': 1 }))).toEqual([
      'context surrogate',
      'context.a[0]["b c"] nul',
      'context.n number',
    ]);
  });

  it('pollutes no prototype and takes nothing inherited for given', () => {
    const hostile: unknown = JSON.parse(
      '{"__proto__": {"cart_items": []}, "constructor": {"prototype": {"polluted": true}}}',
    );
    expect(places(refusal(CART, hostile))).toEqual([
      'context.__proto__ additionalProperties',
      'context.cart_items required',
      'context.constructor additionalProperties',
    ]);
    expect(JSON.stringify(validate(null, hostile))).toBe(JSON.stringify(hostile));
    expect(places(refusal({ required: ['constructor', 'toString'] }, {}))).toEqual([
      'context.constructor required',
      'context.toString required',
    ]);
    const stripped = validate(CART, JSON.parse('{"cart_items": [], "__proto__": {"evil": 1}}'), 'strip');
    expect(JSON.stringify(stripped)).not.toContain('evil');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('counts the errors it does not list', () => {
    const errors = refusal(
      { items: {}, properties: { n: { items: { type: 'number' } } } },
      { n: Array(150).fill('x') },
    );
    expect(errors).toHaveLength(MAX_FIELD_ERRORS + 1);
    expect(errors.at(-1)).toEqual({ path: 'context', code: 'more', message: 'has 50 more errors' });
  });

  it('accepts exactly what it gave back before', () => {
    const contexts = fc.record(
      { cart_items: fc.array(fc.record({ price: fc.nat(), sku: fc.jsonValue() })), email: fc.constant('a@b.co') },
      { requiredKeys: ['cart_items'] },
    );
    const storable = contexts.filter((context) => !/\\u0000|\\ud[89a-f]/.test(JSON.stringify(context)));
    fc.assert(
      fc.property(storable, (context) => {
        const once = validate(CART, context);
        expect(validate(CART, once)).toEqual(once);
      }),
      { numRuns: 30 },
    );
  });
});
