import { durationFacts } from '../core/log-entry.js';
import { type Advance, type AttemptResult } from '../persistence/sql/advance.js';
import { scopeOf } from './logging/task-scope.js';
import { TaskerLogger } from '../logging/tasker-logger.js';
import { type RememberedTask, type TaskMemory } from './task-memory.js';

/** What the sentences below tell already. */
const SAID = [
  ...['task_id', 'step_id', 'step', 'task', 'attempt', 'final', 'next_retry_at'],
  ...['error_code', 'exception_message', 'error_context'],
];

/**
 * What an operator reads in the log at 3 a.m.: each failed attempt with its cause and when it is tried again, each step
 * that failed for good, and each task that ended in error. What goes well is not told here.
 */
export class AttemptLog {
  private readonly logger = new TaskerLogger('TaskerAttempts');

  constructor(private readonly memory: TaskMemory) {}

  /** To be told of every commit, before its tasks are forgotten. */
  tell(results: readonly AttemptResult[], { applied, finished }: Advance): void {
    if (applied.some(({ state }) => state === 'error')) this.tellFailures(results, applied);
    for (const { taskId, state } of finished) {
      if (state !== 'error') continue;
      const entry = this.memory.get(taskId);
      const task = nameOf(entry);
      const message = `Task ${taskId} (${task}) ended in error.`;
      const facts = { correlation_id: entry?.task.correlationId, task_id: taskId, task };
      this.logger.write({ level: 'error', message, facts, said: SAID });
    }
  }

  private tellFailures(results: readonly AttemptResult[], applied: Advance['applied']): void {
    const byStep = new Map(results.map((result) => [result.stepId, result]));
    for (const change of applied) {
      if (change.state !== 'error') continue;
      try {
        this.tellFailure(change, byStep.get(change.stepId), this.memory.get(change.taskId));
      } catch {
        // Rather a line without its cause than one that shows what it must not.
        this.logger.error(`Step ${change.stepId} of task ${change.taskId} failed.`);
      }
    }
  }

  private tellFailure(
    { taskId, stepId, position, attempt, readyAt }: Advance['applied'][number],
    result: AttemptResult | undefined,
    entry: RememberedTask | undefined,
  ): void {
    const error = result?.error;
    const step = entry?.definition.steps[position]?.name ?? '?';
    const task = nameOf(entry);
    const code = error?.errorCode === undefined ? '' : `${error.errorCode}: `;
    const what = `Step ${stepId} "${step}" of task ${taskId} (${task})`;
    const how = readyAt
      ? `failed, attempt ${attempt}; again at ${readyAt.toISOString()}`
      : `failed for good, attempt ${attempt}`;
    this.logger.write({
      level: readyAt ? 'warn' : 'error',
      message: `${what} ${how}. ${code}${error?.message.split('\n', 1)[0] ?? 'unknown'}`,
      facts: {
        correlation_id: entry?.task.correlationId,
        ...{ task_id: taskId, step_id: stepId, step, attempt, task },
        final: readyAt === null || readyAt === undefined,
        next_retry_at: readyAt?.toISOString(),
        ...(result && durationFacts(result.durationMs)),
        error_code: error?.errorCode,
        exception_class: error?.errorClass,
        exception_message: error?.message,
        backtrace: error?.stack,
        error_context: error?.context,
      },
      said: SAID,
      scope: entry && scopeOf(entry),
    });
  }
}

function nameOf(entry: RememberedTask | undefined): string {
  return entry?.definition.fullName ?? 'unknown';
}
