import { subschemas, walkSchema } from '../../src/definitions/schema-walk.js';

const leaf = (name: string): Record<string, unknown> => ({ title: name });

describe('walkSchema', () => {
  it('visits every schema wherever one may stand, outermost first, with its path', () => {
    const schema = {
      properties: { a: { items: leaf('item') } },
      items: [leaf('first')],
      allOf: [{ not: leaf('not') }],
      $defs: { d: leaf('definition') },
      dependencies: { x: ['y'], z: leaf('dependency') },
      additionalProperties: false,
      contains: true,
      if: leaf('if'),
    };
    const seen: string[] = [];
    walkSchema(schema, ({ title }, path) => {
      seen.push([path.join('/'), ...(typeof title === 'string' ? [title] : [])].join(' '));
    });
    expect(seen).toEqual([
      '',
      'properties/a',
      'properties/a/items item',
      'items/0 first',
      'allOf/0',
      'allOf/0/not not',
      '$defs/d definition',
      'dependencies/z dependency',
      'if if',
    ]);
  });

  it('does not take data for schemas', () => {
    const data = { properties: { inner: { type: 'x' } } };
    const schema = {
      default: data,
      const: data,
      enum: [data],
      examples: [data],
      required: ['a'],
      properties: { properties: leaf('p') },
    };
    const seen: string[] = [];
    walkSchema(schema, (_schema, path) => seen.push(path.join('/')));
    expect(seen).toEqual(['', 'properties/properties']);
  });
});

describe('subschemas', () => {
  it('tells what applies to the same value from what applies inside it', () => {
    const schema = { anyOf: [leaf('a')], properties: { b: leaf('b') }, definitions: { c: leaf('c') }, then: leaf('d') };
    expect(subschemas(schema).map(({ keyword, relation }) => [keyword, relation])).toEqual([
      ['anyOf', 'same'],
      ['properties', 'inside'],
      ['definitions', 'definition'],
      ['then', 'same'],
    ]);
  });
});
