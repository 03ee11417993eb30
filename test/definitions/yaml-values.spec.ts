import { readValues } from '../../src/definitions/yaml-values.js';

const read = (text: string, name = 'a.yaml'): unknown[] => readValues(name, text).documents.map(({ root }) => root);

/** The only issue of a text, as `line:column code message`. */
function issue(text: string, name = 'a.yaml'): string {
  const { issues } = readValues(name, text);
  expect(issues).toHaveLength(1);
  const { code, message, source, line, column } = issues[0]!;
  expect(source).toBe(name);
  return `${line}:${column} ${code} ${message}`;
}

describe('readValues', () => {
  it('reads YAML and JSON to the same plain values', () => {
    const expected = { name: 'x', on: true, n: 1.5, none: null, list: ['a', { b: '🎁' }] };
    expect(read('name: x\non: true\nn: 1.5\nnone:\nlist:\n  - a\n  - b: 🎁\n')).toEqual([expected]);
    expect(read(JSON.stringify(expected, null, '\t'), 'a.json')).toEqual([expected]);
    expect(read('\uFEFF{"a": "\\ud83c\\udf81 \\/ \\n"}', 'a.json')).toEqual([{ a: '🎁 / \n' }]);
  });

  it('takes words that YAML 1.1 read as booleans for the words they are', () => {
    expect(read('a: yes\nb: off\nc: no')).toEqual([{ a: 'yes', b: 'off', c: 'no' }]);
  });

  it('reads each document of a file, and passes over empty ones', () => {
    expect(read('---\na: 1\n---\n---\nb: 2\n---\n')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('keeps the good documents of a file whose other one is broken', () => {
    const { documents, issues } = readValues('a.yaml', 'a: 1\n---\n- b\n---\nc: 3\n');
    expect(documents.map(({ root }) => root)).toEqual([{ a: 1 }, { c: 3 }]);
    expect(issues.map(({ line }) => line)).toEqual([3]);
  });

  it('follows anchors, aliases and merge keys; what a map says itself comes first', () => {
    const text =
      'base: &base { a: 1, b: 2 }\nmore: &more { c: 3, a: 9 }\nx: { <<: *base, b: 5 }\ny: { <<: [*base, *more] }\nz: *base\n';
    expect(read(text)).toEqual([
      {
        base: { a: 1, b: 2 },
        more: { c: 3, a: 9 },
        x: { a: 1, b: 5 },
        y: { a: 1, b: 2, c: 3 },
        z: { a: 1, b: 2 },
      },
    ]);
  });

  it('turns simple keys into texts', () => {
    expect(read('200: ok\ntrue: yes')).toEqual([{ '200': 'ok', true: 'yes' }]);
  });

  it.each([
    ['', '1:1 INVALID_DEFINITION the file is empty'],
    ['\n# nothing\n', '1:1 INVALID_DEFINITION the file is empty'],
    ['- a\n', '1:1 INVALID_DEFINITION a definition is a map of keys such as name and step_templates'],
    ['text', '1:1 INVALID_DEFINITION a definition is a map of keys such as name and step_templates'],
    ['a: 1\nb: 2\na: 3\n', '3:1 INVALID_YAML the key "a" stands twice'],
    ['x:\n  "b c": 1\n  "b c": 2\n', '3:3 INVALID_YAML the key "b c" stands twice'],
    [
      'a: [1,\nb: 2\n',
      '2:1 INVALID_YAML Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a: 1\n\tb: 2\n', '2:1 INVALID_YAML Tabs are not allowed as indentation'],
    ['a: "open\n', '2:1 INVALID_YAML Missing closing "quote'],
    ['a: *nope\n', '1:4 INVALID_DEFINITION there is no anchor "nope"'],
    ['a: &a [*a]\n', '1:8 INVALID_DEFINITION the alias "a" contains itself'],
    ['a: !secret x\n', '1:4 INVALID_YAML Unresolved tag: !secret'],
    ['? [a]\n: 1\n', '1:3 INVALID_DEFINITION a key must be a plain text'],
    ['__proto__: { a: 1 }\n', '1:1 INVALID_DEFINITION "__proto__" cannot be a key'],
    ['a:\n  <<: 5\n', '2:3 INVALID_DEFINITION "<<" takes a map, an alias of one, or a list of these'],
  ])('says of %j where and what', (text, expected) => {
    expect(issue(text)).toBe(expected);
  });

  it('says where JSON breaks off', () => {
    expect(issue('{"name": "x",\n  "steps": [1', 'a.json')).toMatch(/^2:14 INVALID_YAML /);
  });

  it('stops at aliases that expand without measure', () => {
    const bomb = ['a: &l0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i <= 9; i++)
      bomb.push(
        `l${i}: &l${i} [${Array(10)
          .fill(`*l${i - 1}`)
          .join(', ')}]`,
      );
    expect(issue(bomb.join('\n'))).toMatch(
      /INVALID_DEFINITION the aliases of this document expand to more than 10000 values$/,
    );
  });

  it('stops at nesting without measure', () => {
    expect(issue(`a: ${'['.repeat(300)}${']'.repeat(300)}`)).toMatch(
      /^1:\d+ INVALID_DEFINITION nested deeper than 200 levels$/,
    );
    expect(issue('['.repeat(20_000))).toMatch(/^1:\d+ INVALID_YAML nested too deep to be read$/);
  });

  it('knows where every member and item stands', () => {
    const { documents } = readValues('a.yaml', 'name: x\nsteps:\n  - name: a\n    retry_limit: 1\n  - { name: b }\n');
    const [{ root, positions }] = documents as [(typeof documents)[number]];
    const at = (...path: (string | number)[]): unknown[] => {
      const { line, column, label } = positions.locate(root, path);
      return [line, column, label];
    };
    expect(at('name')).toEqual([1, 1, 'name']);
    expect(at('steps', 0)).toEqual([3, 5, undefined]);
    expect(at('steps', 0, 'retry_limit')).toEqual([4, 5, 'retry_limit']);
    expect(at('steps', 1, 'name')).toEqual([5, 7, 'name']);
    expect(at('steps', 1, 'missing')).toEqual([5, 5, undefined]);
    expect(at('missing')).toEqual([1, 1, undefined]);
    expect(at('steps', 7, 'deep', 'down')).toEqual([2, 1, undefined]);
  });
});
