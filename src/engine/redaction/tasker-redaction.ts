import { Inject, Injectable } from '@nestjs/common';
import {
  type AnnotationRecord,
  type StepFailure,
  type StepRecord,
  type TaskRecord,
  type TransitionRecord,
} from '../../core/records.js';
import { type RedactionScope, Redactor, WITHHELD } from '../../core/redaction.js';
import { type Definition } from '../../definitions/definition.js';
import { DefinitionRegistry } from '../../definitions/definition-registry.js';
import { DefinitionCatalog } from '../definition-catalog.js';
import { type EngineOptions, type RedactionOptions } from '../engine.options.js';
import { ENGINE_OPTIONS } from '../engine.tokens.js';
import { SensitiveData } from './sensitive-data.js';

/** What may belong to a task that is shown. */
interface Belongings {
  readonly steps?: readonly StepRecord[];
  readonly annotations?: readonly AnnotationRecord[];
}

/** What is known of the task that an event tells of. */
export interface EventOrigin {
  /** The definition the task runs with. @default the one declared here under the event's namespace, name and version */
  readonly definition?: Definition;
  /** The task's context: values at its sensitive paths are then found in the payload whatever they are called there. */
  readonly context?: unknown;
}

/**
 * Copies of tasks and events without what must not leave the process: `sensitive` paths of their definition always, names
 * of secrets unless the host wants them shown. What cannot be redacted is withheld.
 */
@Injectable()
export class TaskerRedaction {
  private readonly options: RedactionOptions;
  private readonly redactor: Redactor;

  constructor(
    private readonly catalog: DefinitionCatalog,
    private readonly registry: DefinitionRegistry,
    @Inject(ENGINE_OPTIONS) { redaction }: EngineOptions,
  ) {
    this.options = redaction;
    this.redactor = new Redactor(redaction);
  }

  /** For an interface: a task with all that is given of it. */
  async task<T extends TaskRecord & Belongings>(task: T): Promise<T> {
    const data = await this.sensitiveDataOf(task);
    if (!data) return withheld(task);
    const results = (task.steps ?? []).map((step) => [step.name, step.results] as const);
    const scope = { byKey: this.options.api, secrets: data.valuesOf(task.context, results) };
    const loose = { ...scope, paths: data.anywhere };
    const words = { ...scope, byKey: false };
    return {
      ...task,
      initiator: this.redactor.value(task.initiator, words),
      sourceSystem: this.redactor.value(task.sourceSystem, words),
      reason: this.redactor.value(task.reason, words),
      tags: this.redactor.value(task.tags, words),
      context: this.redactor.value(task.context, { ...scope, paths: data.context }),
      ...(task.steps && { steps: task.steps.map((step) => this.step(step, data, scope, loose)) }),
      ...(task.annotations && {
        annotations: task.annotations.map((one) => ({
          ...one,
          annotation: this.redactor.value(one.annotation, loose),
        })),
      }),
    };
  }

  /** The same for a list. */
  async tasks<T extends TaskRecord>(tasks: readonly T[]): Promise<T[]> {
    return Promise.all(tasks.map((task) => this.task(task)));
  }

  /** What hides in the rows of a task's histories, and of its steps', what must not be shown: of failures and reasons. */
  async history<T extends TaskRecord & Belongings>(task: T): Promise<(row: TransitionRecord) => TransitionRecord> {
    const data = await this.sensitiveDataOf(task);
    if (!data) return (row) => ({ ...row, metadata: { withheld: WITHHELD } });
    const results = (task.steps ?? []).map((step) => [step.name, step.results] as const);
    const secrets = data.valuesOf(task.context, results);
    const loose = { byKey: this.options.api, secrets, paths: data.anywhere };
    return (row) => {
      const { error, reason } = row.metadata as { error?: StepFailure; reason?: unknown };
      const hidden = {
        ...(error && { error: this.failure(error, loose) }),
        ...(reason !== undefined && { reason: this.redactor.value(reason, { ...loose, inText: true }) }),
      };
      return { ...row, metadata: { ...row.metadata, ...hidden } };
    };
  }

  /**
   * For a webhook and the like: an event of which `payload`, `context`, `error` and what people wrote may hold anything. Its
   * other fields are the library's own and stay as they are.
   */
  event<E extends object>(event: E, { definition, context }: EventOrigin = {}): E {
    try {
      const data = this.dataOf(definition ?? this.declared(event));
      const secrets = data?.valuesOf(context, []) ?? [];
      const loose: RedactionScope = { paths: data?.anywhere, secrets, inText: true };
      const hide = (key: string, value: unknown): unknown => {
        if (key === 'payload') return this.redactor.value(value, loose);
        if (key === 'context') return this.redactor.value(value, { ...loose, paths: data?.context });
        return FREE_TEXT.has(key) ? this.redactor.value(value, loose) : value;
      };
      return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, hide(key, value)])) as E;
    } catch {
      const { id, name } = event as { id?: unknown; name?: unknown };
      return { id, name, withheld: WITHHELD } as unknown as E;
    }
  }

  private step(step: StepRecord, data: SensitiveData, scope: RedactionScope, loose: RedactionScope): StepRecord {
    return {
      ...step,
      inputs: this.redactor.value(step.inputs, loose),
      results: this.redactor.value(step.results, { ...scope, paths: data.resultsOf(step.name) }),
      error: step.error && this.failure(step.error, loose),
    };
  }

  private failure(error: StepFailure, loose: RedactionScope): StepFailure {
    return {
      ...error,
      message: this.options.api
        ? this.redactor.text(error.message, { secrets: loose.secrets })
        : (this.redactor.value(error.message, loose) as string),
      ...(error.context && { context: this.redactor.fields(error.context, loose) }),
    };
  }

  /** Undefined when it cannot be known what is sensitive. */
  private async sensitiveDataOf(task: TaskRecord): Promise<SensitiveData | undefined> {
    try {
      const stored = await this.catalog.byDefinitionId(task.definitionId);
      const declared = this.declared(task);
      return SensitiveData.of(stored).with(declared === stored ? undefined : this.dataOf(declared));
    } catch {
      return undefined;
    }
  }

  private dataOf(definition: Definition | undefined): SensitiveData | undefined {
    return definition && SensitiveData.of(definition);
  }

  private declared({ namespace, name, taskName = name, version }: Partial<TaskKey>): Definition | undefined {
    if (namespace === undefined || taskName === undefined || version === undefined) return undefined;
    return this.registry.get(namespace, taskName, version);
  }
}

/** Fields of events that hold what somebody wrote. */
const FREE_TEXT = new Set(['error', 'why', 'by', 'initiator', 'sourceSystem', 'tags']);

/** As a task names its definition, and as an event does. */
interface TaskKey {
  readonly namespace: string;
  readonly name: string;
  readonly taskName: string;
  readonly version: string;
}

function withheld<T extends TaskRecord & Belongings>(task: T): T {
  const hide = (step: StepRecord): StepRecord => ({
    ...step,
    inputs: WITHHELD,
    results: WITHHELD,
    error: step.error && { ...step.error, message: WITHHELD, context: undefined },
  });
  return {
    ...task,
    initiator: WITHHELD,
    sourceSystem: WITHHELD,
    reason: WITHHELD,
    tags: [],
    context: WITHHELD,
    ...(task.steps && { steps: task.steps.map(hide) }),
    ...(task.annotations && { annotations: task.annotations.map((one) => ({ ...one, annotation: WITHHELD })) }),
  };
}
