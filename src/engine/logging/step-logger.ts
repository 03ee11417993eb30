import { type LogFields, type LogLevel } from '../../core/log-entry.js';
import { type StepLogger } from '../../handlers/step-context.js';
import { type Claim } from '../../persistence/sql/claim.js';
import { type RememberedTask } from '../task-memory.js';
import { scopeOf } from './task-scope.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

const logger = new TaskerLogger('TaskerStep');

/** What a handler logs with: each line carries task, step, attempt and correlation id. */
export function makeStepLogger(
  claim: Pick<Claim, 'taskId' | 'stepId' | 'attempt'>,
  entry: RememberedTask,
  step: string,
): StepLogger {
  const facts = {
    correlation_id: entry.task.correlationId,
    task_id: claim.taskId,
    step_id: claim.stepId,
    step,
    attempt: claim.attempt,
  };
  const write =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void =>
      writeLine(level, message, facts, fields, entry);
  return Object.freeze({ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') });
}

function writeLine(
  level: LogLevel,
  message: string,
  facts: LogFields,
  fields: LogFields | undefined,
  entry: RememberedTask,
): void {
  try {
    // JavaScript callers give anything; a line is not worth an attempt.
    const given =
      typeof fields === 'object' && fields !== null ? fields : fields === undefined ? {} : { value: fields };
    logger.write({ level, message, facts, fields: given, scope: scopeOf(entry) });
  } catch {
    logger.write({ level, message: 'A line of a handler could not be logged.', facts });
  }
}
