import { type Definition } from '../definitions/definition.js';
import { type RunningTask } from '../persistence/sql/load-tasks.js';

/** A step that has ended, as kept for those that read it. */
export interface RememberedStep {
  readonly state: string;
  readonly resultsText: string | null;
}

/** A task some step of which runs here, or did just now. */
export interface RememberedTask {
  readonly task: RunningTask;
  readonly definition: Definition;
  /** Ended steps by position. What has ended for good never changes, so nothing here goes stale. */
  readonly steps: Map<number, RememberedStep>;
  /** Steps of it that are running here. */
  inUse: number;
  bytes: number;
}

/**
 * What a worker keeps of the tasks it works on, so that a step reads its task's context and its ancestors' results
 * without a query. Bounded in bytes: the task used longest ago is forgotten first, one in use never.
 */
export class TaskMemory {
  private readonly tasks = new Map<number, RememberedTask>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(taskId: number): RememberedTask | undefined {
    const found = this.tasks.get(taskId);
    if (found) {
      // A Map keeps insertion order: taking it out and in again makes it the newest.
      this.tasks.delete(taskId);
      this.tasks.set(taskId, found);
    }
    return found;
  }

  /** Without counting as a use. */
  peek(taskId: number): RememberedTask | undefined {
    return this.tasks.get(taskId);
  }

  add(task: RunningTask, definition: Definition): RememberedTask {
    const bytes = task.contextText.length + 500;
    const entry: RememberedTask = { task, definition, steps: new Map(), inUse: 0, bytes };
    this.tasks.set(task.taskId, entry);
    this.bytes += bytes;
    return entry;
  }

  remember(entry: RememberedTask, position: number, step: RememberedStep): void {
    if (entry.steps.has(position)) return;
    entry.steps.set(position, step);
    const bytes = (step.resultsText?.length ?? 0) + 100;
    entry.bytes += bytes;
    if (this.tasks.get(entry.task.taskId) === entry) this.bytes += bytes;
  }

  forget(taskId: number): void {
    const entry = this.tasks.get(taskId);
    if (!entry) return;
    this.tasks.delete(taskId);
    this.bytes -= entry.bytes;
  }

  /** Forgets what is over the bound. */
  trim(): void {
    if (this.bytes <= this.maxBytes) return;
    for (const [taskId, entry] of this.tasks) {
      if (entry.inUse > 0) continue;
      this.forget(taskId);
      if (this.bytes <= this.maxBytes) return;
    }
  }

  get size(): number {
    return this.tasks.size;
  }

  get sizeInBytes(): number {
    return this.bytes;
  }
}
