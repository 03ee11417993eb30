import { didYouMean } from '../core/nearest-name.js';
import { type Findings } from './findings.js';
import { copyJson, isPlainObject, type Path } from './plain-json.js';

/**
 * Reads the fields of an object that nobody has checked yet. A field of the wrong type is a finding and reads as its
 * default, so that one look finds everything that is wrong.
 */
export class FieldReader {
  private readonly object: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly findings: Findings,
    private readonly path: Path,
    /** Begins every message, e.g. `step "charge": `. */
    private readonly prefix = '',
  ) {
    this.object = isPlainObject(value) ? value : {};
    if (!isPlainObject(value))
      findings.add('INVALID_DEFINITION', path, `${prefix}must be an object, not ${kindOf(value)}`);
  }

  /** Reports every key that is not among `known`. */
  expectKeys(known: readonly string[]): void {
    for (const key of Object.keys(this.object)) {
      if (known.includes(key)) continue;
      const message = `${this.prefix}unknown key "${key}".${didYouMean(key, known)}`;
      this.findings.add('INVALID_DEFINITION', [...this.path, key], message);
    }
  }

  has(key: string): boolean {
    return this.read(key) !== undefined;
  }

  read(key: string): unknown {
    return Object.hasOwn(this.object, key) ? this.object[key] : undefined;
  }

  string(key: string, fallback: string): string {
    return this.typed(key, fallback, 'a string', (value) => typeof value === 'string');
  }

  boolean(key: string, fallback: boolean): boolean {
    return this.typed(key, fallback, 'true or false', (value) => typeof value === 'boolean');
  }

  number<T>(key: string, fallback: T): number | T {
    return this.typed<number | T>(key, fallback, 'a number', (value) => Number.isFinite(value));
  }

  oneOf<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
    const wanted = `one of ${allowed.join(', ')}`;
    return this.typed(key, fallback, wanted, (value) => (allowed as readonly unknown[]).includes(value));
  }

  list(key: string): readonly unknown[] {
    return this.typed<readonly unknown[]>(key, [], 'a list', Array.isArray);
  }

  strings(key: string, fallback: readonly string[] = []): readonly string[] {
    const isText = (value: unknown): boolean => typeof value === 'string';
    return this.typed(key, fallback, 'a list of strings', (value) => Array.isArray(value) && value.every(isText));
  }

  numbers(key: string): readonly number[] | undefined {
    return this.typed<readonly number[] | undefined>(
      key,
      undefined,
      'a list of numbers',
      (value) => Array.isArray(value) && value.every((item) => Number.isFinite(item)),
    );
  }

  /** A copy of an object that can be stored as JSON. */
  json<T>(key: string, fallback: T): Readonly<Record<string, unknown>> | T {
    const value = this.typed<unknown>(key, undefined, 'an object', isPlainObject);
    if (value === undefined) return fallback;
    const { copy, problems } = copyJson(value);
    for (const { path, message } of problems) {
      const where = [...this.path, key, ...path];
      this.findings.add('INVALID_DEFINITION', where, `${this.prefix}${this.labelOf(key, path)} ${message}`);
    }
    return problems.length > 0 ? fallback : (copy as Readonly<Record<string, unknown>>);
  }

  private typed<T>(key: string, fallback: T, wanted: string, fits: (value: unknown) => boolean): T {
    const value = this.read(key);
    if (value === undefined) return fallback;
    if (fits(value)) return value as T;
    const message = `${this.prefix}${this.labelOf(key)} must be ${wanted}, not ${kindOf(value)}`;
    this.findings.add('INVALID_DEFINITION', [...this.path, key], message);
    return fallback;
  }

  private labelOf(key: string, inner: Path = []): string {
    return [this.findings.label([...this.path, key]), ...inner].join('.');
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
