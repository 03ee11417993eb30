import { Injectable } from '@nestjs/common';
import { type EventFor, extractCoreAttributes, extractErrorMetrics, OnTaskerEvent } from 'nestjs-tasker';
import { ErrorTracker } from './error-tracker.js';
import { fingerprintOf, levelOf } from './fingerprint.js';

/** Hands every failure to an error tracker, so that one cause is one issue however many tasks it hits. */
@Injectable()
export class ErrorGroupingSubscriber {
  constructor(private readonly tracker: ErrorTracker) {}

  @OnTaskerEvent(['step.failed', 'task.failed'])
  track(event: EventFor<'step.failed' | 'task.failed'>): void {
    const { errorMessage, errorType, attemptNumber } = extractErrorMetrics(event);
    this.tracker.capture({
      level: levelOf(event),
      message: errorMessage,
      fingerprint: fingerprintOf(event),
      tags: {
        workflow: `${event.namespace}.${event.taskName}`,
        version: event.version,
        category: errorType,
        ...(event.name === 'step.failed' && { step: event.stepName, system: event.dependentSystem }),
      },
      extra: { ...extractCoreAttributes(event), attempt: attemptNumber },
    });
  }
}
