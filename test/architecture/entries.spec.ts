import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { MANIFEST, ROOT, entries, reachablePackages } from './import-graph.js';

const OPTIONAL = Object.entries(MANIFEST.peerDependenciesMeta)
  .filter(([, meta]) => meta.optional)
  .map(([name]) => name);
const DECLARED = [...Object.keys(MANIFEST.dependencies), ...Object.keys(MANIFEST.peerDependencies)];

/** The packages among `reached` that fit, as `package (first file that names it)`. */
function offenders(reached: Map<string, string>, fits: (name: string) => boolean): string[] {
  return [...reached].filter(([name]) => fits(name)).map(([name, file]) => `${name} (${file})`);
}

describe('what the published entries bring along', () => {
  it('the main entry reaches no optional peer', () => {
    expect(offenders(reachablePackages('src/index.ts'), (name) => OPTIONAL.includes(name))).toEqual([]);
  });

  it.each(entries())('$name reaches only packages that package.json declares', ({ source }) => {
    const undeclared = (name: string) =>
      !DECLARED.includes(name) && !name.startsWith('node:') && !builtinModules.includes(name);
    expect(offenders(reachablePackages(source), undeclared)).toEqual([]);
  });
});

describe('the core', () => {
  const files = readdirSync(`${ROOT}/src/core`, { recursive: true, encoding: 'utf8' });

  it.each(files.filter((file) => file.endsWith('.ts')))('%s names no framework and does no I/O', (file) => {
    const allowed = ['node:crypto', 'node:util'];
    expect(offenders(reachablePackages(`src/core/${file}`), (name) => !allowed.includes(name))).toEqual([]);
  });
});
