import { type ErrorObject } from 'ajv';
import { fieldErrors, formatPath } from '../../src/definitions/field-errors.js';

const error = (keyword: string, instancePath: string, rest: Partial<ErrorObject> = {}): ErrorObject => ({
  keyword,
  instancePath,
  schemaPath: '',
  params: {},
  message: `broke ${keyword}`,
  ...rest,
});

describe('formatPath', () => {
  it('writes a path as one would in code', () => {
    expect(formatPath('context', ['cart_items', 0, 'price'])).toBe('context.cart_items[0].price');
    expect(formatPath('context', ['größe', '$x', 'a b', '0', 'a"b', ''])).toBe(
      'context.größe.$x["a b"]["0"]["a\\"b"][""]',
    );
    expect(formatPath('context', [])).toBe('context');
  });
});

describe('fieldErrors', () => {
  it('tells an index from a key that looks like one', () => {
    const value = { list: [{}], map: { '0': { 'a/b~c': 1 } } };
    const errors = [error('type', '/list/0'), error('type', '/map/0/a~1b~0c')];
    expect(fieldErrors('context', value, errors).map(({ path }) => path)).toEqual([
      'context.list[0]',
      'context.map["0"]["a/b~c"]',
    ]);
  });

  it('puts what is missing and what is too much at its own place', () => {
    const errors = [
      error('required', '/in', { params: { missingProperty: 'id' } }),
      error('unevaluatedProperties', '/in', { params: { unevaluatedProperty: 'x' } }),
    ];
    expect(fieldErrors('config', { in: {} }, errors)).toEqual([
      { path: 'config.in.id', code: 'required', message: 'is required' },
      { path: 'config.in.x', code: 'unevaluatedProperties', message: 'is not declared in the schema.' },
    ]);
  });

  it('says the same of a field once', () => {
    expect(
      fieldErrors('context', {}, [
        error('type', '/a'),
        error('type', '/a'),
        error('enum', '/a', { params: { allowedValues: [1] } }),
      ]),
    ).toEqual([
      { path: 'context.a', code: 'type', message: 'broke type' },
      { path: 'context.a', code: 'enum', message: 'must be one of [1]' },
    ]);
  });
});
