import { type Provider } from '@nestjs/common';
import { Clock } from '../../../core/clock.js';
import { TaskerDatabase } from '../../../persistence/database.js';
import { EventStreamStore } from '../../../persistence/event-stream-store.js';
import { WebhookStore } from '../../../persistence/webhook-store.js';
import { type EngineOptions } from '../../engine.options.js';
import { ENGINE_OPTIONS } from '../../engine.tokens.js';
import { EventDeliveries } from '../durable/event-deliveries.js';
import { DeclaredWebhooks } from './declared-webhooks.js';
import { TaskerWebhooks } from './tasker-webhooks.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookSubscribers } from './webhook-subscribers.js';

/** All that webhooks are made of. */
export const WEBHOOK_PROVIDERS: Provider[] = [
  {
    provide: WebhookStore,
    inject: [TaskerDatabase, Clock],
    useFactory: (db: TaskerDatabase, clock: Clock) => new WebhookStore(db, clock),
  },
  {
    provide: WebhookSender,
    inject: [ENGINE_OPTIONS],
    useFactory: ({ webhooks }: EngineOptions) => new WebhookSender(webhooks),
  },
  WebhookSubscribers,
  DeclaredWebhooks,
  {
    provide: TaskerWebhooks,
    inject: [WebhookStore, EventStreamStore, EventDeliveries, WebhookSender, ENGINE_OPTIONS, WebhookSubscribers],
    useFactory: (
      store: WebhookStore,
      stream: EventStreamStore,
      states: EventDeliveries,
      sender: WebhookSender,
      { webhooks }: EngineOptions,
      subscribers: WebhookSubscribers,
    ) => new TaskerWebhooks(store, stream, states, sender, webhooks, () => subscribers.wake()),
  },
];
