import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { type Change } from '../../core/events/change.js';
import { TaskerDatabase } from '../../persistence/database.js';
import { HostCommits } from '../../persistence/host-commits.js';
import { type CreatedTask } from '../../persistence/sql/create-tasks.js';
import { changesOfCreation } from '../../persistence/sql/load-changes.js';
import { ChangeFeed } from './change-feed.js';
import { type CommitTicket } from './commit-order.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/** A caller's transaction that was not heard of for this long is looked after. */
const PATIENCE_MS = 60_000;

/** What a creation may be told as. */
const NAMES = ['task.initialize_requested', 'step.initialize_requested', 'step.skipped', 'task.completed'];

/** Tells of tasks that were created here, when the transaction that they are created in has committed. */
@Injectable()
export class CreationFeed {
  private readonly logger = new TaskerLogger('TaskerEvents');

  constructor(
    private readonly db: TaskerDatabase,
    private readonly feed: ChangeFeed,
  ) {}

  /** @param send the statement that creates them, within the manager's transaction when there is one */
  async creating(send: () => Promise<CreatedTask[]>, manager?: EntityManager): Promise<CreatedTask[]> {
    if (!this.feed.isListening || !NAMES.some((name) => this.feed.wants(name))) return send();
    if (manager) {
      const created = await send();
      this.whenCommitted(idsOf(created), manager);
      return created;
    }
    // Which tasks it will be is not known, and a worker of this process may have one before the answer is here.
    const ticket = this.feed.open();
    try {
      const created = await send();
      await this.tell(idsOf(created), ticket);
      return created;
    } finally {
      ticket.close([]);
    }
  }

  private whenCommitted(taskIds: readonly number[], manager: EntityManager): void {
    if (taskIds.length === 0) return;
    const ticket = this.feed.open(taskIds);
    const look = (): void => void this.tell(taskIds, ticket);
    // Of a connection that breaks nobody says that its transaction has ended.
    const timer = setTimeout(look, PATIENCE_MS).unref();
    HostCommits.of(this.db.dataSource).onEnd(manager, () => {
      clearTimeout(timer);
      look();
    });
  }

  /** Of what really exists: the transaction may have been rolled back, as a whole or to a savepoint. */
  private async tell(taskIds: readonly number[], ticket: CommitTicket<Change>): Promise<void> {
    let changes: readonly Change[] = [];
    try {
      if (taskIds.length > 0) changes = await changesOfCreation(this.db, taskIds);
    } catch (error) {
      this.logger.error(`Could not read what was created; no events of tasks ${taskIds.join(', ')}: ${String(error)}`);
    }
    ticket.close(changes);
  }
}

function idsOf(created: readonly CreatedTask[]): number[] {
  return created.filter((task) => task.created).map(({ taskId }) => taskId);
}
