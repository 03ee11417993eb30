import { type TaskerEvent } from '../../core/events/event-map.js';
import { type CoreAttributes, extractCoreAttributes } from './core-attributes.js';
import { textField } from './field-of.js';

export interface StepAttributes extends CoreAttributes {
  /** `unknown_step` of an event that belongs to no step. */
  readonly stepName: string;
}

/** The core attributes, and which step it was. */
export function extractStepAttributes(event: TaskerEvent): StepAttributes {
  return { ...extractCoreAttributes(event), stepName: textField(event, 'stepName') ?? 'unknown_step' };
}
