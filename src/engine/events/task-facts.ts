import { Injectable } from '@nestjs/common';
import { type TaskFacts } from '../../core/events/change.js';
import { type Definition } from '../../definitions/definition.js';
import { TaskerDatabase } from '../../persistence/database.js';
import { loadTaskFacts, type TaskFactsRow } from '../../persistence/sql/load-tasks.js';
import { DefinitionCatalog } from '../definition-catalog.js';
import { type RememberedTask } from '../task-memory.js';

/** Tasks whose facts are kept at the most. */
const MAX_KEPT = 5_000;

const ofRemembered = new WeakMap<RememberedTask, TaskFacts>();

/** What events tell of a task that a worker remembers. */
export function factsOfRemembered(entry: RememberedTask): TaskFacts {
  let facts = ofRemembered.get(entry);
  if (!facts) {
    const { task, definition } = entry;
    facts = toFacts({ ...task, createdAt: new Date(task.createdMicros / 1000) }, definition);
    ofRemembered.set(entry, facts);
  }
  return facts;
}

/** Reads what events tell of tasks, and keeps it for a while: it never changes. */
@Injectable()
export class TaskFactsReader {
  private readonly kept = new Map<number, TaskFacts>();

  constructor(
    private readonly db: TaskerDatabase,
    private readonly catalog: DefinitionCatalog,
  ) {}

  /** Of those that are kept; loads nothing. */
  get(taskId: number): TaskFacts | undefined {
    return this.kept.get(taskId);
  }

  /** By task; one that does not exist any more is missing. */
  async load(taskIds: readonly number[]): Promise<Map<number, TaskFacts>> {
    const found = new Map<number, TaskFacts>();
    const unknown: number[] = [];
    for (const taskId of new Set(taskIds)) {
      const facts = this.kept.get(taskId);
      if (facts) found.set(taskId, facts);
      else unknown.push(taskId);
    }
    if (unknown.length === 0) return found;
    for (const row of await loadTaskFacts(this.db, unknown)) {
      const facts = toFacts(row, await this.catalog.byDefinitionId(row.definitionId));
      found.set(row.taskId, facts);
      this.keep(facts);
    }
    return found;
  }

  private keep(facts: TaskFacts): void {
    // A Map keeps insertion order: the first is the oldest.
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(facts.taskId, facts);
  }
}

function toFacts(row: Omit<TaskFactsRow, 'definitionId'>, definition: Definition): TaskFacts {
  return {
    taskId: row.taskId,
    namespace: row.namespace,
    name: row.name,
    version: row.version,
    correlationId: row.correlationId,
    initiator: row.initiator,
    sourceSystem: row.sourceSystem,
    tags: Object.freeze(JSON.parse(row.tagsText) as string[]),
    createdAt: row.createdAt,
    steps: definition.steps,
  };
}
