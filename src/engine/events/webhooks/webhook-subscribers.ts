import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type WebhookRecord } from '../../../core/webhook.js';
import { type DurableSubscriber } from '../../../events/durable-subscriber.js';
import { TaskerLogger } from '../../../logging/tasker-logger.js';
import { WebhookStore } from '../../../persistence/webhook-store.js';
import { type EngineOptions } from '../../engine.options.js';
import { ENGINE_OPTIONS } from '../../engine.tokens.js';
import { TaskerRedaction } from '../../redaction/tasker-redaction.js';
import { Rounds } from '../durable/rounds.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookSubscriber, type WebhookTools } from './webhook-subscriber.js';

/** How often a process looks whether webhooks were changed elsewhere. */
const LOOK_MS = 1_000;

type Listener = (subscribers: readonly DurableSubscriber[]) => void;

/**
 * The webhooks that are enabled, as durable subscribers. What is changed at run time, here or in another process, is known
 * within a second or two. May be started and stopped any number of times.
 */
@Injectable()
export class WebhookSubscribers implements OnApplicationShutdown {
  private readonly logger = new TaskerLogger('TaskerWebhooks');
  private readonly listeners = new Set<Listener>();
  private readonly tools: WebhookTools;
  private readonly rounds: Rounds;
  private readonly known = new Map<number, WebhookSubscriber>();
  private subscribers: readonly DurableSubscriber[] = [];
  private version: string | undefined;
  private hasOrphans = true;

  constructor(
    private readonly store: WebhookStore,
    private readonly sender: WebhookSender,
    redaction: TaskerRedaction,
    @Inject(ENGINE_OPTIONS) { webhooks }: Pick<EngineOptions, 'webhooks'>,
  ) {
    this.tools = {
      store,
      sender,
      options: webhooks,
      redact: (event) => redaction.event(event),
      onDisabled: ({ name }, reason) => {
        this.logger.error(`Webhook "${name}" failed so often that it gets nothing until it is enabled: ${reason}`);
        this.wake();
      },
    };
    this.rounds = new Rounds({
      round: async () => {
        await this.refresh();
        return { afterMs: LOOK_MS };
      },
      onTrouble: (error) =>
        this.logger.warn(`Webhooks could not be looked up, they stay as they are: ${String(error)}`),
      onRecovery: () => this.logger.log('Webhooks are looked up again.'),
    });
  }

  /** As they were when they were looked at last. */
  get current(): readonly DurableSubscriber[] {
    return this.subscribers;
  }

  /** Looks at them now, and again and again from then on; {@link current} is filled when this has returned. */
  async start(): Promise<void> {
    // A database that is away now is tried again with everything else.
    await this.refresh().catch(() => undefined);
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    this.version = undefined;
  }

  /** Told of all of them whenever one came, went or asks for other events. Returns how to stop that. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Looks at once, if it looks at all. */
  wake(): void {
    this.rounds.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
    this.sender.close();
  }

  private async refresh(): Promise<void> {
    const version = await this.store.version();
    if (version !== this.version) {
      this.apply(await this.store.list());
      this.version = version;
      this.hasOrphans = true;
    }
    if (this.hasOrphans) this.hasOrphans = await this.store.removeOrphans();
  }

  private apply(records: readonly WebhookRecord[]): void {
    const enabled = records.filter(({ disabledAt }) => disabledAt === null);
    const ids = new Set(enabled.map(({ webhookId }) => webhookId));
    // Those that are under way still hear that it is over.
    for (const record of records) this.known.get(record.webhookId)?.renew(record);
    for (const id of this.known.keys()) if (!ids.has(id)) this.known.delete(id);
    for (const record of enabled) {
      if (!this.known.has(record.webhookId)) {
        this.known.set(record.webhookId, new WebhookSubscriber(record, this.tools));
      }
    }
    this.subscribers = enabled.map(({ webhookId }) => this.known.get(webhookId)!);
    for (const listener of this.listeners) listener(this.subscribers);
  }
}
