import fc from 'fast-check';
import { ConfigurationError } from '../../src/core/errors.js';
import { interpolateConfig, malformedReferences, missingVariables } from '../../src/definitions/interpolation.js';

const ENV = { HOST: 'db.local', PORT: '5432', EMPTY: '', NESTED: '${HOST}', _x1: 'y' };
const fill = (text: string): unknown => interpolateConfig({ text }, ENV).text;

describe('interpolateConfig', () => {
  it.each([
    ['http://${HOST}:${PORT}/', 'http://db.local:5432/'],
    ['${NOPE:-fallback}', 'fallback'],
    ['${NOPE:-}', ''],
    ['${HOST:-fallback}', 'db.local'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['[${EMPTY}]', '[]'],
    ['${_x1}', 'y'],
    ['$${HOST}', '${HOST}'],
    ['$$${HOST}', '$${HOST}'],
    ['$HOST and $5', '$HOST and $5'],
    ['${NESTED}', '${HOST}'],
    ['${NOPE:-a:-b}', 'a:-b'],
    ['${NOPE:-http://x/?a=$1&b=$&}', 'http://x/?a=$1&b=$&'],
    ['🎁 ${HOST} 🎁', '🎁 db.local 🎁'],
  ])('fills %s as %s', (text, expected) => {
    expect(fill(text)).toBe(expected);
  });

  it('fills strings at every depth, leaves keys and other values alone, and does not change what was given', () => {
    const config = { '${HOST}': [{ url: '${HOST}' }, 1, null, true, ['${PORT}']] };
    const before = structuredClone(config);
    expect(interpolateConfig(config, ENV)).toEqual({ '${HOST}': [{ url: 'db.local' }, 1, null, true, ['5432']] });
    expect(config).toEqual(before);
  });

  it('names the missing variables and no values', () => {
    const config = { url: '${HOST}/${TOKEN}', again: '${TOKEN}', other: '${SECRET}' };
    expect(() => interpolateConfig(config, ENV)).toThrow(ConfigurationError);
    expect(() => interpolateConfig(config, ENV)).toThrow('handler_config needs ${TOKEN}, ${SECRET}, not set here.');
  });

  it('does not take what every object inherits for a variable', () => {
    expect(missingVariables({ x: '${constructor} ${toString}' }, {})).toEqual(['constructor', 'toString']);
  });

  it('leaves text without references as it is', () => {
    const plain = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('${'));
    fc.assert(fc.property(plain, (text) => expect(fill(text)).toBe(text)));
  });

  it('gives back any text that was escaped', () => {
    const words = fc
      .array(fc.constantFrom('a', '$', '{', '}', '${HOST}', ' '), { maxLength: 8 })
      .map((w) => w.join(''));
    fc.assert(
      fc.property(words, (text) => {
        expect(fill(text.replaceAll('${', () => '$${'))).toBe(text);
      }),
    );
  });
});

describe('missingVariables', () => {
  it('lists each once, in order, and none that has a default or is escaped', () => {
    const config = { a: ['${B}', { c: '${A}${B}' }], d: '${C:-x} $${D} ${EMPTY}' };
    expect(missingVariables(config, ENV)).toEqual(['B', 'A']);
  });
});

describe('malformedReferences', () => {
  it('finds what looks like a variable and is none', () => {
    const config = { a: '${API-URL}/x', b: ['${}', '${HOST', '${A:-${B}}', '${1X}', 'fine ${HOST} $${x-y}'] };
    expect(malformedReferences(config)).toEqual(['${API-URL}', '${}', '${HOST', '${A:-${B}', '${1X}']);
  });
});
