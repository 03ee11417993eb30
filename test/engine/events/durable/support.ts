/** Durable delivery on a real database, with events that a test publishes itself and times short enough to wait for. */
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { type DataSource } from 'typeorm';
import { type Clock, SystemClock } from '../../../../src/core/clock.js';
import { type DeliverySettings } from '../../../../src/engine/events/durable/delivery-settings.js';
import { type DurableDelivery } from '../../../../src/engine/events/durable/durable-delivery.js';
import { EventDeliveries } from '../../../../src/engine/events/durable/event-deliveries.js';
import { type DurableSubscriber } from '../../../../src/events/durable-subscriber.js';
import { connectDatabase } from '../../../../src/persistence/connect.js';
import { type TaskerDatabase } from '../../../../src/persistence/database.js';
import { EventOperatorStore } from '../../../../src/persistence/event-operator-store.js';
import { EventStreamStore } from '../../../../src/persistence/event-stream-store.js';
import { EventSubscriberStore } from '../../../../src/persistence/event-subscriber-store.js';
import { type TestEngine, useEngine } from '../../../persistence/support/test-engine.js';
import { RecordingLogger } from '../../../support/recording-logger.js';
import { waitFor } from '../../../support/wait-for.js';
import { makeDelivery } from './make-delivery.js';

export interface DeliveryTest extends TestEngine {
  readonly db: TaskerDatabase;
  /** What is logged, anew for each test. */
  readonly logger: RecordingLogger;
  /** Starts to deliver; stopped after the test. */
  deliver(subscribers: readonly DurableSubscriber[], settings?: Partial<DeliverySettings>): Promise<DurableDelivery>;
  /** One that is not started. */
  delivery(settings?: Partial<DeliverySettings>, clock?: Clock, db?: TaskerDatabase): DurableDelivery;
  operator(clock?: Clock): EventDeliveries;
  operatorStore(): EventOperatorStore;
  /** So many tasks, by id. */
  tasks(count: number): Promise<number[]>;
  /** Commits an event `order.placed` of that task with each of these numbers. */
  publish(taskId: number | null, ...numbers: number[]): Promise<void>;
  /** A connection of the test's own, closed after it. */
  connect(): Promise<pg.Client>;
  /** Resolves when somebody has looked so many times how far the stream is. */
  looked(times: number): Promise<void>;
  /** Resolves when nothing is left to deliver to that subscriber. */
  caughtUp(name: string): Promise<void>;
}

export function useDelivery(): DeliveryTest {
  const test = useEngine();
  const deliveries: DurableDelivery[] = [];
  const clients: pg.Client[] = [];
  let owned: DataSource;
  let db: TaskerDatabase;
  let definitionId: number | undefined;
  let logger: RecordingLogger;

  beforeAll(async () => {
    const connected = await connectDatabase({ url: test.database.url, poolSize: 10 }, undefined);
    owned = connected.owned!;
    db = connected.database;
  });
  beforeEach(async () => {
    logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    test.engine.now = null;
    await test.engine.rows('delete from tasker_event_subscribers');
    await test.engine.rows('delete from tasker_events');
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await Promise.all(deliveries.splice(0).map((delivery) => delivery.stop()));
  });
  afterAll(() => owned.destroy());

  const delivery: DeliveryTest['delivery'] = (settings, clock, on = db) => {
    const made = makeDelivery(on, settings, clock);
    deliveries.push(made);
    return made;
  };
  const extra: Omit<DeliveryTest, keyof TestEngine> = {
    get db() {
      return db;
    },
    get logger() {
      return logger;
    },
    delivery,
    deliver: async (subscribers, settings) => {
      const made = delivery(settings);
      await made.start(subscribers);
      return made;
    },
    operator: (clock = new SystemClock()) =>
      new EventDeliveries(
        new EventSubscriberStore(db, clock),
        new EventOperatorStore(db, clock),
        new EventStreamStore(db, clock),
      ),
    operatorStore: () => new EventOperatorStore(db, new SystemClock()),
    tasks: async (count) => {
      const { engine } = test;
      if (definitionId === undefined) {
        const workflow = await engine.define([{}]);
        definitionId = workflow.definitionId;
        const template = { namespace: 'default', name: workflow.name, version: '0.1.0', steps: [{ name: 's0' }] };
        await engine.rows('update tasker_task_definitions set template = $2 where definition_id = $1', [
          definitionId,
          template,
        ]);
      }
      const requests = Array.from({ length: count }, () =>
        engine.request({ definitionId: definitionId!, name: '', lanes: [] }),
      );
      return (await engine.createMany(requests)).map(({ task_id: id }) => id);
    },
    publish: async (taskId, ...numbers) => {
      await test.engine.rows(PUBLISH, [taskId, numbers]);
    },
    connect: async () => {
      const client = new pg.Client({ connectionString: test.database.url });
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    looked: async (times) => {
      for (let look = 0; look < times; look++) {
        const [now] = await test.engine.rows<{ at: Date }>('select clock_timestamp() as at');
        await waitFor(async () => (await test.engine.rows(LOOKED, [now!.at])).length > 0);
      }
    },
    caughtUp: async (name) => {
      await waitFor(
        async () => {
          const [row] = await test.engine.rows<{ is: boolean }>(CAUGHT_UP, [name]);
          return row?.is;
        },
        { message: `${name} to have had everything` },
      );
    },
  };
  return Object.create(test, Object.getOwnPropertyDescriptors(extra)) as DeliveryTest;
}

export const PUBLISH = `
  insert into tasker_events (name, task_id, payload)
  select 'order.placed', $1, jsonb_build_object('n', n) from unnest($2::integer[]) with ordinality as x(n, o) order by o`;

const LOOKED = `
  select from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and query_start > $1
    and (query like '%tasker_event_horizon%' or query like '%next_attempt_at <= coalesce($2%')`;

const CAUGHT_UP = `
  select s.position >= coalesce((select max(id) from tasker_events), 0) and not exists (
    select from tasker_event_deliveries d where d.subscriber = s.name and d.dead_at is null) as is
  from tasker_event_subscribers s where s.name = $1`;
