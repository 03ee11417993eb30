/** What a source file imports, and what it thereby brings along. Type imports count: they stand in the published types. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

export const ROOT = resolve(import.meta.dirname, '../..');

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export const MANIFEST = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as Manifest;

/** Each published entry with the source it is built from: `nestjs-tasker/testing` and `src/testing/index.ts`. */
export function entries(): { readonly name: string; readonly source: string }[] {
  return Object.entries(MANIFEST.exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            name: `nestjs-tasker${path.slice(1)}`,
            source: target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'),
          },
        ],
  );
}

/** Every package that a source file reaches through relative imports, each with the file that names it. */
export function reachablePackages(entry: string): Map<string, string> {
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const open = [resolve(ROOT, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const specifier of staticImports(file)) {
      if (specifier.startsWith('.')) open.push(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')));
      else packages.set(packageName(specifier), file.slice(ROOT.length + 1));
    }
  }
  return packages;
}

function staticImports(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const from =
      ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
    return from !== undefined && ts.isStringLiteral(from) ? [from.text] : [];
  });
}

/** `typeorm/browser` belongs to typeorm, `@nestjs/core/x` to `@nestjs/core`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
