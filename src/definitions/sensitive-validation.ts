import { didYouMean } from '../core/nearest-name.js';
import { MAX_SENSITIVE_PATHS, namesOf, pathFlaw } from '../core/sensitive-paths.js';
import { partsOf } from './closed-schema.js';
import { type Findings } from './findings.js';
import { isPlainObject, type Path } from './plain-json.js';
import { schemaProblems } from './schema-compiler.js';
import { type SchemaObject } from './schema-walk.js';
import { type TaskTemplate } from './task-template.js';

/**
 * Finds sensitive paths that would hide nothing: those that cannot be read, and those that lead to a place of the context
 * which the schema does not allow to exist. A slip of the pen here would show a card number to the world.
 */
export function checkSensitive(template: TaskTemplate, findings: Findings): void {
  const { schema, strictContext, sensitive = [], steps } = template;
  const inContext = schema !== null && strictContext !== 'allow' && schemaProblems(schema).length === 0 ? schema : null;
  checkPaths(sensitive, ['sensitive'], '', findings, (path) => (inContext ? undeclared(path, inContext) : undefined));
  steps.forEach(({ name, sensitive: paths = [] }, index) => {
    checkPaths(paths, ['steps', index, 'sensitive'], `step "${name}": `, findings, () => undefined);
  });
}

function checkPaths(
  paths: readonly string[],
  at: Path,
  prefix: string,
  findings: Findings,
  flawOf: (path: string) => string | undefined,
): void {
  const label = `${prefix}${findings.label(at)}`;
  if (paths.length > MAX_SENSITIVE_PATHS) {
    findings.add('INVALID_SENSITIVE_PATH', at, `${label} has more than ${MAX_SENSITIVE_PATHS} paths`);
  }
  paths.slice(0, MAX_SENSITIVE_PATHS).forEach((path, index) => {
    const flaw = pathFlaw(path) ?? flawOf(path);
    if (flaw === undefined) return;
    const shown = path.length > 60 ? `${path.slice(0, 60)}…` : path;
    findings.add('INVALID_SENSITIVE_PATH', [...at, index], `${label}: "${shown}" ${flaw}`);
  });
}

/** What a closed schema says against a path; undefined also when it cannot be known. */
function undeclared(path: string, root: SchemaObject): string | undefined {
  let places: readonly SchemaObject[] = [root];
  for (const name of namesOf(path) ?? []) {
    const parts = places.flatMap((place) => throughLists(place, root));
    const entered = name === null ? undefined : member(parts, name);
    if (entered === undefined) return undefined;
    if ('missing' in entered) {
      return `leads nowhere: the schema does not declare "${name}".${didYouMean(name ?? '', entered.missing)}`;
    }
    places = entered.schemas;
  }
  return undefined;
}

/** The schemas of a value, or of the items of a list, which paths look through. */
function throughLists(place: SchemaObject, root: SchemaObject): SchemaObject[] {
  const found = new Set<SchemaObject>(partsOf(place, root));
  for (const part of found) {
    const items = [part.items, part.additionalItems, part.prefixItems].flat().filter(isPlainObject);
    for (const item of items) for (const inner of partsOf(item, root)) found.add(inner);
  }
  return [...found];
}

function member(
  parts: readonly SchemaObject[],
  name: string,
): { readonly schemas: readonly SchemaObject[] } | { readonly missing: readonly string[] } | undefined {
  const declaring = parts.map(({ properties }) => properties).filter(isPlainObject);
  const found = declaring.filter((properties) => Object.hasOwn(properties, name)).map((properties) => properties[name]);
  if (found.length > 0) {
    const schemas = found.filter(isPlainObject);
    return schemas.length > 0 ? { schemas } : undefined;
  }
  if (declaring.length === 0 || parts.some(isOpen) || /^\d+$/.test(name)) return undefined;
  return { missing: declaring.flatMap((properties) => Object.keys(properties)) };
}

/** True when it may allow members that it does not name, or when what it refers to is not known here. */
function isOpen(part: SchemaObject): boolean {
  const allows = (value: unknown): boolean => value !== undefined && value !== false;
  return (
    allows(part.additionalProperties) ||
    allows(part.unevaluatedProperties) ||
    part.patternProperties !== undefined ||
    part.$dynamicRef !== undefined ||
    (typeof part.$ref === 'string' && !/^#(\/|$)/.test(part.$ref))
  );
}
