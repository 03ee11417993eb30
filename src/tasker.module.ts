import { ConfigurableModuleBuilder, type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DiscoveryModule, RouterModule } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { ApiTokens } from './auth/api-tokens.js';
import { AUTH_SETTINGS, type AuthSettings, ROUTES_MOUNTED } from './auth/auth.options.js';
import { TaskerAuth } from './auth/tasker-auth.js';
import { Clock, SystemClock } from './core/clock.js';
import { ConfigurationError } from './core/errors.js';
import { Redactor } from './core/redaction.js';
import { DefinitionLoader } from './definitions/definition-loader.js';
import { DefinitionRegistry } from './definitions/definition-registry.js';
import { HandlerExplorer } from './definitions/handler-explorer.js';
import { StepHandlerRegistry } from './definitions/step-handler-registry.js';
import { ControlService } from './engine/control.service.js';
import { DefinitionCatalog } from './engine/definition-catalog.js';
import { DoctorService } from './engine/doctor.service.js';
import { ChangeFeed } from './engine/events/change-feed.js';
import { CreationFeed } from './engine/events/creation-feed.js';
import { DurableDelivery } from './engine/events/durable/durable-delivery.js';
import { EventDeliveries } from './engine/events/durable/event-deliveries.js';
import { EventBindings } from './engine/events/event-bindings.js';
import { LiveEvents } from './engine/events/live/live-events.js';
import { TaskFactsReader } from './engine/events/task-facts.js';
import { TaskerWebhooks } from './engine/events/webhooks/tasker-webhooks.js';
import { WEBHOOK_PROVIDERS } from './engine/events/webhooks/webhook-providers.js';
import { WebhookSubscribers } from './engine/events/webhooks/webhook-subscribers.js';
import { EngineSignals } from './engine/engine-signals.js';
import { ENGINE_OPTIONS } from './engine/engine.tokens.js';
import { configureLogs } from './logging/log-settings.js';
import { StandingDuties } from './engine/maintenance/standing-duties.js';
import { OrchestrationService } from './engine/orchestration.service.js';
import { TaskerRedaction } from './engine/redaction/tasker-redaction.js';
import { DeclaredSchedules } from './engine/schedules/declared-schedules.js';
import { ScheduledTasks } from './engine/schedules/scheduled-tasks.js';
import { TaskerSchedules } from './engine/schedules/tasker-schedules.js';
import { EventHub } from './events/event-hub.js';
import { EventRegistry } from './events/event-registry.js';
import { ListenerExplorer } from './events/listener-explorer.js';
import { StateMachineService } from './engine/state-machine.service.js';
import { TaskEditor } from './engine/task-editor.js';
import { TaskReader } from './engine/task-reader.js';
import { TaskWaiter } from './engine/task-waiter.js';
import { TaskerService } from './engine/tasker.service.js';
import { PostgresWakeup } from './engine/wakeup/postgres-wakeup.js';
import { Wakeup, WAKEUP_DRIVER, type WakeupDriver } from './engine/wakeup/wakeup.js';
import { TaskerWorker } from './engine/worker.js';
import { HealthModule } from './health/health.module.js';
import { ApiTokenStore } from './persistence/api-token-store.js';
import { connectDatabase } from './persistence/connect.js';
import { ControlStore } from './persistence/control-store.js';
import { TaskerDatabase } from './persistence/database.js';
import { DefinitionStore } from './persistence/definition-store.js';
import { EditStore } from './persistence/edit-store.js';
import { TASKER_ENTITIES } from './persistence/entities/tasker-entities.js';
import { Notifications } from './persistence/notifications.js';
import { EventDeliveryStore } from './persistence/event-delivery-store.js';
import { EventOperatorStore } from './persistence/event-operator-store.js';
import { EventStreamStore } from './persistence/event-stream-store.js';
import { EventSubscriberStore } from './persistence/event-subscriber-store.js';
import { OperatorStore } from './persistence/operator-store.js';
import { RetentionStore } from './persistence/retention-store.js';
import { ScheduleStore } from './persistence/schedule-store.js';
import { TaskStore } from './persistence/task-store.js';
import { WorkerStore } from './persistence/worker-store.js';
import { RestModule } from './rest/rest.module.js';
import { TaskerBootstrap } from './tasker.bootstrap.js';
import {
  DEFAULT_WORKER,
  type ResolvedOptions,
  resolveOptions,
  resolveRest,
  type RestOptions,
  type TaskerOptions,
} from './tasker.options.js';
import { OWN_DATA_SOURCE, TASKER_OPTIONS } from './tasker.tokens.js';
import { WorkerLifecycleModule } from './worker-lifecycle.module.js';

/** What must be known before any provider exists, and so stands beside `useFactory` in `forRootAsync`. */
export interface TaskerModuleExtras {
  /** Visible in every module without importing. @default true */
  readonly isGlobal?: boolean;
  /** The name of the host's DataSource (`forRoot` takes it from `database.dataSource`). */
  readonly dataSource?: string;
  /** Where REST and the health probes are mounted; false: nowhere. @default { path: 'tasker' } */
  readonly rest?: false | RestOptions;
}

const CONNECTION = Symbol('TASKER_CONNECTION');

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<TaskerOptions>()
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createTaskerOptions')
  .setExtras<TaskerModuleExtras>({ isGlobal: true, dataSource: undefined, rest: undefined }, (definition, extras) => {
    // For its effect alone: an application with autoLoadEntities then knows our entities too.
    TypeOrmModule.forFeature([...TASKER_ENTITIES], extras.dataSource);
    const global = extras.isGlobal ?? true;
    const engine: DynamicModule = {
      ...definition,
      module: TaskerEngineModule,
      global,
      providers: [
        ...(definition.providers ?? []),
        connectionProvider(extras.dataSource),
        { provide: ROUTES_MOUNTED, useValue: extras.rest !== false },
      ],
    };
    const imports = [engine, WorkerLifecycleModule.on(engine), ...faces(extras.rest, engine)];
    return { module: definition.module, global, imports, exports: [engine] };
  })
  .build();

/** Everything that runs workflows. A module of its own, so that the faces can import it without a circle. */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: TASKER_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: settle },
    { provide: ENGINE_OPTIONS, useExisting: TASKER_OPTIONS },
    { provide: AUTH_SETTINGS, inject: [MODULE_OPTIONS_TOKEN, TASKER_OPTIONS], useFactory: authSettings },
    { provide: Clock, useClass: SystemClock },
    {
      provide: TaskerDatabase,
      inject: [CONNECTION],
      useFactory: (connection: Connection) => connection.database,
    },
    {
      provide: OWN_DATA_SOURCE,
      inject: [CONNECTION],
      useFactory: (connection: Connection) => ({ dataSource: connection.owned }),
    },
    ...onDatabase([DefinitionStore, TaskStore, WorkerStore, Notifications]),
    ...onDatabaseAndClock([ApiTokenStore, ControlStore, EditStore, OperatorStore, RetentionStore, ScheduleStore]),
    ...onDatabaseAndClock([EventStreamStore, EventSubscriberStore, EventDeliveryStore, EventOperatorStore]),
    {
      provide: DoctorService,
      inject: [TaskerDatabase, Clock, Notifications, ENGINE_OPTIONS],
      useFactory: (db: TaskerDatabase, clock: Clock, notifications: Notifications, { worker }: ResolvedOptions) =>
        new DoctorService(db, clock, notifications, (worker ?? DEFAULT_WORKER).poisonLimit),
    },
    {
      provide: Wakeup,
      inject: [Notifications, { token: WAKEUP_DRIVER, optional: true }],
      useFactory: (notifications: Notifications, driver?: WakeupDriver) =>
        driver ? driver(notifications) : new PostgresWakeup(notifications),
    },
    DefinitionRegistry,
    StepHandlerRegistry,
    HandlerExplorer,
    DefinitionLoader,
    DefinitionCatalog,
    TaskerRedaction,
    EngineSignals,
    EventRegistry,
    EventHub,
    ListenerExplorer,
    EventBindings,
    TaskFactsReader,
    ChangeFeed,
    CreationFeed,
    LiveEvents,
    DurableDelivery,
    EventDeliveries,
    ...WEBHOOK_PROVIDERS,
    OrchestrationService,
    StateMachineService,
    ControlService,
    TaskEditor,
    TaskReader,
    TaskWaiter,
    ScheduledTasks,
    DeclaredSchedules,
    TaskerSchedules,
    StandingDuties,
    TaskerWorker,
    TaskerService,
    ApiTokens,
    TaskerAuth,
    TaskerBootstrap,
  ],
  exports: [
    TaskerService,
    StateMachineService,
    ControlService,
    DoctorService,
    EventRegistry,
    EventHub,
    EventBindings,
    EventDeliveries,
    DurableDelivery,
    WebhookSubscribers,
    TaskerWebhooks,
    TaskerSchedules,
    OrchestrationService,
    DefinitionRegistry,
    TaskerWorker,
    TaskerRedaction,
    ApiTokens,
    TaskerAuth,
    TASKER_OPTIONS,
    // For the faces.
    TaskEditor,
    TaskReader,
    LiveEvents,
    TaskFactsReader,
    StepHandlerRegistry,
    ENGINE_OPTIONS,
    Clock,
    TaskerDatabase,
  ],
})
class TaskerEngineModule {}

/**
 * Durable workflows for a Nest application. With no options: the default TypeORM DataSource, handlers found in every
 * module, a worker in this process, REST and health probes under `/tasker`.
 *
 * @example TaskerModule.forRoot({ definitions: ['workflows/*.yaml'], worker: { concurrency: 20 } })
 */
@Module({})
export class TaskerModule extends ConfigurableModuleClass {
  static override forRoot(options: TaskerOptions & TaskerModuleExtras = {}): DynamicModule {
    return super.forRoot({ ...options, dataSource: options.dataSource ?? options.database?.dataSource });
  }
}

function faces(rest: TaskerModuleExtras['rest'], engine: DynamicModule): DynamicModule[] {
  const resolved = resolveRest(rest);
  if (!resolved) return [];
  const routes = [RestModule, HealthModule].map((module) => ({ path: resolved.path, module }));
  return [RestModule.on(engine), HealthModule.on(engine), RouterModule.register(routes)];
}

function settle(options: TaskerOptions): ResolvedOptions {
  const resolved = resolveOptions(options);
  const { logging, redaction, environment } = resolved;
  configureLogs({ ...logging, environment, redactor: new Redactor(redaction) });
  return resolved;
}

function authSettings({ auth }: TaskerOptions, resolved: ResolvedOptions): AuthSettings {
  return { auth: resolved.auth, isUndecided: auth === undefined };
}

type Connection = Awaited<ReturnType<typeof connectDatabase>>;

function connectionProvider(dataSource: string | undefined): Provider {
  return {
    provide: CONNECTION,
    inject: [TASKER_OPTIONS, { token: getDataSourceToken(dataSource), optional: true }],
    useFactory: (options: ResolvedOptions, host?: DataSource) => {
      const named = options.database.dataSource;
      if (named !== undefined && named !== dataSource) {
        throw new ConfigurationError(`The DataSource "${named}" was named by a factory, too late to be injected.`, {
          code: 'INVALID_OPTION',
          hint: `Name it beside useFactory: TaskerModule.forRootAsync({ dataSource: '${named}', useFactory }).`,
          details: { option: 'database.dataSource' },
        });
      }
      return connectDatabase({ ...options.database, dataSource }, host);
    },
  };
}

function onDatabase(stores: (new (db: TaskerDatabase) => unknown)[]): Provider[] {
  return stores.map((Store) => ({
    provide: Store,
    inject: [TaskerDatabase],
    useFactory: (db: TaskerDatabase) => new Store(db),
  }));
}

function onDatabaseAndClock(stores: (new (db: TaskerDatabase, clock: Clock) => unknown)[]): Provider[] {
  return stores.map((Store) => ({
    provide: Store,
    inject: [TaskerDatabase, Clock],
    useFactory: (db: TaskerDatabase, clock: Clock) => new Store(db, clock),
  }));
}
