import { ConfigurationError } from './core/errors.js';
import { didYouMean } from './core/nearest-name.js';

/** What an option may be; `path` in messages is the key as the user wrote it, e.g. `worker.concurrency`. */
export interface OptionRule {
  readonly what: string;
  readonly fits: (value: unknown) => boolean;
}

export const text: OptionRule = { what: 'text', fits: (v) => typeof v === 'string' && v !== '' };
export const flag: OptionRule = { what: 'true or false', fits: (v) => typeof v === 'boolean' };

export function whole(min: number, max: number): OptionRule {
  return {
    what: `a whole number from ${min} to ${max}`,
    fits: (v) => Number.isInteger(v) && (v as number) >= min && (v as number) <= max,
  };
}

export function number(min: number, max: number): OptionRule {
  return {
    what: `a number from ${min} to ${max}`,
    fits: (v) => typeof v === 'number' && v >= min && v <= max,
  };
}

export function oneOf(...values: readonly string[]): OptionRule {
  return { what: values.map((v) => `'${v}'`).join(' or '), fits: (v) => values.includes(v as string) };
}

export function listOf(rule: OptionRule): OptionRule {
  return { what: `a list of ${rule.what}`, fits: (v) => Array.isArray(v) && v.every((entry) => rule.fits(entry)) };
}

/**
 * Holds a section of options against its rules: an unknown key, a wrong type or a value out of bounds is one error that
 * names the key. Returns the section, empty when it was left out.
 * @throws ConfigurationError `INVALID_OPTION`
 */
export function checkSection<T extends object>(
  section: string,
  value: unknown,
  rules: Readonly<Record<keyof T & string, OptionRule>>,
): Partial<T> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(section || 'options', value, 'an object');
  }
  const prefix = section === '' ? '' : `${section}.`;
  for (const [key, entry] of Object.entries(value)) {
    const rule = (rules as Record<string, OptionRule | undefined>)[key];
    if (!rule || !Object.hasOwn(rules, key)) {
      throw new ConfigurationError(
        `TaskerModule does not know the option "${prefix}${key}".${didYouMean(key, Object.keys(rules))}`,
        { code: 'INVALID_OPTION', details: { option: `${prefix}${key}`, known: Object.keys(rules) } },
      );
    }
    if (entry !== undefined && !rule.fits(entry)) throw invalid(`${prefix}${key}`, entry, rule.what);
  }
  return value;
}

export function invalid(option: string, value: unknown, expected: string): ConfigurationError {
  const shown = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value));
  return new ConfigurationError(`TaskerModule's option "${option}" must be ${expected}; it is ${shown.slice(0, 80)}.`, {
    code: 'INVALID_OPTION',
    details: { option },
  });
}
