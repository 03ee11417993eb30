import { type TaskerEvent } from '../../core/events/event-map.js';
import { numberField } from './field-of.js';

export interface TimingMetrics {
  /** Of the attempt or of the task; 0 of an event that ends neither. */
  readonly durationMs: number;
  /** The same in seconds. */
  readonly executionDuration: number;
  /** Null of an event that has no duration. */
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly stepCount: number;
  readonly completedSteps: number;
  readonly failedSteps: number;
}

/** How long it took and how much it was. What an event does not tell is 0. */
export function extractTimingMetrics(event: TaskerEvent): TimingMetrics {
  const durationMs = numberField(event, 'durationMs');
  const endedAt = Date.parse(event.occurredAt);
  return {
    durationMs: durationMs ?? 0,
    executionDuration: (durationMs ?? 0) / 1000,
    startedAt: durationMs === undefined ? null : new Date(endedAt - durationMs).toISOString(),
    completedAt: durationMs === undefined ? null : event.occurredAt,
    stepCount: numberField(event, 'totalSteps') ?? 0,
    completedSteps: numberField(event, 'completedSteps') ?? 0,
    failedSteps: numberField(event, 'failedSteps') ?? 0,
  };
}
