import { type DynamicModule, Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { DurableDelivery } from './engine/events/durable/durable-delivery.js';
import { EventBindings } from './engine/events/event-bindings.js';
import { TaskerWorker } from './engine/worker.js';
import { type ResolvedOptions } from './tasker.options.js';
import { TASKER_OPTIONS } from './tasker.tokens.js';

/**
 * Starts the worker and the delivery of events after everything else of the application has started, and stops it before anything else stops: a
 * step that is still running finds the services of the host as it left them.
 *
 * Nest calls the hooks of a module by its distance from the root, and those of a global module first at the start and
 * last at the end: the wrong way round for what uses all the others. So the module that has only this duty puts itself
 * at the near end.
 */
@Module({})
export class WorkerLifecycleModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly worker: TaskerWorker,
    private readonly bindings: EventBindings,
    private readonly delivery: DurableDelivery,
    @Inject(TASKER_OPTIONS) private readonly options: ResolvedOptions,
    modules: ModulesContainer,
  ) {
    for (const module of modules.values()) if (module.metatype === WorkerLifecycleModule) module.distance = -1;
  }

  static on(engine: DynamicModule): DynamicModule {
    return { module: WorkerLifecycleModule, imports: [engine] };
  }

  async onApplicationBootstrap(): Promise<void> {
    // Before the worker: one that is new hears of everything that this worker does.
    if (this.options.events.delivery) await this.delivery.start(this.bindings.durableSubscribers);
    if (this.options.worker?.autoStart) await this.worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.stop();
    await this.delivery.stop();
  }
}
