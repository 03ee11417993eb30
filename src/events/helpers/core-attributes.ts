import { type TaskerEvent } from '../../core/events/event-map.js';
import { numberField, textField } from './field-of.js';

export interface CoreAttributes {
  readonly eventId: string;
  readonly eventName: string;
  readonly eventTimestamp: string;
  /** `unknown` of an event that belongs to no task. */
  readonly taskId: number | 'unknown';
  readonly stepId?: number;
  readonly correlationId?: string;
}

/** What every subscriber wants to say of an event. What an event does not have is left out. */
export function extractCoreAttributes(event: TaskerEvent): CoreAttributes {
  const stepId = numberField(event, 'stepId');
  const correlationId = textField(event, 'correlationId');
  return {
    eventId: event.id,
    eventName: event.name,
    eventTimestamp: event.occurredAt,
    taskId: numberField(event, 'taskId') ?? 'unknown',
    ...(stepId !== undefined && { stepId }),
    ...(correlationId !== undefined && { correlationId }),
  };
}
