import { ContextValidationError } from '../../src/core/errors.js';
import { ContextValidator, type StrictContext } from '../../src/definitions/context-validator.js';

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';

/** What comes of a context: itself after defaults and stripping, or the paths that were refused. */
function outcome(schema: Record<string, unknown>, context: unknown, strict: StrictContext = 'reject'): unknown {
  try {
    return new ContextValidator('d', schema, strict).validate(context);
  } catch (error) {
    if (!(error instanceof ContextValidationError)) throw error;
    return error.errors.map(({ path }) => path);
  }
}

const a = { properties: { a: { type: 'number' } } };
const b = { properties: { b: { type: 'number' } } };

describe('undeclared properties', () => {
  it('are refused at every depth that declares properties, and only there', () => {
    const schema = {
      properties: {
        in: { properties: { x: {} } },
        free: { type: 'object' },
        list: { items: { properties: { x: {} } } },
      },
    };
    expect(outcome(schema, { in: { x: 1 }, free: { any: 1 }, list: [{ x: 1 }] })).toEqual({
      in: { x: 1 },
      free: { any: 1 },
      list: [{ x: 1 }],
    });
    expect(outcome(schema, { in: { y: 1 }, list: [{}, { y: 1 }], z: 1 })).toEqual([
      'context.z',
      'context.in.y',
      'context.list[1].y',
    ]);
  });

  it('are stripped, kept or refused as the workflow says', () => {
    const schema = { properties: { in: { properties: { x: {} } } } };
    const context = { in: { x: 1, y: 2 }, z: 3 };
    expect(outcome(schema, context, 'strip')).toEqual({ in: { x: 1 } });
    expect(outcome(schema, context, 'allow')).toEqual(context);
    expect(outcome(schema, context, 'reject')).toEqual(['context.z', 'context.in.y']);
  });

  it('follow the schema where it speaks for itself', () => {
    const open = { properties: { x: {} }, additionalProperties: true };
    const typed = { properties: { x: {} }, additionalProperties: { type: 'number' } };
    const shut = { properties: { x: {} }, additionalProperties: false };
    for (const strict of ['reject', 'strip', 'allow'] as const) {
      expect(outcome(open, { y: 1 }, strict)).toEqual({ y: 1 });
      expect(outcome(typed, { y: 1 }, strict)).toEqual({ y: 1 });
      expect(outcome(typed, { y: 'x' }, strict)).toEqual(['context.y']);
      expect(outcome(shut, { y: 1 }, strict)).toEqual(['context.y']);
    }
  });

  it('may be declared by a pattern', () => {
    const schema = { properties: { a: {} }, patternProperties: { '^x-': {} } };
    expect(outcome(schema, { a: 1, 'x-y': 2 })).toEqual({ a: 1, 'x-y': 2 });
    expect(outcome(schema, { y: 2 })).toEqual(['context.y']);
  });

  it.each([
    ['allOf', { allOf: [a, b] }],
    ['properties beside allOf', { ...a, allOf: [b] }],
    ['anyOf', { ...a, anyOf: [b, { required: ['z'] }] }],
    ['then', { ...a, if: { required: ['a'] }, then: b }],
    ['$ref', { ...a, $ref: '#/$defs/b', $defs: { b } }],
    ['$ref of draft 7', { $schema: DRAFT_7, ...a, allOf: [{ $ref: '#/definitions/b' }], definitions: { b } }],
    ['dependentSchemas', { ...a, dependentSchemas: { a: b } }],
  ])('are judged by all schemas of a value together: %s', (_name, schema) => {
    expect(outcome(schema, { a: 1, b: 2 })).toEqual({ a: 1, b: 2 });
    expect(outcome(schema, { a: 1, b: 2, c: 3 })).toEqual(['context.c']);
    expect(outcome(schema, { a: 1, b: 2, c: 3 }, 'strip')).toEqual({ a: 1, b: 2 });
  });

  it('are refused in a value that is described elsewhere, also recursively', () => {
    const schema = {
      $defs: { node: { properties: { name: {}, kids: { items: { $ref: '#/$defs/node' } } } } },
      properties: { tree: { $ref: '#/$defs/node' } },
    };
    expect(outcome(schema, { tree: { name: 1, kids: [{ name: 2, kids: [] }] } })).toEqual({
      tree: { name: 1, kids: [{ name: 2, kids: [] }] },
    });
    expect(outcome(schema, { tree: { kids: [{ nmae: 2 }] } })).toContain('context.tree.kids[0].nmae');
    expect(outcome(schema, { tree: { kids: [{ nmae: 2, kids: [{ x: 1 }] }], y: 1 } }, 'strip')).toEqual({
      tree: { kids: [{ kids: [{}] }] },
    });
  });

  it('are told from what another error hides', () => {
    const schema = { ...a, allOf: [{ ...b, required: ['c'] }], properties: { ...a.properties, c: {} } };
    expect(outcome(schema, { b: 1, d: 1 })).toEqual(['context.c', 'context.d']);
    expect(outcome(schema, { b: 'x', c: 1, d: 1 }, 'strip')).toEqual(['context.b']);
  });

  it('may be declared for another case only', () => {
    const schema = { properties: { ...a.properties, in: a }, if: { required: ['a'] }, then: b };
    expect(outcome(schema, { a: 1, b: 1 })).toEqual({ a: 1, b: 1 });
    expect(outcome(schema, { b: 1 })).toEqual(['context.b']);
    expect(outcome(schema, { b: 1, in: { y: 1 } }, 'strip')).toEqual({ in: {} });
  });

  it('are not listed where they cannot be told from it', () => {
    const schema = { ...a, allOf: [{ ...b, required: ['a'], patternProperties: { '^x-': {} } }] };
    expect(outcome(schema, { b: 1, 'x-y': 1 })).toEqual(['context.a']);
  });

  it('follow a schema that refers to itself as a whole', () => {
    const schema = { properties: { name: {}, next: { $ref: '#' } } };
    expect(outcome(schema, { next: { next: { name: 1 } } })).toEqual({ next: { next: { name: 1 } } });
    expect(outcome(schema, { next: { next: { nme: 1 } } })).toContain('context.next.next.nme');
  });

  it('stay out of a negation', () => {
    const schema = { properties: { a: {} }, not: { properties: { a: { const: 1 } } } };
    expect(outcome(schema, { a: 2 })).toEqual({ a: 2 });
    expect(outcome(schema, { a: 1 })).toEqual(['context']);
    expect(outcome({ not: schema.not }, { a: 2, z: 1 })).toEqual({ a: 2, z: 1 });
  });
});
