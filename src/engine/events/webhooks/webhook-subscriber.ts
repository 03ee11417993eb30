import { type TaskerEvent } from '../../../core/events/event-map.js';
import { secretsOf, subscriberOf, type WebhookRecord } from '../../../core/webhook.js';
import { type DurableOptions, type DurableSubscriber } from '../../../events/durable-subscriber.js';
import { type WebhookStore } from '../../../persistence/webhook-store.js';
import { webhookBody } from './webhook-body.js';
import { type WebhookAnswer, type WebhookSender } from './webhook-sender.js';
import { type WebhookOptions } from './webhook-settings.js';

/** A success is noted at most so often: many of them say the same. */
const NOTE_MS = 5_000;
const GONE = 410;
/** An event that fails so often, with backoff over hours, while others get through is set aside for an operator. */
const MIN_ATTEMPTS = 100;

export interface WebhookTools {
  readonly store: Pick<WebhookStore, 'succeeded' | 'failed'>;
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly options: WebhookOptions;
  /** A copy of an event without what must not leave the process. */
  redact(event: TaskerEvent): object;
  /** Told when the webhook was disabled by this delivery. */
  onDisabled(record: WebhookRecord, reason: string): void;
}

/** A webhook as a durable subscriber: delivered is what the receiver has answered with a 2xx. */
export class WebhookSubscriber implements DurableSubscriber {
  readonly name: string;
  readonly options: DurableOptions;
  private isDisabled = false;
  private notedAt = -Infinity;

  constructor(
    private record: WebhookRecord,
    private readonly tools: WebhookTools,
  ) {
    this.name = subscriberOf(record.name);
    const { timeoutMs } = tools.options;
    // The sender is the one that gives up; this is only in case it cannot.
    const timeoutSeconds = Math.ceil(timeoutMs / 1000) + 10;
    this.options = { timeoutSeconds, maxAttempts: Math.min(1_000, Math.max(MIN_ATTEMPTS, 2 * record.maxFailures)) };
  }

  get patterns(): readonly string[] {
    return this.record.events;
  }

  /** Secrets, address and filters may change while it runs. */
  renew(record: WebhookRecord): void {
    this.record = record;
    this.isDisabled = record.disabledAt !== null;
  }

  async deliver(event: TaskerEvent, signal: AbortSignal): Promise<void> {
    const { record } = this;
    if (this.isDisabled) throw new Error('The webhook is disabled.');
    if (!isMeant(record, event)) return;
    const mail = {
      url: record.url,
      id: event.id,
      body: webhookBody(this.tools.redact(event)),
      secrets: secretsOf(record),
      headers: record.headers,
    };
    const answer = await this.tools.sender.send(mail, signal);
    // Cut off from outside: that says nothing of the receiver.
    if (signal.aborted) throw signal.reason;
    if (answer.isAccepted) await this.noteSuccess(record, answer);
    else await this.noteFailure(record, answer);
  }

  private async noteSuccess({ webhookId }: WebhookRecord, { status }: WebhookAnswer): Promise<void> {
    const now = performance.now();
    if (now - this.notedAt < NOTE_MS) return;
    this.notedAt = now;
    // The receiver has it: what is merely noted must not bring it twice.
    await this.tools.store.succeeded(webhookId, status!).catch(() => (this.notedAt = -Infinity));
  }

  private async noteFailure(record: WebhookRecord, { status, error }: WebhookAnswer): Promise<never> {
    this.notedAt = -Infinity;
    const text = (error ?? 'It failed.').replaceAll('\0', '').toWellFormed();
    const failure = { status, error: text, isFinal: status === GONE };
    const { disableAfterSeconds } = this.tools.options;
    const isDisabled = await this.tools.store.failed(record.webhookId, failure, disableAfterSeconds);
    if (isDisabled && !this.isDisabled && this.record === record) {
      this.isDisabled = true;
      this.tools.onDisabled(record, text);
    }
    throw new Error(text);
  }
}

function isMeant({ namespaces }: WebhookRecord, event: TaskerEvent): boolean {
  if (namespaces === null) return true;
  return 'namespace' in event && namespaces.includes(event.namespace);
}
