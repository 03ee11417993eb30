import { ConfigurationError } from '../core/errors.js';

/** The variables to fill in with, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Config = Readonly<Record<string, unknown>>;

/** `$${` (an escape), `${NAME}`, `${NAME:-default}`, or a `${` that starts none of them. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\})?/g;

/**
 * Fills `${NAME}` and `${NAME:-default}` in all strings of a `handler_config`, at any depth; keys are left alone. The
 * default also stands in for an empty variable, as in a shell. `$${NAME}` gives the text `${NAME}`. What was filled in is
 * not looked at again.
 *
 * Definitions are stored as written; this runs when a step does, so that secrets never reach the database.
 *
 * @throws ConfigurationError `MISSING_VARIABLE`, naming the variables and no values
 */
export function interpolateConfig<T extends Config>(config: T, env: Environment): T {
  const missing = missingVariables(config, env);
  if (missing.length > 0) {
    throw new ConfigurationError(
      `handler_config needs ${missing.map((name) => `\${${name}}`).join(', ')}, not set here.`,
      {
        code: 'MISSING_VARIABLE',
        hint: 'Set the variable for this process, or write a default: ${NAME:-default}.',
        details: { variables: missing },
      },
    );
  }
  return mapStrings(config, (text) =>
    text.replace(REFERENCE, (whole: string, name?: string, fallback?: string) => {
      if (whole === '$${') return '${';
      if (name === undefined) return whole;
      const set = readVariable(env, name);
      return fallback === undefined ? set! : set || fallback;
    }),
  ) as T;
}

/** The variables that `config` needs and `env` does not have, each once, in order of appearance. */
export function missingVariables(config: Config, env: Environment): string[] {
  const missing = new Set<string>();
  mapStrings(config, (text) => {
    for (const [, name, fallback] of text.matchAll(REFERENCE)) {
      if (name !== undefined && fallback === undefined && readVariable(env, name) === undefined) missing.add(name);
    }
    return text;
  });
  return [...missing];
}

/** The texts that hold a `${` which is neither a variable nor escaped: a slip such as `${API-URL}`. */
export function malformedReferences(config: Config): string[] {
  const malformed = new Set<string>();
  mapStrings(config, (text) => {
    for (const match of text.matchAll(REFERENCE)) {
      if (match[0] === '${') malformed.add(text.slice(match.index, text.indexOf('}', match.index) + 1 || undefined));
    }
    return text;
  });
  return [...malformed];
}

function readVariable(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapStrings(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapStrings(member, change)]));
}
