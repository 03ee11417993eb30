import { type TaskerEvent } from '../../core/events/event-map.js';
import { Definition } from '../../definitions/definition.js';
import { type DefinitionRegistry } from '../../definitions/definition-registry.js';
import { type DefinitionCatalog } from '../../engine/definition-catalog.js';
import { type EngineOptions } from '../../engine/engine.options.js';
import { TaskerRedaction } from '../../engine/redaction/tasker-redaction.js';
import { type TaskerDatabase } from '../../persistence/database.js';
import { storedTemplates } from '../../persistence/stored-templates.js';
import { resolveRedaction } from '../../redaction-options.js';

/** Shows events without what their stored definitions call sensitive, and without what looks like a secret. */
export class EventMask {
  private readonly redaction: TaskerRedaction;
  private definitions: ReadonlyMap<string, Definition> = new Map();

  constructor(
    private readonly database: TaskerDatabase,
    catalog: DefinitionCatalog,
    registry: DefinitionRegistry,
  ) {
    this.redaction = new TaskerRedaction(catalog, registry, { redaction: resolveRedaction(undefined) } as Pick<
      EngineOptions,
      'redaction'
    > as EngineOptions);
  }

  /** Reads what is sensitive in these, where that is not known yet. */
  async know(events: readonly TaskerEvent[]): Promise<void> {
    if (events.every((event) => !('taskName' in event) || this.definitions.has(keyOf(event)))) return;
    const templates = await storedTemplates(this.database);
    this.definitions = new Map(
      templates.map((template) => [keyOf({ ...template, taskName: template.name }), Definition.fromSnapshot(template)]),
    );
  }

  apply(event: TaskerEvent): TaskerEvent {
    const definition = 'taskName' in event ? this.definitions.get(keyOf(event)) : undefined;
    return this.redaction.event(event, definition && { definition });
  }
}

function keyOf({ namespace, taskName, version }: { namespace: string; taskName: string; version: string }): string {
  return `${namespace}.${taskName}@${version}`;
}
