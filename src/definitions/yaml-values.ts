import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Pair,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { type DefinitionIssue } from '../core/errors.js';
import { type Position } from './findings.js';
import { MAX_JSON_DEPTH } from './plain-json.js';
import { Positions } from './positions.js';

/** Aliases that expand to more than this are an attack, or an accident of the same effect. */
const MAX_ALIASED_VALUES = 10_000;

export interface ValueDocument {
  readonly root: Record<string, unknown>;
  readonly positions: Positions;
}

/** What stops the reading of a document; each document has at most one. */
class Unreadable extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/**
 * Reads the documents of a YAML or JSON text into plain values whose positions are known. Anchors, aliases and `<<` work;
 * a text that cannot be read is one issue. JSON is read as the YAML it is, so that it has positions as well.
 */
export function readValues(
  name: string,
  text: string,
): { readonly documents: readonly ValueDocument[]; readonly issues: readonly DefinitionIssue[] } {
  const counter = new LineCounter();
  const issues: DefinitionIssue[] = [];
  const documents: ValueDocument[] = [];
  const fail = (code: string, message: string, offset: number): void => {
    const { line, col } = counter.linePos(offset);
    issues.push({ code, message, source: name, line: Math.max(1, line), column: Math.max(1, col) });
  };
  const options = { lineCounter: counter, prettyErrors: false, merge: false, logLevel: 'silent' } as const;
  for (const document of parseAllDocuments(text, options)) {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) {
      fail('INVALID_YAML', describeProblem(problem, text), problem.pos[0]);
      continue;
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    try {
      const reader = new ValueReader(document, counter);
      const root = reader.read();
      documents.push({ root, positions: reader.positions });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      fail('INVALID_DEFINITION', error.message, error.offset);
    }
  }
  if (documents.length === 0 && issues.length === 0) fail('INVALID_DEFINITION', 'the file is empty', 0);
  return { documents, issues };
}

class ValueReader {
  readonly positions = new Positions();
  private readonly expanding = new Set<unknown>();
  private aliased = 0;

  constructor(
    private readonly document: Document.Parsed,
    private readonly counter: LineCounter,
  ) {}

  read(): Record<string, unknown> {
    const { contents } = this.document;
    const offset = contents?.range[0] ?? 0;
    if (!isMap(contents)) throw new Unreadable('a definition is a map of keys such as name and step_templates', offset);
    return this.value(contents, offset, 0) as Record<string, unknown>;
  }

  private value(node: unknown, offset: number, depth: number): unknown {
    if (depth > MAX_JSON_DEPTH) throw new Unreadable(`nested deeper than ${MAX_JSON_DEPTH} levels`, offset);
    if (this.expanding.size > 0 && ++this.aliased > MAX_ALIASED_VALUES) {
      throw new Unreadable(`the aliases of this document expand to more than ${MAX_ALIASED_VALUES} values`, offset);
    }
    if (isAlias(node)) return this.alias(node, offset, depth);
    if (isScalar(node)) return node.value;
    if (isSeq(node)) {
      const list: unknown[] = [];
      this.positions.markWhole(list, this.position(offset));
      node.items.forEach((item, index) => {
        const start = startOf(item, offset);
        this.positions.mark(list, index, this.position(start));
        list.push(this.value(item, start, depth + 1));
      });
      return list;
    }
    if (!isMap(node)) return null;
    const map: Record<string, unknown> = {};
    this.positions.markWhole(map, this.position(offset));
    for (const pair of node.items) this.member(map, pair, offset, depth);
    return map;
  }

  private alias(node: Alias, offset: number, depth: number): unknown {
    const target = node.resolve(this.document);
    if (target === undefined) throw new Unreadable(`there is no anchor "${node.source}"`, offset);
    if (this.expanding.has(target)) throw new Unreadable(`the alias "${node.source}" contains itself`, offset);
    this.expanding.add(target);
    const value = this.value(target, startOf(target, offset), depth);
    this.expanding.delete(target);
    return value;
  }

  private member(map: Record<string, unknown>, { key, value }: Pair, outer: number, depth: number): void {
    const offset = startOf(key, outer);
    const word = isScalar(key) ? key.value : undefined;
    if (typeof word !== 'string' && typeof word !== 'number' && typeof word !== 'boolean') {
      throw new Unreadable('a key must be a plain text', offset);
    }
    const name = String(word);
    if (name === '__proto__') throw new Unreadable('"__proto__" cannot be a key', offset);
    if (name === '<<' && (key as Scalar).type === 'PLAIN') return this.merge(map, value, offset, depth);
    this.positions.mark(map, name, { ...this.position(offset), label: name });
    map[name] = this.value(value, startOf(value, offset), depth + 1);
  }

  /** `<<: *defaults` or a list of them: members that the map does not set itself. */
  private merge(map: Record<string, unknown>, value: unknown, offset: number, depth: number): void {
    const read = this.value(value, startOf(value, offset), depth + 1);
    for (const source of Array.isArray(read) ? (read as unknown[]) : [read]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        throw new Unreadable('"<<" takes a map, an alias of one, or a list of these', offset);
      }
      for (const [name, member] of Object.entries(source)) {
        if (Object.hasOwn(map, name)) continue;
        map[name] = member;
        this.positions.carry(source, name, map, name);
      }
    }
  }

  private position(offset: number): Position {
    const { line, col } = this.counter.linePos(offset);
    return { line, column: col };
  }
}

function startOf(node: unknown, fallback: number): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? fallback;
}

function describeProblem({ code, message, pos }: YAMLError, text: string): string {
  if (code === 'DUPLICATE_KEY') return `the key "${wordAt(text, pos[0])}" stands twice`;
  return message.includes('call stack') ? 'nested too deep to be read' : message;
}

/** The key that begins here, without its quotes. */
function wordAt(text: string, offset: number): string {
  const match = /^(?:"([^"]*)"|'([^']*)'|([^:\s,{}]*))/.exec(text.slice(offset, offset + 200));
  return match?.[1] ?? match?.[2] ?? match?.[3] ?? '';
}
