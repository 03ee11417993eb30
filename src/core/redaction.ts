import { maskEmails, maskSecrets, maskValues } from './redact-text.js';
import { DEFAULT_PUBLIC_KEYS, DEFAULT_SECRET_KEYS, type KeyPattern, SecretKeys } from './secret-keys.js';
import { enterItem, enterMember, type PathState, SensitivePaths } from './sensitive-paths.js';

/** What is hidden, beside the `sensitive` paths of definitions. */
export interface RedactionRules {
  /** Names of secrets; complete. */
  readonly keys: readonly KeyPattern[];
  /** Names that are no secrets though they look like it. */
  readonly except: readonly KeyPattern[];
  /** What stands in place of what is hidden. */
  readonly mask: string;
  /** True: e-mail addresses are hidden too. */
  readonly emails: boolean;
}

export const DEFAULT_REDACTION: RedactionRules = {
  keys: DEFAULT_SECRET_KEYS,
  except: DEFAULT_PUBLIC_KEYS,
  mask: '[FILTERED]',
  emails: false,
};

/** Stands in place of a value that could not be redacted: rather nothing than the unfiltered. */
export const WITHHELD = '[WITHHELD]';

export interface RedactionScope {
  /** Places that are hidden whatever they are called. */
  readonly paths?: SensitivePaths;
  /** Values that are hidden wherever they turn up. */
  readonly secrets?: readonly string[];
  /** False: names and addresses in the text say nothing, only paths and secrets count. @default true */
  readonly byKey?: boolean;
  /** True: `password=…` and the like inside of texts is hidden too. @default false */
  readonly inText?: boolean;
  /** @default API_BOUNDS */
  readonly bounds?: RedactionBounds;
}

export interface RedactionBounds {
  readonly depth: number;
  /** Values in all. */
  readonly nodes: number;
  /** Characters of one text. */
  readonly text: number;
}

/** What was stored was bounded when it was stored. */
export const API_BOUNDS: RedactionBounds = { depth: 1_000, nodes: 20_000_000, text: Number.MAX_SAFE_INTEGER };
/** A line of a log is for reading. */
export const LOG_BOUNDS: RedactionBounds = { depth: 8, nodes: 1_000, text: 8_192 };

/**
 * Makes copies of payloads that may leave the process. Never changes what it is given, never follows a circle, never
 * throws: what it cannot redact it withholds.
 */
export class Redactor {
  private readonly keys: SecretKeys;

  constructor(readonly rules: RedactionRules = DEFAULT_REDACTION) {
    this.keys = new SecretKeys(rules.keys, rules.except);
  }

  /** A plain copy, as JSON would have it, with all that is secret masked. */
  value(value: unknown, scope: RedactionScope = {}): unknown {
    try {
      return new Copier(this.keys, this.rules, scope).copy(value, (scope.paths ?? SensitivePaths.NONE).start, 0);
    } catch {
      return WITHHELD;
    }
  }

  /** The same of a map of fields; it stays a map whatever happens. */
  fields(fields: object, scope: RedactionScope = {}): Readonly<Record<string, unknown>> {
    const copy = this.value(fields, scope);
    return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
      ? (copy as Record<string, unknown>)
      : { withheld: copy === WITHHELD ? WITHHELD : copy };
  }

  /** Running text, such as the message of an error. */
  text(text: string, { secrets = [], bounds = LOG_BOUNDS }: Pick<RedactionScope, 'secrets' | 'bounds'> = {}): string {
    try {
      return maskText(text, bounds.text, this.keys, this.rules, secrets, true);
    } catch {
      return WITHHELD;
    }
  }

  /** True when what stands under this name is a secret. */
  isSecret(key: string): boolean {
    return this.keys.has(key);
  }
}

/** One walk. */
class Copier {
  private readonly ancestors = new Set<object>();
  private readonly byKey: boolean;
  private readonly inText: boolean;
  private readonly secrets: readonly string[];
  private readonly bounds: RedactionBounds;
  private left: number;

  constructor(
    private readonly keys: SecretKeys,
    private readonly rules: RedactionRules,
    scope: RedactionScope,
  ) {
    this.byKey = scope.byKey ?? true;
    this.inText = scope.inText ?? false;
    this.secrets = scope.secrets ?? [];
    this.bounds = scope.bounds ?? API_BOUNDS;
    this.left = this.bounds.nodes;
  }

  copy(value: unknown, state: PathState, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        if (this.secrets.length > 0 && this.secrets.includes(String(value))) return this.rules.mask;
        return Number.isFinite(value) ? value : String(value);
      case 'bigint':
        return this.text(String(value));
      case 'object':
        return value === null ? null : this.object(value, state, depth);
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
      default:
        return value;
    }
  }

  private text(text: string): string {
    return maskText(text, this.bounds.text, this.keys, this.rules, this.secrets, this.inText);
  }

  private object(value: object, state: PathState, depth: number): unknown {
    if (this.ancestors.has(value)) return '[CIRCULAR]';
    if (depth >= this.bounds.depth || --this.left < 0) return '[TRUNCATED]';
    this.ancestors.add(value);
    try {
      if (Array.isArray(value)) return this.list(value, state, depth);
      const plain = plainOf(value);
      if (plain !== value) return this.copy(plain, state, depth + 1);
      return this.members(Object.entries(value), state, depth);
    } finally {
      this.ancestors.delete(value);
    }
  }

  private list(items: readonly unknown[], state: PathState, depth: number): unknown[] {
    const copies: unknown[] = [];
    for (const [index, item] of items.entries()) {
      if (--this.left < 0) {
        copies.push(`[${items.length - index} MORE]`);
        break;
      }
      const entered = enterItem(state, index);
      copies.push(entered.hit ? this.rules.mask : this.copy(item, entered.state, depth + 1));
    }
    return copies;
  }

  private members(entries: readonly [string, unknown][], state: PathState, depth: number): Record<string, unknown> {
    const copies: [string, unknown][] = [];
    for (const [index, [key, member]] of entries.entries()) {
      if (--this.left < 0) {
        copies.push(['…', `[${entries.length - index} MORE]`]);
        break;
      }
      const entered = enterMember(state, key);
      if (member === undefined) continue;
      if (entered.hit || (this.byKey && isTelling(member) && this.keys.has(key))) copies.push([key, this.rules.mask]);
      else copies.push([this.name(key), this.copy(member, entered.state, depth + 1)]);
    }
    // By definition, not by assignment: "__proto__" stays an ordinary name.
    return Object.fromEntries(copies);
  }

  /** A name may hold a secret itself, as in `{ "4111111111111111": "valid" }`. */
  private name(key: string): string {
    return this.secrets.length === 0 ? key : maskValues(key, this.secrets, this.rules.mask);
  }
}

/** That there is a password is no secret. */
function isTelling(value: unknown): boolean {
  return value !== null && typeof value !== 'boolean' && value !== '';
}

function maskText(
  text: string,
  max: number,
  keys: SecretKeys,
  { mask, emails }: RedactionRules,
  secrets: readonly string[],
  inText: boolean,
): string {
  // Cut only afterwards: of a secret on the edge one half would remain. What is far behind the edge is never looked at.
  let masked = text.length > 2 * max ? text.slice(0, 2 * max) : text;
  if (secrets.length > 0) masked = maskValues(masked, secrets, mask);
  if (inText) masked = maskSecrets(masked, keys, mask);
  if (emails) masked = maskEmails(masked, mask);
  return masked.length <= max ? masked : `${masked.slice(0, max).toWellFormed()}…`;
}

/** What JSON, or a reader, would make of it; the value itself when it is an ordinary map. */
function plainOf(value: object): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return errorFields(value);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), member as unknown]));
  if (value instanceof Set) return [...value] as unknown[];
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} BYTES]`;
  if (value instanceof RegExp || value instanceof URL) return String(value);
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value;
}

function errorFields(error: Error): Record<string, unknown> {
  const { name, message, code, cause } = error as Error & { code?: unknown };
  return { name, message, ...(code !== undefined && { code }), ...(cause !== undefined && { cause }) };
}
