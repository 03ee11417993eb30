import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { NotFoundError, TaskerError, WaitTimeoutError } from '../core/errors.js';
import { isFinalTaskState, type TaskState } from '../core/states.js';
import { isConnectionTrouble } from '../persistence/conflicts.js';
import { type Notification, Notifications } from '../persistence/notifications.js';
import { TaskStore } from '../persistence/task-store.js';
import { EngineSignals } from './engine-signals.js';

/** Looks at all awaited tasks in one query this often, in case a notification was lost. */
const SAFETY_MS = 2_000;
/** Tells the other processes of finished tasks in one notification per interval. */
const TELL_MS = 25;

interface Waiter {
  readonly settle: (state: TaskState) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Waits for tasks to reach a final state: in this process by the engine's own word, across processes by notification,
 * and by a slow look at the rows should one be lost. One query serves all who wait.
 */
@Injectable()
export class TaskWaiter implements BeforeApplicationShutdown {
  private readonly waiting = new Map<number, Set<Waiter>>();
  private readonly reading = new Set<Promise<unknown>>();
  private readonly untold = new Set<number>();
  private readonly unsubscribe: (() => void)[];
  private teller: NodeJS.Timeout | undefined;
  private safety: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: TaskStore,
    private readonly notifications: Notifications,
    signals: EngineSignals,
  ) {
    this.unsubscribe = [
      signals.on('finished', (tasks) => {
        for (const { taskId, state } of tasks) {
          this.settle(taskId, state);
          this.untold.add(taskId);
        }
        this.teller ??= setTimeout(() => this.tell(), TELL_MS);
      }),
      notifications.onNotification((notification) => this.hear(notification)),
    ];
  }

  /**
   * Waits until the task's state is final, then reads it.
   * @throws NotFoundError `TASK_NOT_FOUND`
   * @throws WaitTimeoutError after `timeoutMs`; the task goes on
   */
  async wait<T>(
    taskId: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    read: () => Promise<T>,
  ): Promise<T> {
    await this.untilFinal(taskId, timeoutMs, signal);
    const reading = read().finally(() => this.reading.delete(reading));
    this.reading.add(reading);
    return reading;
  }

  /** After the worker has stopped, before the connections close: who waited for what it finished last still gets it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe.forEach((stop) => stop());
    this.stopSafety();
    clearTimeout(this.teller);
    this.tell();
    for (const [taskId, waiters] of this.waiting) waiters.forEach(({ fail }) => fail(shuttingDown(taskId)));
    await Promise.allSettled(this.reading);
  }

  private async untilFinal(taskId: number, timeoutMs: number, signal?: AbortSignal): Promise<TaskState> {
    signal?.throwIfAborted();
    let waiter!: Waiter;
    const ended = new Promise<TaskState>((settle, fail) => (waiter = { settle, fail }));
    const { fail } = waiter;
    const waiters = this.waiting.get(taskId) ?? new Set();
    this.waiting.set(taskId, waiters.add(waiter));
    this.safety ??= setInterval(() => void this.lookAtAll(), SAFETY_MS);
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const giveUp = async (): Promise<void> => {
      const state = await this.look([taskId]).then((states) => states.get(taskId));
      fail(new WaitTimeoutError(taskId, timeoutMs, state ?? 'gone'));
    };
    const timer = setTimeout(() => void giveUp().catch(fail), Math.min(timeoutMs, 2 ** 31 - 1));
    try {
      void this.firstLook(taskId).catch(fail);
      return await ended;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      waiters.delete(waiter);
      if (waiters.size === 0) this.waiting.delete(taskId);
      if (this.waiting.size === 0) this.stopSafety();
    }
  }

  private settle(taskId: number, state: TaskState): void {
    this.waiting.get(taskId)?.forEach((waiter) => waiter.settle(state));
  }

  private hear({ kind, taskIds }: Notification): void {
    if (kind !== 'finished' || this.waiting.size === 0) return;
    const concerned = taskIds.length === 0 ? [...this.waiting.keys()] : taskIds.filter((id) => this.waiting.has(id));
    if (concerned.length > 0) void this.look(concerned).catch(() => undefined);
  }

  /** It may have ended before we listened, or never have been. A database that is away for a moment is waited for. */
  private async firstLook(taskId: number): Promise<void> {
    try {
      if ((await this.look([taskId])).size > 0) return;
    } catch (error) {
      if (isConnectionTrouble(error)) return;
      throw error;
    }
    throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
  }

  private async look(taskIds: readonly number[]): Promise<ReadonlyMap<number, TaskState>> {
    const states = await this.store.states(taskIds);
    for (const [taskId, state] of states) if (isFinalTaskState(state)) this.settle(taskId, state);
    return states;
  }

  private async lookAtAll(): Promise<void> {
    await this.look([...this.waiting.keys()]).catch(() => undefined);
  }

  private tell(): void {
    this.teller = undefined;
    if (this.untold.size === 0) return;
    const taskIds = [...this.untold];
    this.untold.clear();
    void this.notifications.send({ kind: 'finished', taskIds });
  }

  private stopSafety(): void {
    clearInterval(this.safety);
    this.safety = undefined;
  }
}

function shuttingDown(taskId: number): TaskerError {
  return new TaskerError('SHUTTING_DOWN', `Waited for task ${taskId} when the application began to shut down.`, {
    hint: 'The task goes on; wait again from another process.',
    details: { task_id: taskId },
  });
}
