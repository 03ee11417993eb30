/** Durable delivery as the module puts it together, with times short enough for tests. */
import { type Clock, SystemClock } from '../../../../src/core/clock.js';
import { DefinitionRegistry } from '../../../../src/definitions/definition-registry.js';
import { StepHandlerRegistry } from '../../../../src/definitions/step-handler-registry.js';
import { DefinitionCatalog } from '../../../../src/engine/definition-catalog.js';
import { EngineSignals } from '../../../../src/engine/engine-signals.js';
import {
  DEFAULT_DELIVERY_SETTINGS,
  type DeliverySettings,
} from '../../../../src/engine/events/durable/delivery-settings.js';
import { DurableDelivery } from '../../../../src/engine/events/durable/durable-delivery.js';
import { TaskFactsReader } from '../../../../src/engine/events/task-facts.js';
import { type TaskerDatabase } from '../../../../src/persistence/database.js';
import { DefinitionStore } from '../../../../src/persistence/definition-store.js';
import { EventDeliveryStore } from '../../../../src/persistence/event-delivery-store.js';
import { EventStreamStore } from '../../../../src/persistence/event-stream-store.js';
import { EventSubscriberStore } from '../../../../src/persistence/event-subscriber-store.js';

/** Short times; attempts come after 20, 40, 80… ms. */
export const QUICK: DeliverySettings = {
  ...DEFAULT_DELIVERY_SETTINGS,
  leaseMs: 1_000,
  busyMs: 5,
  idleMs: 25,
  bookMs: 20,
  graceMs: 1_000,
  settleMs: 200,
  backoff: { ...DEFAULT_DELIVERY_SETTINGS.backoff, delaysSeconds: [0.02, 0.04, 0.08, 0.16], jitter: 0 },
};

export function makeDelivery(
  db: TaskerDatabase,
  settings: Partial<DeliverySettings> = {},
  clock: Clock = new SystemClock(),
): DurableDelivery {
  const catalog = new DefinitionCatalog(new DefinitionRegistry(), new StepHandlerRegistry(), new DefinitionStore(db));
  return new DurableDelivery(
    new EventStreamStore(db, clock),
    new EventSubscriberStore(db, clock),
    new EventDeliveryStore(db, clock),
    new TaskFactsReader(db, catalog),
    new EngineSignals(),
    clock,
    { ...QUICK, ...settings },
  );
}
