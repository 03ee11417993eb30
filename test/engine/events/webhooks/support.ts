/** Webhooks on a real database and real receivers, with times short enough to wait for. */
import { DEFAULT_REDACTION } from '../../../../src/core/redaction.js';
import { SystemClock } from '../../../../src/core/clock.js';
import { DefinitionRegistry } from '../../../../src/definitions/definition-registry.js';
import { StepHandlerRegistry } from '../../../../src/definitions/step-handler-registry.js';
import { DefinitionCatalog } from '../../../../src/engine/definition-catalog.js';
import { type EngineOptions } from '../../../../src/engine/engine.options.js';
import { type DurableDelivery } from '../../../../src/engine/events/durable/durable-delivery.js';
import { EventDeliveries } from '../../../../src/engine/events/durable/event-deliveries.js';
import { TaskerWebhooks } from '../../../../src/engine/events/webhooks/tasker-webhooks.js';
import { type WebhookRequest } from '../../../../src/engine/events/webhooks/webhook-request.js';
import { WebhookSender } from '../../../../src/engine/events/webhooks/webhook-sender.js';
import { DEFAULT_WEBHOOKS, type WebhookOptions } from '../../../../src/engine/events/webhooks/webhook-settings.js';
import { WebhookSubscribers } from '../../../../src/engine/events/webhooks/webhook-subscribers.js';
import { TaskerRedaction } from '../../../../src/engine/redaction/tasker-redaction.js';
import { type TaskerDatabase } from '../../../../src/persistence/database.js';
import { DefinitionStore } from '../../../../src/persistence/definition-store.js';
import { EventOperatorStore } from '../../../../src/persistence/event-operator-store.js';
import { EventStreamStore } from '../../../../src/persistence/event-stream-store.js';
import { EventSubscriberStore } from '../../../../src/persistence/event-subscriber-store.js';
import { WebhookStore } from '../../../../src/persistence/webhook-store.js';
import { makeDelivery } from '../durable/make-delivery.js';

export const OPEN: WebhookOptions = {
  ...DEFAULT_WEBHOOKS,
  allowPrivateNetworks: true,
  timeoutMs: 2_000,
  maxFailures: 3,
  disableAfterSeconds: 0,
};

/** One process of those that deliver webhooks. */
export interface WebhookProcess {
  readonly webhooks: TaskerWebhooks;
  readonly subscribers: WebhookSubscribers;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function webhookProcess(db: TaskerDatabase, change: Partial<WebhookOptions> = {}): WebhookProcess {
  const clock = new SystemClock();
  const options = { ...OPEN, ...change };
  const registry = new DefinitionRegistry();
  const catalog = new DefinitionCatalog(registry, new StepHandlerRegistry(), new DefinitionStore(db));
  const redaction = new TaskerRedaction(catalog, registry, {
    redaction: { ...DEFAULT_REDACTION, api: true },
  } as EngineOptions);
  const store = new WebhookStore(db, clock);
  const stream = new EventStreamStore(db, clock);
  const sender = new WebhookSender(options);
  const subscribers = new WebhookSubscribers(store, sender, redaction, { webhooks: options });
  const states = new EventDeliveries(new EventSubscriberStore(db, clock), new EventOperatorStore(db, clock), stream);
  const delivery: DurableDelivery = makeDelivery(db);
  subscribers.onChange((list) => void delivery.update(list));
  return {
    webhooks: new TaskerWebhooks(store, stream, states, sender, options, () => subscribers.wake()),
    subscribers,
    start: async () => {
      await subscribers.start();
      await delivery.start(subscribers.current);
    },
    stop: async () => {
      await subscribers.stop();
      await delivery.stop();
      sender.close();
    },
  };
}

export function hook(url: string, change: Partial<WebhookRequest> = {}): WebhookRequest {
  return { name: 'shop', url, events: ['order.*'], ...change };
}
