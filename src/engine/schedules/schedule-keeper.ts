import { type EntityManager } from 'typeorm';
import { TaskerError } from '../../core/errors.js';
import { type LockedSchedule, type ScheduleStore } from '../../persistence/schedule-store.js';
import { type Duty } from '../maintenance/duty.js';
import { type TaskHandle } from '../tasker.service.js';
import { dueOccurrences } from './occurrences.js';
import { type ScheduledTasks } from './scheduled-tasks.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/**
 * Creates the tasks of schedules that are due. All processes do this at once: the row of a due schedule is locked, its
 * tasks are created and it moves on in one transaction, so that every moment gets its task once, and a process that dies
 * in the midst has done nothing.
 */
export class ScheduleKeeper implements Duty {
  readonly name = 'schedules';
  readonly intervalMs = 1_000;
  private readonly logger = new TaskerLogger('TaskerSchedules');

  constructor(
    private readonly store: ScheduleStore,
    private readonly tasks: ScheduledTasks,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    // Each at most once per round: one that catches up, or whose transaction fails, keeps no other waiting.
    const seen: number[] = [];
    let failure: Error | undefined;
    while (!signal.aborted && (await this.store.isDue(seen))) {
      const round: { schedule?: number; created: readonly TaskHandle[] } = { created: [] };
      try {
        await this.store.transaction(async (manager) => {
          const due = await this.store.lockDue(manager, seen);
          round.schedule = due?.schedule.scheduleId;
          round.created = due ? await this.fire(due, manager) : [];
        });
        this.tasks.announce(round.created);
      } catch (error) {
        failure ??= error as Error;
      }
      if (round.schedule === undefined) break;
      seen.push(round.schedule);
    }
    if (failure) throw failure;
  }

  private async fire({ schedule, now }: LockedSchedule, manager: EntityManager): Promise<TaskHandle[]> {
    const { scheduleId, name } = schedule;
    const { run, next } = dueOccurrences(schedule, now);
    const created: TaskHandle[] = [];
    try {
      for (const occurrence of run) created.push(await this.tasks.create(schedule, occurrence, now, manager));
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      // Refused before anything was written. It waits for its next moment: then the context may have been mended.
      this.logger.error(`Schedule "${name}" could not create its task: ${error.message}`);
      await this.store.update(manager, scheduleId, { nextRunAt: next, lastError: error.message });
      return created;
    }
    const last = run.at(-1);
    if (run.length === 0) this.logger.warn(`Schedule "${name}" was missed: no process was there, and it skips that.`);
    // One that runs once is done; what is left of it is its task.
    if (schedule.cron === null) await this.store.remove(manager, scheduleId);
    else {
      await this.store.update(manager, scheduleId, {
        nextRunAt: next,
        ...(last && { lastRunAt: last, lastFiredAt: now, lastTaskId: created.at(-1)!.taskId, lastError: null }),
      });
    }
    return created;
  }
}
