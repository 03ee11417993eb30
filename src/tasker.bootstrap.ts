import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { ConfigurationError } from './core/errors.js';
import { DefinitionLoader } from './definitions/definition-loader.js';
import { DefinitionRegistry } from './definitions/definition-registry.js';
import { HandlerExplorer } from './definitions/handler-explorer.js';
import { StepHandlerRegistry } from './definitions/step-handler-registry.js';
import { ControlService } from './engine/control.service.js';
import { DefinitionCatalog } from './engine/definition-catalog.js';
import { DeclaredSchedules } from './engine/schedules/declared-schedules.js';
import { EventBindings } from './engine/events/event-bindings.js';
import { DeclaredWebhooks } from './engine/events/webhooks/declared-webhooks.js';
import { TaskerDatabase } from './persistence/database.js';
import { runMigrations, schemaVersion, wantedSchemaVersion } from './persistence/migrations.js';
import { Notifications } from './persistence/notifications.js';
import { type ResolvedOptions } from './tasker.options.js';
import { OWN_DATA_SOURCE, TASKER_OPTIONS } from './tasker.tokens.js';
import { TaskerLogger } from './logging/tasker-logger.js';

/**
 * The order of a start: definitions (all problems at once) → registries frozen → events and who hears of them →
 * migrations → snapshots, schedules, webhooks and limits stored. The worker comes last of all, see `worker-lifecycle.module.ts`.
 */
@Injectable()
export class TaskerBootstrap implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new TaskerLogger('Tasker');

  constructor(
    private readonly explorer: HandlerExplorer,
    private readonly loader: DefinitionLoader,
    private readonly definitions: DefinitionRegistry,
    private readonly handlers: StepHandlerRegistry,
    private readonly catalog: DefinitionCatalog,
    private readonly schedules: DeclaredSchedules,
    private readonly webhooks: DeclaredWebhooks,
    private readonly database: TaskerDatabase,
    private readonly notifications: Notifications,
    private readonly controls: ControlService,
    private readonly events: EventBindings,
    @Inject(TASKER_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(OWN_DATA_SOURCE) private readonly ownDataSource: { dataSource: DataSource | null },
  ) {}

  async onModuleInit(): Promise<void> {
    const { environment, strictContext, definitions } = this.options;
    const report = await this.loader.load(
      { definitions, environment, strictContext, env: process.env, ignoreHandlers: this.options.worker === null },
      this.explorer.explore(),
    );
    this.definitions.freeze();
    this.handlers.freeze();
    for (const warning of report.warnings) this.logger.warn(warning);
    this.events.bind(this.options.customEvents);
    await this.migrate();
    await this.catalog.publish();
    await this.schedules.publish();
    await this.webhooks.publish();
    const { limits } = this.options;
    if (limits.namespaces ?? limits.systems) await this.controls.applyLimits(limits);
    this.notifications.start();
    const { worker } = this.options;
    const running = worker ? `a worker with ${worker.concurrency} slots` : 'no worker';
    this.logger.log(
      `${this.definitions.size} workflows, ${this.handlers.entries().length} step handlers, ${running}, schema "${this.database.schema}".`,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.notifications.stop();
    await this.ownDataSource.dataSource?.destroy();
  }

  private async migrate(): Promise<void> {
    const { dataSource, schema } = this.database;
    if (this.options.database.migrationsRun) {
      const applied = await runMigrations(dataSource, schema);
      if (applied.length > 0) this.logger.log(`Applied ${applied.length} migrations in schema "${schema}".`);
      return;
    }
    const version = await schemaVersion(dataSource, schema);
    const wanted = wantedSchemaVersion();
    if (version >= wanted) return;
    const found = version === 0 ? 'has none of the tables of nestjs-tasker' : `is at version ${version} of ${wanted}`;
    throw new ConfigurationError(`The database schema "${schema}" ${found}.`, {
      code: 'MIGRATIONS_PENDING',
      hint: 'Run `npx tasker migrate up`, set database: { migrationsRun: true }, or add taskerMigrations() to your own migrations.',
      details: { schema, version, wanted },
    });
  }
}
