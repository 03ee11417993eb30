import { SensitivePaths } from '../../src/core/sensitive-paths.js';
import { sensitiveValues } from '../../src/core/sensitive-values.js';

const values = (value: unknown, ...paths: string[]): string[] => sensitiveValues(value, SensitivePaths.of(paths));

it('finds texts and numbers at the paths, and all below them, longest first', () => {
  const context = {
    card: { number: 4111111111111111, holder: ' Ann Smith ' },
    items: [{ iban: 'DE12' }, { iban: 'DE3456' }],
    id: 'order',
  };
  expect(values(context, 'card', 'items[].iban')).toEqual(['4111111111111111', 'Ann Smith', 'DE3456', 'DE12']);
});

it('leaves out what is too short or too common to tell anything', () => {
  expect(values({ a: ['no', 'true', 'NULL', 7, 123, '', ' x ', null, false] }, 'a')).toEqual([]);
  expect(values({ a: 'x'.repeat(5_000) }, 'a')).toEqual([]);
});

it('finds nothing where there is no path, and ends at two hundred', () => {
  expect(values({ a: 'secret' })).toEqual([]);
  expect(values({ a: Array.from({ length: 1_000 }, (_, i) => `secret ${i}`) }, 'a')).toHaveLength(200);
});
