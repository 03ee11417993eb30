import { isPlainObject, type Path } from './plain-json.js';

export type SchemaObject = Record<string, unknown>;

/** How a schema below another one applies: to the same value, to a value inside it, or only where it is referred to. */
export type Relation = 'same' | 'inside' | 'definition';

interface Shape {
  readonly relation: Relation;
  readonly form: 'schema' | 'list' | 'map';
}

const shape = (relation: Relation, ...forms: Shape['form'][]): Shape[] => forms.map((form) => ({ relation, form }));

/** Every keyword of drafts 7 and 2020-12 that holds schemas. */
const SHAPES: ReadonlyMap<string, readonly Shape[]> = new Map([
  ...['not', 'if', 'then', 'else'].map((keyword) => [keyword, shape('same', 'schema')] as const),
  ...['allOf', 'anyOf', 'oneOf'].map((keyword) => [keyword, shape('same', 'list')] as const),
  ...['dependentSchemas', 'dependencies'].map((keyword) => [keyword, shape('same', 'map')] as const),
  ...['properties', 'patternProperties'].map((keyword) => [keyword, shape('inside', 'map')] as const),
  ...['$defs', 'definitions'].map((keyword) => [keyword, shape('definition', 'map')] as const),
  ['prefixItems', shape('inside', 'list')],
  ['items', shape('inside', 'schema', 'list')],
  ...[
    'additionalItems',
    'contains',
    'propertyNames',
    'additionalProperties',
    'unevaluatedItems',
    'unevaluatedProperties',
    'contentSchema',
  ].map((keyword) => [keyword, shape('inside', 'schema')] as const),
]);

export interface Subschema {
  readonly schema: SchemaObject;
  readonly keyword: string;
  readonly relation: Relation;
  /** From the schema it stands in. */
  readonly path: Path;
}

/** The schemas that stand directly in this one. `true` and `false` are left out: there is nothing in them. */
export function subschemas(schema: SchemaObject): Subschema[] {
  const found: Subschema[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    for (const { relation, form } of SHAPES.get(keyword) ?? []) {
      const entries: [Path, unknown][] =
        form === 'schema'
          ? [[[keyword], value]]
          : form === 'list' && Array.isArray(value)
            ? value.map((item: unknown, index) => [[keyword, index], item])
            : form === 'map' && isPlainObject(value)
              ? Object.entries(value).map(([key, item]) => [[keyword, key], item])
              : [];
      for (const [path, item] of entries)
        if (isPlainObject(item)) found.push({ schema: item, keyword, relation, path });
    }
  }
  return found;
}

/** Visits a schema and every schema inside it, outermost first. */
export function walkSchema(schema: SchemaObject, visit: (schema: SchemaObject, path: Path) => void): void {
  const stack: { schema: SchemaObject; path: Path }[] = [{ schema, path: [] }];
  while (stack.length > 0) {
    const next = stack.pop()!;
    visit(next.schema, next.path);
    for (const sub of subschemas(next.schema).reverse()) {
      stack.push({ schema: sub.schema, path: [...next.path, ...sub.path] });
    }
  }
}
