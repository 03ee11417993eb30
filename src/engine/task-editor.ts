import { Inject, Injectable } from '@nestjs/common';
import { type FieldError, InvalidTransitionError, NotFoundError, ValidationError } from '../core/errors.js';
import { storableJson } from '../core/storable-json.js';
import { EditStore, type EditedStep, type TaskEdit } from '../persistence/edit-store.js';
import { type Actor, actorMetadata } from './actor.js';
import { type EngineOptions } from './engine.options.js';
import { ENGINE_OPTIONS } from './engine.tokens.js';
import { stepActions } from './operator-actions.js';
import { textFault } from './text-fields.js';

export interface StepInputs {
  /** Attempts in all: not fewer than were made. */
  readonly retryLimit?: number;
  /** Kept with the step for whoever looks at it. */
  readonly inputs?: unknown;
}

/** Attempts that a step can be allowed at the most. */
export const MAX_RETRY_LIMIT = 1_000;
const MAX_TEXT = 128;
const MAX_TAGS = 50;

/** Changes what may be changed of a task or step beside its state. */
@Injectable()
export class TaskEditor {
  constructor(
    private readonly store: EditStore,
    @Inject(ENGINE_OPTIONS) private readonly options: EngineOptions,
  ) {}

  /** In any state. @throws ValidationError naming every field; NotFoundError */
  async editTask(taskId: number, edit: TaskEdit, actor: Actor = {}): Promise<void> {
    const errors: FieldError[] = [];
    const fault = edit.reason === undefined ? undefined : textFault(edit.reason, MAX_TEXT);
    if (fault) errors.push({ path: 'reason', ...fault });
    if ((edit.tags?.length ?? 0) > MAX_TAGS) {
      errors.push({ path: 'tags', code: 'length', message: `must have at most ${MAX_TAGS} entries` });
    }
    edit.tags?.slice(0, MAX_TAGS).forEach((tag, index) => {
      const wrong = textFault(tag, MAX_TEXT);
      if (wrong) errors.push({ path: `tags[${index}]`, ...wrong });
    });
    refuse(errors);
    if (await this.store.editTask(taskId, edit, { ...actorMetadata(actor), ...edit })) return;
    throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
  }

  /**
   * While an attempt of the step is to come or under way; a step that has failed for good is retried instead.
   * @throws InvalidTransitionError in other states; ValidationError; NotFoundError
   */
  async editStep(taskId: number, stepId: number, edit: StepInputs, actor: Actor = {}): Promise<void> {
    const { retryLimit, inputs } = edit;
    const limitFits = Number.isInteger(retryLimit) && retryLimit! >= 1 && retryLimit! <= MAX_RETRY_LIMIT;
    if (retryLimit !== undefined && !limitFits) {
      const message = `must be a whole number from 1 to ${MAX_RETRY_LIMIT}`;
      refuse([{ path: 'retryLimit', code: 'range', message }]);
    }
    const inputsText = inputs === undefined ? undefined : this.textOf(inputs);
    const check = (step: EditedStep): void => mayEdit(stepId, step, retryLimit);
    const metadata = { ...actorMetadata(actor), task_id: taskId, ...(retryLimit && { retry_limit: retryLimit }) };
    const change = { ...(retryLimit !== undefined && { retryLimit }), ...(inputsText !== undefined && { inputsText }) };
    if (await this.store.editStep(taskId, stepId, change, metadata, check)) return;
    throw new NotFoundError('STEP_NOT_FOUND', `Task ${taskId} has no step ${stepId}.`);
  }

  private textOf(inputs: unknown): string {
    const json = storableJson(inputs, this.options.execution.maxResultBytes);
    if ('text' in json) return json.text;
    const { code, message } = json.problem;
    throw new ValidationError(`The inputs ${message}.`, [{ path: 'inputs', code: code.toLowerCase(), message }]);
  }
}

/** Another limit must not turn a step that waits into one that is exhausted, nor the other way round. */
function mayEdit(stepId: number, { state, attempts, isDue }: EditedStep, retryLimit: number | undefined): void {
  const isOpen = state === 'pending' || state === 'in_progress' || (state === 'error' && isDue);
  if (!isOpen) throw new InvalidTransitionError('step', stepId, state, 'edit', stepActions(state, false));
  const least = state === 'in_progress' ? Math.max(1, attempts) : attempts + 1;
  if (retryLimit === undefined || retryLimit >= least) return;
  const message = `must be ${least} or more: ${attempts} attempts were made`;
  refuse([{ path: 'retryLimit', code: 'range', message }]);
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const listed = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ValidationError(`The change is not valid: ${listed}.`, errors);
}
