import { Logger } from '@nestjs/common';
import { type Advance, type AttemptResult } from '../persistence/sql/advance.js';
import { type TaskMemory } from './task-memory.js';

/**
 * What an operator reads in the log at 3 a.m.: each failed attempt with its cause and when it is tried again, each step
 * that failed for good, and each task that ended in error. What goes well is not told here.
 */
export class AttemptLog {
  private readonly logger = new Logger('TaskerAttempts');

  constructor(private readonly memory: TaskMemory) {}

  /** To be told of every commit, before its tasks are forgotten. */
  tell(results: readonly AttemptResult[], { applied, finished }: Advance): void {
    if (applied.some(({ state }) => state === 'error')) this.tellFailures(results, applied);
    for (const { taskId, state } of finished) {
      if (state === 'error') this.logger.error(`Task ${taskId} (${this.nameOf(taskId)}) ended in error.`);
    }
  }

  private tellFailures(results: readonly AttemptResult[], applied: Advance['applied']): void {
    const byStep = new Map(results.map((result) => [result.stepId, result]));
    for (const { taskId, stepId, position, attempt, state, readyAt } of applied) {
      if (state !== 'error') continue;
      const step = this.memory.get(taskId)?.definition.steps[position];
      const error = byStep.get(stepId)?.error;
      const code = error?.errorCode === undefined ? '' : `${error.errorCode}: `;
      const what = `Step ${stepId} "${step?.name ?? '?'}" of task ${taskId} (${this.nameOf(taskId)})`;
      const why = `${code}${error?.message.split('\n', 1)[0] ?? 'unknown'}`;
      if (readyAt) this.logger.warn(`${what} failed, attempt ${attempt}; again at ${readyAt.toISOString()}. ${why}`);
      else this.logger.error(`${what} failed for good, attempt ${attempt}. ${why}`);
    }
  }

  private nameOf(taskId: number): string {
    return this.memory.get(taskId)?.definition.fullName ?? 'unknown';
  }
}
