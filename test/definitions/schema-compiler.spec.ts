import { compileSchema, schemaProblems } from '../../src/definitions/schema-compiler.js';

const problems = (schema: unknown): string[] =>
  schemaProblems(schema).map(({ path, message }) => `${path.join('.')}: ${message}`);
const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';

describe('schemaProblems', () => {
  it.each([
    { type: 'object' },
    {
      $schema: DRAFT_2020,
      type: 'object',
      $defs: { a: { type: 'string', format: 'email' } },
      properties: { a: { $ref: '#/$defs/a' } },
    },
    { $schema: DRAFT_7, definitions: { a: { type: 'string' } }, properties: { a: { $ref: '#/definitions/a' } } },
    { $schema: DRAFT_7, items: [{ type: 'string' }], additionalItems: false },
    { prefixItems: [{ type: 'string' }], unevaluatedItems: false },
    { title: 'x', description: 'y', examples: [1], example: 2, 'x-owner': 'shop', deprecated: true, readOnly: true },
    { properties: { format: { type: 'string' }, requried: { type: 'string' } } },
    { enum: [{ typ: 1 }], const: { typ: 1 }, default: { typ: 1 } },
    { type: ['string', 'null'], anyOf: [{ default: 1, type: 'string' }, { required: ['a'] }] },
  ])('takes %j', (schema) => {
    expect(problems(schema)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [5, ': must be a JSON schema (an object)'],
    [[], ': must be a JSON schema (an object)'],
    [{ type: 'objec' }, 'type: must be one of array, boolean, integer, null, number, object, string'],
    [{ properties: { a: { required: 'b' } } }, 'properties.a.required: must be array'],
    [
      { properties: { a: { requried: ['b'] } } },
      'properties.a.requried: is not a keyword of JSON schema. Did you mean "required"?',
    ],
    [{ items: { format: 'emial' } }, 'items.format: "emial" is not a known format. Did you mean "email"?'],
    [{ $ref: '#/$defs/nope' }, ": can't resolve reference #/$defs/nope from id #"],
    [{ pattern: '[' }, ': Invalid regular expression: /[/u: Unterminated character class'],
    [
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      '$schema: "http://json-schema.org/draft-04/schema#" is not supported; use draft 2020-12 or draft-07',
    ],
    [{ default: NaN }, 'default: must be a finite number, not NaN'],
    [
      { properties: JSON.parse('{"__proto__": {"default": 1}}') as unknown },
      'properties: may not declare a property "__proto__"',
    ],
  ])('refuses %j', (schema, expected) => {
    expect(problems(schema)).toEqual([expected]);
  });
});

describe('compileSchema', () => {
  it('lets two schemas have the same $id', () => {
    const v1 = compileSchema({ $id: 'https://shop/order', properties: { a: { type: 'string' } } });
    const v2 = compileSchema({ $id: 'https://shop/order', properties: { a: { type: 'number' } } });
    expect(v1.check({ a: 'x' })).toEqual([]);
    expect(v2.check({ a: 'x' })).toHaveLength(1);
  });

  it('does not change the schema it compiles', () => {
    const schema = { properties: { a: { properties: { b: {} } } } };
    const before = structuredClone(schema);
    compileSchema(schema, { closed: true });
    expect(schema).toEqual(before);
  });

  it('does not add undeclared properties to what the author refused himself', () => {
    const schema = compileSchema(
      { properties: { a: { properties: { x: {} }, additionalProperties: false }, b: { properties: { x: {} } } } },
      { closed: true },
    );
    const errors = schema.check({ a: { y: 1 }, b: { y: 1 } });
    expect(errors.map((error) => [error.instancePath, schema.isUndeclared(error)])).toEqual([
      ['/a', false],
      ['/b', true],
    ]);
  });
});
