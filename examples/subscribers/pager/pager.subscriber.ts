import { Inject, Injectable } from '@nestjs/common';
import { type EventFor, OnTaskerEvent } from 'nestjs-tasker';
import { PAGER_OPTIONS, type PagerOptions } from './pager.options.js';
import { severityOf } from './severity.js';

type Recovery = EventFor<'task.completed' | 'task.cancelled' | 'task.resolved_manually' | 'task.retry_requested'>;

/**
 * Wakes somebody when a task has failed, and lets them sleep again when it goes on. Durable: an alert must not be lost with
 * a process. It may come twice; all of a task have one dedup key, so the pager knows them for one. What it throws is tried
 * again with backoff. Both methods share one name, and so one order: the alert never overtakes its recovery.
 */
@Injectable()
export class PagerSubscriber {
  constructor(@Inject(PAGER_OPTIONS) private readonly options: PagerOptions) {}

  @OnTaskerEvent('task.failed', { durable: 'pager' })
  async alert(event: EventFor<'task.failed'>): Promise<void> {
    const severity = severityOf(event, this.options.rules);
    if (severity === 'none') return;
    const summary = `${event.namespace}.${event.taskName} failed: ${event.error?.message ?? 'no error was recorded'}`;
    await this.send('trigger', event.taskId, {
      severity,
      summary: summary.slice(0, 1_024),
      source: event.namespace,
      timestamp: event.occurredAt,
      custom_details: { task_id: event.taskId, steps: event.errorSteps, correlation_id: event.correlationId },
    });
  }

  @OnTaskerEvent(['task.completed', 'task.cancelled', 'task.resolved_manually', 'task.retry_requested'], {
    durable: 'pager',
  })
  async recover(event: Recovery): Promise<void> {
    // Most tasks never failed: nothing is to be taken back, and the pager need not hear of them.
    if (event.fromState === 'error') await this.send('resolve', event.taskId);
  }

  private async send(action: 'trigger' | 'resolve', taskId: number, payload?: object): Promise<void> {
    const { url, routingKey, timeoutMs = 5_000 } = this.options;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        routing_key: routingKey,
        event_action: action,
        dedup_key: `tasker-task-${taskId}`,
        ...(payload && { payload }),
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`the pager answered ${response.status}`);
  }
}
