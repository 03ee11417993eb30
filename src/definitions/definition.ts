import { contentHash } from '../core/canonical-json.js';
import { StepGraph } from '../core/graph.js';
import { ContextValidator } from './context-validator.js';
import { fullName, type StepTemplate, type TaskTemplate } from './task-template.js';

/** A step with its place in the definition; `position` is its index in {@link Definition.graph} too. */
export interface PositionedStep extends StepTemplate {
  readonly position: number;
}

/**
 * A workflow in the form that the engine runs: immutable, each derived part made when first asked for and then kept.
 * It is made from a template that was checked before (see template-validation.ts) and checks nothing again.
 */
export class Definition {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** `namespace.name@version` */
  readonly fullName: string;
  readonly steps: readonly PositionedStep[];

  private readonly byName: ReadonlyMap<string, PositionedStep>;
  private readonly ancestorLists: (readonly number[] | undefined)[] = [];
  private madeGraph: StepGraph | undefined;
  private madeHash: string | undefined;
  private validator: ContextValidator | undefined;

  private constructor(readonly template: TaskTemplate) {
    this.namespace = template.namespace;
    this.name = template.name;
    this.version = template.version;
    this.fullName = fullName(template);
    this.steps = Object.freeze(template.steps.map((step, position) => Object.freeze({ ...step, position })));
    this.byName = new Map(this.steps.map((step) => [step.name, step]));
  }

  /** From a template that has no issues. The template is frozen, not copied. */
  static of(template: TaskTemplate): Definition {
    return new Definition(deepFreeze(template));
  }

  /** From a snapshot that the database kept. It was checked when it was stored, so this costs next to nothing. */
  static fromSnapshot(template: TaskTemplate): Definition {
    return new Definition(deepFreeze(template));
  }

  /** What is stored. */
  toSnapshot(): TaskTemplate {
    return this.template;
  }

  /** Content hash of the template: equal hashes mean equal workflows. */
  get hash(): string {
    return (this.madeHash ??= contentHash(this.template));
  }

  get graph(): StepGraph {
    return (this.madeGraph ??= StepGraph.of(this.template.steps));
  }

  step(name: string): PositionedStep | undefined {
    return this.byName.get(name);
  }

  /** Positions of all steps that must end before this one may start, ascending. */
  ancestors(position: number): readonly number[] {
    return (this.ancestorLists[position] ??= Object.freeze(this.graph.ancestors(position)));
  }

  /**
   * The context as it is to be stored: a copy, defaults filled in.
   * @throws ContextValidationError with every field that does not fit the schema
   */
  validateContext(context: unknown): Record<string, unknown> {
    const { schema, strictContext } = this.template;
    this.validator ??= new ContextValidator(this.fullName, schema, strictContext);
    return this.validator.validate(context);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
