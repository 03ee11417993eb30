import { type ErrorObject } from 'ajv';
import { type FieldError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { type Path } from './plain-json.js';

/** More errors than this are counted, not listed. */
export const MAX_FIELD_ERRORS = 100;

/** Ajv's errors about `value` as one entry per field and rule, with paths such as `context.cart_items[0].price`. */
export function fieldErrors(root: string, value: unknown, errors: readonly ErrorObject[]): FieldError[] {
  const found = new Map<string, FieldError>();
  for (const error of errors) {
    const field = fieldError(root, value, error);
    found.set(JSON.stringify([field.path, field.message]), field);
  }
  const listed = [...found.values()];
  if (listed.length <= MAX_FIELD_ERRORS) return listed;
  const message = `has ${listed.length - MAX_FIELD_ERRORS} more errors`;
  return [...listed.slice(0, MAX_FIELD_ERRORS), { path: root, code: 'more', message }];
}

/** A path as people write it: `context.cart_items[0]["unit price"]`. */
export function formatPath(root: string, path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`;
  }, root);
}

/** The property that a refusal is about, from the outside in; undefined when it is about the value itself. */
export function undeclaredPath(value: unknown, error: ErrorObject): Path {
  return [...readPointer(value, error.instancePath), undeclaredName(error)];
}

function fieldError(root: string, value: unknown, error: ErrorObject): FieldError {
  const path = readPointer(value, error.instancePath);
  const at = (part?: string): string => formatPath(root, part === undefined ? path : [...path, part]);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return { path: at(String(params.missingProperty)), code: 'required', message: 'is required' };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = undeclaredName(error);
      const declared = (error.parentSchema as { properties?: object } | undefined)?.properties ?? {};
      const message = `is not declared in the schema.${didYouMean(name, Object.keys(declared))}`;
      return { path: at(name), code: error.keyword, message };
    }
    case 'enum':
      return { path: at(), code: 'enum', message: `must be one of ${JSON.stringify(params.allowedValues)}` };
    default:
      return { path: at(), code: error.keyword, message: error.message ?? `does not fit "${error.keyword}"` };
  }
}

function undeclaredName(error: ErrorObject): string {
  const params = error.params as { additionalProperty?: string; unevaluatedProperty?: string };
  return params.additionalProperty ?? params.unevaluatedProperty ?? '';
}

/** A JSON pointer as a path; the value tells whether a number is an index or a key. */
function readPointer(value: unknown, pointer: string): (string | number)[] {
  let current = value;
  return pointer
    .split('/')
    .slice(1)
    .map((token) => {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      const part = Array.isArray(current) ? Number(key) : key;
      current =
        typeof current === 'object' && current !== null && Object.hasOwn(current, key)
          ? Reflect.get(current, key)
          : undefined;
      return part;
    });
}
