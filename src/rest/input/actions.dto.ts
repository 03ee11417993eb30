import { IsArray, IsObject } from 'class-validator';
import { type Actor } from '../../engine/actor.js';
import { MAX_RETRY_LIMIT } from '../../engine/task-editor.js';
import { Anything, Flag, Optional, Required, say, Text, WholeNumber } from './rules.js';

const MAX_ACTOR_TEXT = 1_000;

/** Who acts, and why: the body of every action, and of what cancels. */
export class ActionDto {
  @Optional() @Text({ max: MAX_ACTOR_TEXT }) readonly by?: string | null;
  @Optional() @Text({ max: MAX_ACTOR_TEXT }) readonly reason?: string | null;
}

export class RetryDto extends ActionDto {
  /** All attempts again, not one more. */
  @Optional() @Flag() readonly reset_attempts?: boolean | null;
}

export class ResolveStepDto extends ActionDto {
  /** What the step's dependents shall read. */
  @Anything() readonly results?: unknown;
}

/** The body of `PATCH /tasks/:id`. */
export class EditTaskDto {
  @Optional() @Text() readonly reason?: string | null;
  @Optional()
  @IsArray(say('type', 'must be a list of texts'))
  @Text({ each: true })
  readonly tags?: string[] | null;
}

/** The body of `PATCH /tasks/:task_id/workflow_steps/:id`. */
export class EditStepDto {
  @Optional() @WholeNumber(1, MAX_RETRY_LIMIT) readonly retry_limit?: number | null;
  @Optional() @IsObject(say('type', 'must be an object')) readonly inputs?: Record<string, unknown> | null;
}

const MAX_BULK = 100;

/** The body of `POST /tasks/bulk/cancel`. */
export class BulkActionDto extends ActionDto {
  @Required() @IsArray(say('type', `must be a list of 1 to ${MAX_BULK} task ids`)) readonly task_ids!: unknown[];
}

/** The body of `POST /tasks/bulk/retry`. */
export class BulkRetryDto extends BulkActionDto {
  @Optional() @Flag() readonly reset_attempts?: boolean | null;
}

/** The body of `POST /tasks/bulk`. */
export class BulkCreateDto {
  @Required() @IsArray(say('type', `must be a list of 1 to ${MAX_BULK} tasks`)) readonly tasks!: unknown[];
}

export function actorOf({ by, reason }: ActionDto): Actor {
  return { ...(by && { by }), ...(reason && { reason }) };
}
