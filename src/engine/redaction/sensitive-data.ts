import { SensitivePaths } from '../../core/sensitive-paths.js';
import { sensitiveValues } from '../../core/sensitive-values.js';
import { type Definition } from '../../definitions/definition.js';

const known = new WeakMap<Definition, SensitiveData>();

/** What a definition says must not leave the process, ready for use. */
export class SensitiveData {
  /** In the context of its tasks. */
  readonly context: SensitivePaths;
  /** In the fields of log lines, annotations and other values of no known shape. */
  readonly anywhere: SensitivePaths;
  private readonly results: ReadonlyMap<string, SensitivePaths>;

  private constructor(context: SensitivePaths, results: ReadonlyMap<string, SensitivePaths>) {
    this.context = context;
    this.results = results;
    this.anywhere = [...results.values()].reduce((all, paths) => all.with(paths.anywhere), context.anywhere);
  }

  static of(definition: Definition): SensitiveData {
    let data = known.get(definition);
    if (!data) {
      const { sensitive = [], steps } = definition.template;
      const results = steps.flatMap((step) =>
        step.sensitive === undefined ? [] : [[step.name, SensitivePaths.of(step.sensitive)] as const],
      );
      data = new SensitiveData(SensitivePaths.of(sensitive), new Map(results));
      known.set(definition, data);
    }
    return data;
  }

  /** The paths of both: a path that was added later counts for what was there before. */
  with(other: SensitiveData | undefined): SensitiveData {
    if (!other || other.isEmpty) return this;
    const results = new Map(this.results);
    for (const [step, paths] of other.results) results.set(step, paths.with(this.resultsOf(step)));
    return new SensitiveData(this.context.with(other.context), results);
  }

  get isEmpty(): boolean {
    return this.anywhere.isEmpty;
  }

  /** In the results of a step. */
  resultsOf(step: string): SensitivePaths {
    return this.results.get(step) ?? SensitivePaths.NONE;
  }

  /** The values themselves, so that they can be found where nobody expects them: in a message, in a result. */
  valuesOf(context: unknown, results: Iterable<readonly [step: string, results: unknown]>): string[] {
    if (this.isEmpty) return [];
    const found = new Set(sensitiveValues(context, this.context));
    for (const [step, value] of results) for (const one of sensitiveValues(value, this.resultsOf(step))) found.add(one);
    return [...found].sort((a, b) => b.length - a.length);
  }
}
