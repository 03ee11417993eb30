/** The way to a value inside a document: keys and indexes from the outside in. */
export type Path = readonly (string | number)[];

/** A place that cannot be stored as JSON, and why. */
export interface JsonProblem {
  readonly path: Path;
  readonly code: 'nul' | 'surrogate' | 'number' | 'type' | 'depth';
  readonly message: string;
}

/** Deeper nesting than this is refused: no definition or context needs it, and recursion must end somewhere. */
export const MAX_JSON_DEPTH = 200;

/**
 * Copies a value as the database will keep it, and names every place that it could not keep: what passes here is stored
 * unchanged. The copy shares nothing with the original, and a key such as `__proto__` stays an ordinary key in it.
 *
 * Members that are `undefined` are left out and dates become ISO text, as in `JSON.stringify`. What that function would
 * lose without a word (a Map, NaN, a function) is a problem here, and so are the texts PostgreSQL refuses.
 */
export function copyJson(value: unknown): { readonly copy: unknown; readonly problems: readonly JsonProblem[] } {
  const copier = new Copier();
  return { copy: copier.copy(value), problems: copier.problems };
}

/** True for `{…}` and objects without a prototype, also when they were made in another realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Walks one value; the path is kept as a stack, because most values have no problem to report. */
class Copier {
  readonly problems: JsonProblem[] = [];
  private readonly path: (string | number)[] = [];

  copy(given: unknown): unknown {
    const value = hasToJson(given) ? given.toJSON() : given;
    switch (typeof value) {
      case 'string':
        return this.copyText(value);
      case 'number':
        // JSON knows no -0; adding 0 makes it the 0 that will be read back.
        return Number.isFinite(value) ? value + 0 : this.refuse('number', `must be a finite number, not ${value}`);
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.copyObject(value);
      default:
        return this.refuse('type', `must be JSON, not ${value === undefined ? 'undefined' : `a ${typeof value}`}`);
    }
  }

  private copyText(text: string): unknown {
    const flaw = textFlaw(text);
    return flaw ? this.refuse(flaw.code, flaw.message) : text;
  }

  private copyObject(value: object): unknown {
    if (this.path.length >= MAX_JSON_DEPTH) {
      return this.refuse('depth', `is nested deeper than ${MAX_JSON_DEPTH} levels`);
    }
    if (Array.isArray(value)) {
      return Array.from(value, (item: unknown, index) => (item === undefined ? null : this.copyMember(index, item)));
    }
    if (Object.prototype.toString.call(value) !== '[object Object]') {
      return this.refuse('type', `must be JSON, not a ${value.constructor?.name ?? 'special object'}`);
    }
    const entries: [string, unknown][] = [];
    for (const [key, member] of Object.entries(value)) {
      const flaw = textFlaw(key);
      if (flaw) this.refuse(flaw.code, `has a key that ${flaw.message}`);
      else if (member !== undefined) entries.push([key, this.copyMember(key, member)]);
    }
    return Object.fromEntries(entries);
  }

  private copyMember(key: string | number, member: unknown): unknown {
    this.path.push(key);
    const copy = this.copy(member);
    this.path.pop();
    return copy;
  }

  private refuse(code: JsonProblem['code'], message: string): null {
    this.problems.push({ path: [...this.path], code, message });
    return null;
  }
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';
}

function textFlaw(text: string): { code: 'nul' | 'surrogate'; message: string } | undefined {
  if (text.includes('\0')) return { code: 'nul', message: 'contains a NUL character, which PostgreSQL cannot store' };
  if (/\p{Surrogate}/u.test(text)) {
    return { code: 'surrogate', message: 'contains half of a surrogate pair, which PostgreSQL cannot store' };
  }
  return undefined;
}
