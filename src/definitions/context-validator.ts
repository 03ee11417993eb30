import { ContextValidationError } from '../core/errors.js';
import { fieldErrors, formatPath, MAX_FIELD_ERRORS, undeclaredPath } from './field-errors.js';
import { copyJson, isPlainObject, type Path } from './plain-json.js';
import { compileSchema, type CompiledSchema } from './schema-compiler.js';
import { type JsonSchema } from './task-template.js';

/** What happens to context properties that the schema does not declare. */
export type StrictContext = 'reject' | 'strip' | 'allow';

/** Stripping one layer can lay another one bare (in `anyOf`); this many layers are enough for any real schema. */
const MAX_STRIP_ROUNDS = 20;

/**
 * Checks the context of new tasks against the schema of their definition.
 *
 * What comes back is a new value with the schema's defaults filled in; the one given is never changed. Types are not
 * converted: `"7"` is no number. Without a schema any JSON object passes.
 */
export class ContextValidator {
  private readonly compiled: CompiledSchema | undefined;

  constructor(
    /** The definition's name, for messages. */
    private readonly definition: string,
    schema: JsonSchema | null,
    private readonly strict: StrictContext,
  ) {
    this.compiled = schema === null ? undefined : compileSchema(schema, { closed: strict !== 'allow' });
  }

  /** @throws ContextValidationError with every field that does not fit */
  validate(context: unknown): Record<string, unknown> {
    if (!isPlainObject(context)) throw this.notAnObject(context);
    const { copy, problems } = copyJson(context);
    if (problems.length > 0) {
      const errors = problems
        .slice(0, MAX_FIELD_ERRORS)
        .map(({ path, code, message }) => ({ path: formatPath('context', path), code, message }));
      throw new ContextValidationError(this.definition, errors);
    }
    if (!isPlainObject(copy)) throw this.notAnObject(copy);
    return this.fit(copy);
  }

  private notAnObject(given: unknown): ContextValidationError {
    const found =
      given === null
        ? 'null'
        : Array.isArray(given)
          ? 'a list'
          : typeof given === 'object'
            ? 'a class instance'
            : typeof given;
    const message = `must be a plain object, not ${found}`;
    return new ContextValidationError(this.definition, [{ path: 'context', code: 'type', message }]);
  }

  private fit(context: Record<string, unknown>): Record<string, unknown> {
    if (!this.compiled) return context;
    let errors = this.compiled.check(context);
    for (let round = 0; this.strict === 'strip' && errors.length > 0 && round < MAX_STRIP_ROUNDS; round++) {
      const undeclared = errors.filter((error) => this.compiled!.isUndeclared(error));
      if (undeclared.length === 0) break;
      for (const path of undeclared.map((error) => undeclaredPath(context, error))) removeAt(context, path);
      errors = this.compiled.check(context);
    }
    if (errors.length > 0) throw new ContextValidationError(this.definition, fieldErrors('context', context, errors));
    return context;
  }
}

function removeAt(root: unknown, path: Path): void {
  let holder = root;
  for (const part of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, part)) return;
    holder = Reflect.get(holder, part);
  }
  if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, path.at(-1)!);
}
