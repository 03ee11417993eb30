import { ROUTES } from '../../src/rest/openapi/routes.js';
import { misfit } from '../rest/support/openapi-check.js';
import { readMarkdown } from './markdown.js';

const { text } = readMarkdown('docs/rest.md');

/** The routes of the table at the top: methods and paths of a row, short ones ending as those before them begin. */
function routesOfTable(): string[] {
  const [table = ''] = /^\| Route [\s\S]*?\n\n/m.exec(text) ?? [];
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => {
      const named = [...line.split('|')[1]!.matchAll(/`(?:([A-Z]+)(?: |`))?(?:(\/[^`]*)`?)?/g)];
      const methods = named.flatMap(([, method]) => method ?? []);
      const paths = named.flatMap(([, , path]) => path ?? []);
      const base = paths[0]!.slice(0, paths[0]!.lastIndexOf('/'));
      const full = paths.map((path) => (path.startsWith('/tasker/') ? path : `${base}${path}`));
      return methods.flatMap((method) => full.map((path) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`));
    });
}

it('has every route in its table', () => {
  const ours = routesOfTable().filter((route) => !route.includes('/health/'));
  expect(ours.sort()).toEqual(
    Object.keys(ROUTES)
      .map((route) => route.replace(' /', ' /tasker/'))
      .sort(),
  );
});

const EXAMPLES = [...text.matchAll(/```sh\ncurl ((?:(?!```)[\s\S])*)```\s*```json\n((?:(?!```)[\s\S])*)```/g)].map(
  ([, command = '', answer = '']) => {
    const [, path = ''] = /localhost:3000([^\s']*)/.exec(command) ?? [];
    const method = /-X (\w+)/.exec(command)?.[1] ?? (command.includes(' -d ') ? 'POST' : 'GET');
    return [method, path, JSON.parse(answer) as { status?: number }] as const;
  },
);

it('shows a good number of answers', () => expect(EXAMPLES.length).toBeGreaterThanOrEqual(9));

it.each(EXAMPLES)('shows %s %s as it answers', (method, path, answer) => {
  const { status } = answer;
  const isProblem = typeof status === 'number';
  const type = isProblem ? 'application/problem+json' : 'application/json';
  const fallback = path.includes('/bulk') ? 207 : 200;
  expect(misfit(method, path, isProblem ? status : fallback, type, answer)).toBeUndefined();
});
