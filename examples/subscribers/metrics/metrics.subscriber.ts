import { Injectable } from '@nestjs/common';
import {
  BaseSubscriber,
  buildMetricName,
  type EventFor,
  extractErrorMetrics,
  extractMetricTags,
  extractTimingMetrics,
  type TaskerEvent,
} from 'nestjs-tasker';
import { MetricsSink } from './metrics-sink.js';

/** Counts what ends and what fails, measures how long it took, and never puts an id into a tag. */
@Injectable()
export class MetricsSubscriber extends BaseSubscriber {
  static override readonly subscribeTo = [
    'task.completed',
    'task.failed',
    'step.completed',
    'step.failed',
    'observability.step.backoff',
    'observability.step.max_retries_reached',
  ];

  constructor(private readonly metrics: MetricsSink) {
    super();
  }

  handleTaskCompleted(event: EventFor<'task.completed'>): void {
    this.ended(event);
    this.metrics.gauge('tasker.workflow.step_count', event.totalSteps, this.tags(event));
  }

  handleTaskFailed(event: EventFor<'task.failed'>): void {
    this.ended(event);
    const { stepCount, failedSteps } = extractTimingMetrics(event);
    const tags = this.tags(event);
    this.metrics.gauge('tasker.workflow.failed_steps', failedSteps, tags);
    const rate = stepCount === 0 ? 100 : ((stepCount - failedSteps) / stepCount) * 100;
    this.metrics.gauge('tasker.workflow.success_rate', rate, tags);
  }

  handleStepCompleted(event: EventFor<'step.completed'>): void {
    this.ended(event);
  }

  handleStepFailed(event: EventFor<'step.failed'>): void {
    this.ended(event);
    const { errorType, finalFailure } = extractErrorMetrics(event);
    const tags = [...this.tags(event), `error_type:${errorType}`];
    this.metrics.count('tasker.errors', tags);
    if (finalFailure) this.metrics.count('tasker.final_failures', tags);
  }

  handleObservabilityStepBackoff(event: EventFor<'observability.step.backoff'>): void {
    this.metrics.count('tasker.retries', this.tags(event));
    this.metrics.duration('tasker.retries.delay', event.backoffSeconds, this.tags(event));
  }

  handleObservabilityStepMaxRetriesReached(event: EventFor<'observability.step.max_retries_reached'>): void {
    this.metrics.count('tasker.exhausted', this.tags(event));
  }

  /** `tasker.task.completed`, and the histogram of how long it took. */
  private ended(event: TaskerEvent): void {
    const tags = this.tags(event);
    this.metrics.count(buildMetricName('tasker', event.name), tags);
    const kind = event.name.split('.', 1)[0]!;
    this.metrics.duration(`tasker.${kind}.duration`, extractTimingMetrics(event).executionDuration, tags);
  }

  /** Every value of a tag is a series of its own: the number of the attempt is not worth that. */
  private tags(event: TaskerEvent): readonly string[] {
    return extractMetricTags(event).filter((tag) => !tag.startsWith('attempt:'));
  }
}
