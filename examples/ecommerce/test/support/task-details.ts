/** Tasks and steps as the service returns them, for what only looks at them. */
import { type StepRecord, type TaskDetails } from 'nestjs-tasker';

export const NOON = new Date('2026-01-31T12:00:00.000Z');

export function after(milliseconds: number): Date {
  return new Date(NOON.getTime() + milliseconds);
}

/** Step 1 is the first; without parents it follows the one before it. */
export function aTask(steps: readonly Partial<StepRecord>[], task: Partial<TaskDetails> = {}): TaskDetails {
  const records = steps.map((step, position) => aStep(position, step));
  return {
    ...{ taskId: 7, namespace: 'ecommerce', name: 'process_order', version: '1.0.0', state: 'in_progress' },
    ...{ createdAt: NOON, finishedAt: null },
    ...task,
    steps: records.map((step) => ({ ...step, childIds: childrenOf(step, records) })),
  } as TaskDetails;
}

function aStep(position: number, step: Partial<StepRecord>): StepRecord {
  const given: Partial<StepRecord> = {
    ...{ stepId: position + 1, taskId: 7, name: `step_${position + 1}`, position, state: 'pending' },
    ...{ attempts: 0, retryLimit: 3, retryable: true, error: null, results: null },
    ...{ readyAt: null, lastAttemptedAt: null, processedAt: null },
    parentIds: position === 0 ? [] : [position],
  };
  return { ...(given as StepRecord), ...step };
}

function childrenOf({ stepId }: StepRecord, steps: readonly StepRecord[]): number[] {
  return steps.filter(({ parentIds }) => parentIds.includes(stepId)).map((child) => child.stepId);
}

/** A step that took `milliseconds`. */
export function complete(milliseconds: number, attempts = 1): Partial<StepRecord> {
  return { state: 'complete', attempts, lastAttemptedAt: NOON, processedAt: after(milliseconds) };
}

export function failed(message: string, more: Partial<StepRecord> & { readonly permanent?: boolean } = {}) {
  const { permanent = false, ...step } = more;
  const error = { message, errorClass: 'RetryableError', errorCode: 'BUSY', permanent };
  return { state: 'error', attempts: 1, lastAttemptedAt: NOON, error, ...step } as const;
}
