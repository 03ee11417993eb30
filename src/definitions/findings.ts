import { type DefinitionIssue } from '../core/errors.js';
import { type Path } from './plain-json.js';

/** Where something stands in a file, and the key its author wrote there. */
export interface Position {
  readonly line?: number;
  readonly column?: number;
  /** The key as written, e.g. `default_retry_limit` for `retryLimit`. */
  readonly label?: string;
}

/** Where a definition comes from. Paths are those of the workflow object, e.g. `['steps', 2, 'retryLimit']`. */
export interface DefinitionSource {
  /** A file, or the class that declares it. */
  readonly name: string;
  /** The position of a value, or of the nearest thing around it. */
  locate(path: Path): Position;
}

/** A source without lines: a class or an inline object. */
export function classSource(name: string): DefinitionSource {
  return { name, locate: () => ({}) };
}

/** Collects what is wrong with one definition; each finding knows its place. The same one is kept once. */
export class Findings {
  private readonly found = new Map<string, DefinitionIssue>();
  private readonly paths = new Set<string>();

  constructor(readonly source: DefinitionSource) {}

  add(code: string, path: Path, message: string): void {
    const { line, column } = this.source.locate(path);
    const issue: DefinitionIssue = {
      code,
      message,
      source: this.source.name,
      ...(line === undefined ? {} : { line, column }),
    };
    this.found.set(JSON.stringify([code, message, line, column]), issue);
    this.paths.add(JSON.stringify(path));
  }

  /** True when this very place is already known to be wrong, so that a follow-up error would only be noise. */
  has(path: Path): boolean {
    return this.paths.has(JSON.stringify(path));
  }

  /** The key at the end of the path, as its author wrote it. */
  label(path: Path): string {
    return this.source.locate(path).label ?? String(path.at(-1));
  }

  get issues(): DefinitionIssue[] {
    return [...this.found.values()];
  }
}

/** Each issue once: the variants of a file share most of their text, and with it what is wrong with them. */
export function distinctIssues(issues: readonly DefinitionIssue[]): DefinitionIssue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}
