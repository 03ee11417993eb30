import { Inject, Injectable } from '@nestjs/common';
import { type EventFor, OnTaskerEvent } from 'nestjs-tasker';
import { messageOf } from './message.js';
import { SLACK_OPTIONS, type SlackOptions } from './slack.options.js';

/**
 * Tells the channel of this environment how tasks ended. In process: a message that is lost with the process is no harm,
 * and Slack being slow or down holds up nobody; what it throws is logged and counted by the library.
 */
@Injectable()
export class SlackSubscriber {
  constructor(@Inject(SLACK_OPTIONS) private readonly options: SlackOptions) {}

  @OnTaskerEvent(['task.completed', 'task.failed'])
  async tell(event: EventFor<'task.completed' | 'task.failed'>): Promise<void> {
    const { url, environment, channels, timeoutMs = 5_000 } = this.options;
    const channel = channels[environment];
    if (channel === undefined) return;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ channel, text: messageOf(event) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`Slack answered ${response.status}`);
  }
}
