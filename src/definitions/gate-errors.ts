import { type ErrorObject } from 'ajv';
import { type Gate, type Gates } from './closed-schema.js';
import { type SchemaObject } from './schema-walk.js';

/** The gate that refused a property; undefined for any other error. */
export function gateOf({ keyword, parentSchema }: ErrorObject, gates: Gates): Gate | undefined {
  if (keyword !== 'additionalProperties' && keyword !== 'unevaluatedProperties') return undefined;
  return gates.get(parentSchema as SchemaObject);
}

/**
 * Leaves out refusals that only echo another error. Where one of the schemas of a value does not fit, the properties it
 * declares count as unevaluated, and the gate around the value refuses them as well; to report them would be wrong, and to
 * strip them would lose data.
 */
export function withoutEchoes(errors: readonly ErrorObject[], gates: Gates): readonly ErrorObject[] {
  const failing = new Set<string>();
  for (const error of errors) {
    const isGate = gateOf(error, gates) !== undefined;
    for (let path = isGate ? parent(error.instancePath) : error.instancePath; path !== undefined; path = parent(path)) {
      if (failing.has(path)) break;
      failing.add(path);
    }
  }
  return errors.filter((error) => {
    const gate = gateOf(error, gates);
    if (!gate || error.keyword === 'additionalProperties' || !failing.has(error.instancePath)) return true;
    const { unevaluatedProperty } = error.params as { unevaluatedProperty: string };
    return gate.declared !== undefined && !gate.declared.has(unevaluatedProperty);
  });
}

function parent(path: string): string | undefined {
  return path === '' ? undefined : path.slice(0, path.lastIndexOf('/'));
}
