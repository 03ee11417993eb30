import { Injectable } from '@nestjs/common';
import { type Change } from '../../core/events/change.js';
import { eventNamesOf, toEvent } from '../../core/events/lifecycle-events.js';
import { isFinalTaskState } from '../../core/states.js';
import { EventHub } from '../../events/event-hub.js';
import { CommitOrder, type CommitTicket } from './commit-order.js';
import { TaskFactsReader } from './task-facts.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/** Rows that wait for what is told of their tasks at the most. What comes then is dropped, and counted. */
const MAX_WAITING = 100_000;

/**
 * From what this process has committed to the events that are told in it: each row once, after its commit, and those
 * about one task in the order of their commits. When nobody listens it costs nothing.
 */
@Injectable()
export class ChangeFeed {
  private readonly logger = new TaskerLogger('TaskerEvents');
  private readonly order = new CommitOrder<Change>((changes) => this.take(changes), endsTask);
  private waiting: Change[] = [];
  private draining = false;
  private droppedCount = 0;
  private idle: (() => void)[] = [];

  constructor(
    private readonly hub: EventHub,
    private readonly facts: TaskFactsReader,
  ) {}

  /** Events that were never told, because too many waited. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** True when it is worth while to collect changes. */
  get isListening(): boolean {
    return this.hub.isListening;
  }

  wants(name: string): boolean {
    return this.hub.wants(name);
  }

  /**
   * To be called before a statement is sent that may move tasks, and closed with what it committed, or with nothing.
   * @param taskIds the tasks it may move; undefined when only the answer tells
   */
  open(taskIds?: Iterable<number>): CommitTicket<Change> {
    return this.order.open(taskIds);
  }

  /** Takes what has been committed already, by itself. */
  add(changes: readonly Change[]): void {
    this.order.add(changes);
  }

  /** Resolves when all that was taken so far has been told. */
  async drained(): Promise<void> {
    if (!this.draining && this.waiting.length === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private take(changes: readonly Change[]): void {
    for (const change of changes) {
      if (!eventNamesOf(change).some((name) => this.hub.wants(name))) continue;
      if (this.waiting.length >= MAX_WAITING) this.droppedCount++;
      else this.waiting.push(change);
    }
    if (this.draining || this.waiting.length === 0) return;
    this.draining = true;
    // Not in the turn that brought the answer, nor in the next: the steps that it makes ready go first, and what they
    // return at once is on its way to the database before anybody listens.
    setImmediate(() => setImmediate(() => void this.drain()));
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      const unknown = batch.filter(({ taskId, facts }) => !facts && taskId !== null);
      if (unknown.length > 0) await this.lookUp(unknown);
      for (const change of batch) this.tellSafely(change);
    }
    this.draining = false;
    this.idle.splice(0).forEach((resolve) => resolve());
  }

  private async lookUp(unknown: readonly Change[]): Promise<void> {
    try {
      const known = await this.facts.load(unknown.map(({ taskId }) => taskId!));
      for (const change of unknown) change.facts = known.get(change.taskId!);
    } catch (error) {
      this.logger.error(`Could not read the tasks of ${unknown.length} events, they are not told: ${String(error)}`);
      this.droppedCount += unknown.length;
    }
  }

  /** One row that no event can be made of must not be the end of all others. */
  private tellSafely(change: Change): void {
    try {
      this.tell(change);
    } catch (error) {
      this.droppedCount++;
      this.logger.error(`Could not tell of a ${change.kind} of task ${change.taskId}: ${String(error)}`);
    }
  }

  private tell(change: Change): void {
    // A task that is gone: pruned or deleted since.
    if (!change.facts && change.taskId !== null) return;
    for (const name of eventNamesOf(change)) {
      if (this.hub.wants(name)) this.hub.publish(toEvent(change, name, change.facts));
    }
  }
}

function endsTask(change: Change): boolean {
  return change.kind === 'task' && isFinalTaskState(change.to);
}
