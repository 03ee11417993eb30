import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { ROOT, entries } from './import-graph.js';

/** What hosts may import. It changes on purpose only, so it is a file that a review sees. */
const LIST = join(import.meta.dirname, 'public-api.txt');
const HOW_TO_UPDATE = 'TASKER_UPDATE_PUBLIC_API=1 npm test -- test/architecture/public-api.spec.ts';

describe('the public API', () => {
  it('is what public-api.txt says', () => {
    const actual = publicApi();
    if (process.env.TASKER_UPDATE_PUBLIC_API === '1') writeFileSync(LIST, actual);
    const listed = existsSync(LIST) ? readFileSync(LIST, 'utf8') : '';
    if (actual === listed) return;
    throw new Error(
      `What the package exports differs from test/architecture/public-api.txt:\n${difference(listed, actual)}\n` +
        `If that is meant, run\n  ${HOW_TO_UPDATE}\nand commit the file.`,
    );
  });
});

/** Every export of every entry, one a line, types included. */
function publicApi(): string {
  const options = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ROOT,
  ).options;
  const sources = entries().map((entry) => ({ ...entry, file: resolve(ROOT, entry.source) }));
  const program = ts.createProgram(
    sources.map(({ file }) => file),
    options,
  );
  return sources.flatMap(({ name, file }) => exportsOf(program, file).map((line) => `${name}: ${line}\n`)).join('');
}

function exportsOf(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is an entry of package.json but exports nothing.`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => `${symbol.name} (${kinds(symbol, checker)})`)
    .sort((a, b) => (a < b ? -1 : 1));
}

/** A name can be several things at once: a decorator and the interface it marks. */
function kinds(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const named: [ts.SymbolFlags, string][] = [
    [ts.SymbolFlags.Class, 'class'],
    [ts.SymbolFlags.Function, 'function'],
    [ts.SymbolFlags.Variable, 'value'],
    [ts.SymbolFlags.Enum, 'enum'],
    [ts.SymbolFlags.Interface, 'interface'],
    [ts.SymbolFlags.TypeAlias, 'type'],
  ];
  return named
    .filter(([flag]) => flags & flag)
    .map(([, name]) => name)
    .join(', ');
}

function difference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  const added = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return [...gone, ...added].join('\n');
}
