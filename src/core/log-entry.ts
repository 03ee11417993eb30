/** The one shape of a log line, and its two spellings. Pure: what is written where is decided elsewhere. */
import { inspect } from 'node:util';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface LogLine {
  readonly at: Date;
  readonly level: LogLevel;
  /** The part that writes, e.g. `TaskerWorker`. */
  readonly component: string;
  readonly message: string;
  /** Facts of the library's own; undefined ones are left out. */
  readonly facts: LogFields;
  /** Facts that somebody else gave. They never replace one of ours: such a name gets a `_` at its end. */
  readonly fields: LogFields;
  /** What is the same on every line of a process. */
  readonly process: LogFields;
}

/**
 * A line as an object, for loggers that take one. Its own properties are the fields; `level` is not among them, because
 * every such logger writes one itself, but it is part of the JSON. A console shows the JSON, on one line.
 */
export class LogEntry {
  readonly timestamp!: string;
  readonly component!: string;
  readonly message!: string;
  readonly [field: string]: unknown;

  constructor(line: LogLine) {
    const { at, component, message, facts, fields, process } = line;
    Object.defineProperty(this, 'level', { value: line.level, enumerable: false });
    const own: Record<string, unknown> = { timestamp: at.toISOString(), component, message, ...definedOf(facts) };
    Object.assign(this, own, beside(fields, { ...own, ...process, level: line.level }), process);
  }

  toJSON(): LogFields {
    const { timestamp, ...rest } = this;
    return { timestamp, level: Reflect.get(this, 'level'), ...rest };
  }

  [inspect.custom](): string {
    return JSON.stringify(this);
  }
}

/** A line as text: the message, and behind it the facts that the message does not tell, as `name=value`. */
export function asText({ message, facts, fields }: LogLine, said: readonly string[] = []): string {
  const own = definedOf(facts);
  const shown = Object.entries({ ...own, ...beside(fields, own) }).filter(([name]) => !said.includes(name));
  const pairs = shown.flatMap(([name, value]) => logfmt(name, value, 0));
  return [oneLine(message), ...pairs].join(' ');
}

/** How long something took, in words: up to 0.1 s fast, up to 1 s moderate, up to 5 s slow. */
export function performanceCategory(durationMs: number): 'fast' | 'moderate' | 'slow' | 'very_slow' {
  if (durationMs <= 100) return 'fast';
  if (durationMs <= 1_000) return 'moderate';
  return durationMs <= 5_000 ? 'slow' : 'very_slow';
}

export function durationFacts(durationMs: number): LogFields {
  return { duration_ms: Math.round(durationMs * 100) / 100, performance_category: performanceCategory(durationMs) };
}

/** Lines of a stack that are told. */
export const MAX_BACKTRACE = 10;

/** What a line tells of whatever was thrown. */
export function exceptionFacts(thrown: unknown): LogFields {
  if (!(thrown instanceof Error)) return { exception_class: typeof thrown, exception_message: String(thrown) };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    exception_class: thrown.name === 'Error' ? thrown.constructor.name : thrown.name,
    exception_message: thrown.message,
    backtrace: frames.slice(0, MAX_BACKTRACE).map((line) => line.trim()),
  };
}

/** Names that mean something to JavaScript when an object has them. */
const MEANING = new Set(['toJSON', '__proto__']);

function beside(fields: LogFields, own: LogFields): LogFields {
  const clashes = (name: string): boolean => Object.hasOwn(own, name) || MEANING.has(name);
  if (!Object.keys(fields).some(clashes)) return fields;
  const renamed = Object.entries(fields).map(([name, value]) => [clashes(name) ? `${name}_` : name, value]);
  return Object.fromEntries(renamed) as LogFields;
}

function definedOf(facts: LogFields): LogFields {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** Deeper maps are shown as JSON. */
const MAX_FLAT = 2;

function logfmt(name: string, value: unknown, depth: number): string[] {
  if (value === undefined) return [];
  const key = name.replace(/[\s="\p{Cc}\u2028\u2029]+/gu, '_') || '_';
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < MAX_FLAT) {
    return Object.entries(value).flatMap(([inner, member]) => logfmt(`${key}.${inner}`, member, depth + 1));
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return [`${key}=${/^[^\s="\p{Cc}\u2028\u2029]+$/u.test(text) ? text : oneLine(JSON.stringify(text))}`];
}

/** Without line breaks and other signs that would let a text pass for a line of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (sign) => {
    if (sign === '\n') return '\\n';
    if (sign === '\t') return ' ';
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
