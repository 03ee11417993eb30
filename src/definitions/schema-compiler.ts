import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import unevaluated from 'ajv/dist/vocabularies/unevaluated/index.js';
import addFormats from 'ajv-formats';
import { didYouMean } from '../core/nearest-name.js';
import { closeSchema, type Gates } from './closed-schema.js';
import { gateOf, withoutEchoes } from './gate-errors.js';
import { copyJson, isPlainObject, type Path } from './plain-json.js';
import { walkSchema, type SchemaObject } from './schema-walk.js';

/** Something that keeps a JSON schema from being used. */
export interface SchemaProblem {
  readonly path: Path;
  readonly message: string;
}

export interface CompiledSchema {
  /** Checks a value and fills in defaults, in place. Empty when it fits. */
  check(value: unknown): readonly ErrorObject[];
  /** True for the refusal of a property that the author neither declared nor forbade. */
  isUndeclared(error: ErrorObject): boolean;
}

type Dialect = '2020-12' | 'draft-07';

const DIALECTS: readonly (readonly [RegExp, Dialect])[] = [
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, '2020-12'],
  [/^https?:\/\/json-schema\.org\/draft-0[67]\/schema#?$/, 'draft-07'],
];

/** `ownProperties` keeps `constructor` and the like, which every object inherits, from counting as given. */
const OPTIONS: Options = {
  strict: false,
  allErrors: true,
  useDefaults: true,
  ownProperties: true,
  verbose: true,
  logger: false,
};

/** Checked against its meta-schema once, by instances that are kept: compiling a meta-schema takes tens of milliseconds. */
const metaValidators = new Map<Dialect, Ajv>();

/** Every problem of a schema; empty when {@link compileSchema} will take it. */
export function schemaProblems(schema: unknown): SchemaProblem[] {
  const { copy, problems } = copyJson(schema);
  if (problems.length > 0) return problems.map(({ path, message }) => ({ path, message }));
  if (!isPlainObject(copy)) return [{ path: [], message: 'must be a JSON schema (an object)' }];
  const dialect = dialectOf(copy);
  if (dialect === undefined) {
    const message = `${JSON.stringify(copy.$schema)} is not supported; use draft 2020-12 or draft-07`;
    return [{ path: ['$schema'], message }];
  }
  const found = [...metaProblems(copy, dialect), ...vocabularyProblems(copy, dialect)];
  if (found.length > 0) return found;
  try {
    compileSchema(copy);
    return [];
  } catch (error) {
    return [{ path: [], message: error instanceof Error ? error.message : String(error) }];
  }
}

/**
 * Compiles a schema on an instance of its own, so that two schemas may have the same `$id`.
 * @param closed refuse properties that are not declared
 * @throws Error for a schema with problems; ask {@link schemaProblems} first when it is not yet checked
 */
export function compileSchema(schema: SchemaObject, { closed = false } = {}): CompiledSchema {
  const own = structuredClone(schema);
  const gates: Gates = closed ? closeSchema(own) : new Map();
  const validate: ValidateFunction = createAjv(dialectOf(own) ?? '2020-12', {
    meta: false,
    validateSchema: false,
  }).compile(own);
  return {
    check: (value) => (validate(value) ? [] : withoutEchoes(validate.errors ?? [], gates)),
    isUndeclared: (error) => gateOf(error, gates) !== undefined,
  };
}

function createAjv(dialect: Dialect, options: Options): Ajv {
  const ajv =
    dialect === '2020-12'
      ? new Ajv2020({ ...OPTIONS, ...options })
      : new Ajv({ ...OPTIONS, unevaluated: true, ...options }).addVocabulary(unevaluated.default);
  addFormats.default(ajv);
  return ajv;
}

function dialectOf(schema: SchemaObject): Dialect | undefined {
  const { $schema } = schema;
  if ($schema === undefined) return '2020-12';
  return DIALECTS.find(([uri]) => typeof $schema === 'string' && uri.test($schema))?.[1];
}

function metaValidator(dialect: Dialect): Ajv {
  let ajv = metaValidators.get(dialect);
  if (!ajv) metaValidators.set(dialect, (ajv = createAjv(dialect, {})));
  return ajv;
}

function metaProblems(schema: SchemaObject, dialect: Dialect): SchemaProblem[] {
  const ajv = metaValidator(dialect);
  if (ajv.validateSchema(schema)) return [];
  const byPlace = new Map<string, SchemaProblem>();
  for (const error of ajv.errors ?? []) {
    if (byPlace.has(error.instancePath)) continue;
    const path = error.instancePath
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
    const allowed = (error.params as { allowedValues?: unknown[] }).allowedValues;
    const message = allowed ? `must be one of ${allowed.join(', ')}` : (error.message ?? error.keyword);
    byPlace.set(error.instancePath, { path, message });
  }
  return [...byPlace.values()];
}

/** A keyword or format that nobody knows would be ignored, and the rule its author meant with it. */
function vocabularyProblems(root: SchemaObject, dialect: Dialect): SchemaProblem[] {
  const ajv = metaValidator(dialect);
  const keywords = ajv.RULES.keywords;
  const problems: SchemaProblem[] = [];
  walkSchema(root, (schema, path) => {
    for (const keyword of Object.keys(schema)) {
      if (Object.hasOwn(keywords, keyword) || keyword.startsWith('x-') || keyword === 'example') continue;
      const message = `is not a keyword of JSON schema.${didYouMean(keyword, Object.keys(keywords))}`;
      problems.push({ path: [...path, keyword], message });
    }
    const { format, properties } = schema;
    if (typeof format === 'string' && !Object.hasOwn(ajv.formats, format)) {
      const message = `"${format}" is not a known format.${didYouMean(format, Object.keys(ajv.formats))}`;
      problems.push({ path: [...path, 'format'], message });
    }
    if (isPlainObject(properties) && Object.hasOwn(properties, '__proto__')) {
      problems.push({ path: [...path, 'properties'], message: 'may not declare a property "__proto__"' });
    }
  });
  return problems;
}
