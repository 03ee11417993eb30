import { type StepRecord } from '../../core/records.js';
import { isInProcess, isProcessed } from '../bodies/step-body.js';
import { PageDto } from './list-tasks.dto.js';
import { OneOf, Optional } from './rules.js';

type Sortable = number | string | boolean | null;

/** The fields that steps may be sorted by, each with its value. */
const SORT_VALUES = {
  workflow_step_id: (step) => step.stepId,
  task_id: (step) => step.taskId,
  named_step_id: (step) => step.namedStepId,
  name: (step) => step.name,
  status: (step) => step.state,
  attempts: (step) => step.attempts,
  retryable: (step) => step.retryable,
  retry_limit: (step) => step.retryLimit,
  skippable: (step) => step.skippable,
  processed: isProcessed,
  processed_at: (step) => step.processedAt?.getTime() ?? null,
  in_process: isInProcess,
  last_attempted_at: (step) => step.lastAttemptedAt?.getTime() ?? null,
  backoff_request_seconds: (step) => step.backoffRequestSeconds,
} as const satisfies Record<string, (step: StepRecord) => Sortable>;

export const STEP_SORT_FIELDS = Object.keys(SORT_VALUES) as (keyof typeof SORT_VALUES)[];

/** The query string of `GET /tasks/:id/workflow_steps`. */
export class ListStepsDto extends PageDto {
  @Optional() @OneOf(STEP_SORT_FIELDS) readonly sort_by: keyof typeof SORT_VALUES = 'workflow_step_id';
  @Optional() @OneOf(['asc', 'desc']) readonly sort_order: 'asc' | 'desc' = 'asc';
}

/** The steps in the order asked for, ties broken by id. Having no value is the highest value, as in PostgreSQL. */
export function sortSteps(steps: readonly StepRecord[], { sort_by, sort_order }: ListStepsDto): StepRecord[] {
  const value: (step: StepRecord) => Sortable = SORT_VALUES[sort_by];
  const direction = sort_order === 'desc' ? -1 : 1;
  return [...steps].sort((a, b) => direction * (compare(value(a), value(b)) || a.stepId - b.stepId));
}

function compare(a: Sortable, b: Sortable): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
