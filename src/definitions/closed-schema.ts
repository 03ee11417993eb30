import { isPlainObject } from './plain-json.js';
import { subschemas, walkSchema, type SchemaObject } from './schema-walk.js';

/** What stands around a value whose undeclared properties are refused. */
export interface Gate {
  /** All names that any of the schemas of the value declares; undefined when they cannot be listed. */
  readonly declared: ReadonlySet<string> | undefined;
}

/** The schemas that were closed. */
export type Gates = ReadonlyMap<SchemaObject, Gate>;

/**
 * Closes a schema against undeclared properties, in place: at every depth where it declares `properties` and does not say
 * itself what happens to others. The schema given must be a private copy.
 *
 * Where one value is described by several schemas together (`allOf`, `$ref`, `if` …) the gate stands around all of them,
 * because each part alone would refuse what its neighbour declares.
 *
 * @returns the schemas that were closed, to tell their refusals from the author's own
 */
export function closeSchema(root: SchemaObject): Gates {
  const gates = new Map<SchemaObject, Gate>();
  const places: SchemaObject[] = [root];
  walkSchema(root, (schema) => {
    for (const sub of subschemas(schema)) if (sub.relation === 'inside') places.push(sub.schema);
  });
  for (const schema of places) {
    if ('additionalProperties' in schema || 'unevaluatedProperties' in schema) continue;
    const parts = partsOf(schema, root);
    if (!parts.some((part) => isPlainObject(part.properties))) continue;
    schema[parts.length === 1 ? 'additionalProperties' : 'unevaluatedProperties'] = false;
    gates.set(schema, { declared: parts.some(isOpenEnded) ? undefined : declaredNames(parts) });
  }
  return gates;
}

function isOpenEnded(part: SchemaObject): boolean {
  const keywords = ['additionalProperties', 'unevaluatedProperties', 'patternProperties'];
  return keywords.some((keyword) => keyword in part && part[keyword] !== false);
}

function declaredNames(parts: readonly SchemaObject[]): ReadonlySet<string> {
  return new Set(parts.flatMap(({ properties }) => (isPlainObject(properties) ? Object.keys(properties) : [])));
}

/** The schema itself and all that apply to the same value. */
export function partsOf(schema: SchemaObject, root: SchemaObject): SchemaObject[] {
  const parts = new Set<SchemaObject>([schema]);
  for (const part of parts) {
    for (const sub of subschemas(part)) if (sub.relation === 'same' && sub.keyword !== 'not') parts.add(sub.schema);
    const target = typeof part.$ref === 'string' ? pointedAt(part.$ref, root) : undefined;
    if (target) parts.add(target);
  }
  return [...parts];
}

/** What a `$ref` inside this schema points at: `#` or a JSON pointer. Anchors and other documents are not followed. */
function pointedAt(ref: string, root: SchemaObject): SchemaObject | undefined {
  if (!/^#(\/|$)/.test(ref)) return undefined;
  let value: unknown = root;
  for (const token of ref.slice(1).split('/').slice(1)) {
    const key = decodePointer(token);
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  return isPlainObject(value) ? value : undefined;
}

function decodePointer(token: string): string {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return token;
  }
}
