import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { Definition } from '../definitions/definition.js';
import { DefinitionRegistry } from '../definitions/definition-registry.js';
import { StepHandlerRegistry } from '../definitions/step-handler-registry.js';
import { DefinitionStore } from '../persistence/definition-store.js';
import { TaskerLogger } from '../logging/tasker-logger.js';

/** Snapshots of other processes' definitions that are kept in memory at the most. */
const MAX_FOREIGN = 1_000;

/** What a worker may claim. */
export interface RunnableLanes {
  /** Free of any control: also as children of a step that ends here. */
  readonly laneIds: readonly number[];
  /** Under a pause, a limit or a breaker: only as these allow. */
  readonly controlledLaneIds: readonly number[];
  readonly namespaces: readonly string[];
  /** Dependent systems whose circuit breaker wants to know how attempts end. */
  readonly breakerSystems: ReadonlySet<string>;
}

/**
 * Between the definitions this process declares and the snapshots in the database: which id a new task gets, and what a
 * task in flight, perhaps created by another version of the program, runs with.
 */
@Injectable()
export class DefinitionCatalog {
  private readonly logger = new TaskerLogger('Tasker');
  private readonly ids = new Map<Definition, number>();
  private readonly byId = new Map<number, Definition>();

  constructor(
    private readonly registry: DefinitionRegistry,
    private readonly handlers: StepHandlerRegistry,
    private readonly store: DefinitionStore,
  ) {}

  /** Stores the declared definitions. A version whose contents changed is told: tasks in flight keep what they have. */
  async publish(): Promise<void> {
    const definitions = this.registry.definitions().filter((definition) => !this.ids.has(definition));
    const stored = await this.store.register(
      definitions.map((definition) => ({
        template: definition.toSnapshot(),
        hash: definition.hash,
        parents: definition.graph.parents,
      })),
    );
    for (const [index, { definitionId, changed }] of stored.entries()) {
      const definition = definitions[index]!;
      this.ids.set(definition, definitionId);
      this.byId.set(definitionId, definition);
      if (!changed) continue;
      this.logger.warn(
        `DEFINITION_DRIFT: ${definition.fullName} differs from what was stored under this version before. ` +
          'Tasks in flight keep the older one; new tasks get this one. Raise the version to tell them apart.',
      );
    }
  }

  /** The id that new tasks of a declared definition carry. */
  idOf(definition: Definition): number {
    const id = this.ids.get(definition);
    if (id !== undefined) return id;
    throw new TaskerError('NOT_STARTED', `${definition.fullName} is not stored yet: the application has not started.`, {
      hint: 'Create tasks after app.init() or app.listen(), or from onApplicationBootstrap of a module that imports TaskerModule.',
    });
  }

  /** The definition a task runs with, from memory when it was seen before. */
  async byDefinitionId(definitionId: number): Promise<Definition> {
    const known = this.byId.get(definitionId);
    if (known) return known;
    const template = await this.store.load(definitionId);
    if (!template) throw new TaskerError('UNKNOWN_DEFINITION', `There is no stored definition ${definitionId}.`);
    const definition = Definition.fromSnapshot(template);
    if (this.byId.size >= MAX_FOREIGN + this.ids.size) {
      for (const [id, other] of this.byId) if (!this.ids.has(other)) this.byId.delete(id);
    }
    this.byId.set(definitionId, definition);
    return definition;
  }

  /** What this process can run: the lanes whose handler it has, and whose namespace is not left out. */
  async runnableLanes(only: readonly string[] | null): Promise<RunnableLanes> {
    const lanes = (await this.store.lanes())
      .filter((lane) => this.handlers.find(lane.handler) !== undefined)
      .filter((lane) => only === null || only.includes(lane.namespace));
    return {
      laneIds: lanes.filter((lane) => !lane.isControlled).map((lane) => lane.laneId),
      controlledLaneIds: lanes.filter((lane) => lane.isControlled).map((lane) => lane.laneId),
      namespaces: [...new Set(lanes.map((lane) => lane.namespace))].sort(),
      breakerSystems: new Set(lanes.filter((lane) => lane.hasBreaker).map((lane) => lane.dependentSystem)),
    };
  }
}
