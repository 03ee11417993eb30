import { type DynamicModule, Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { TaskerWorker } from './engine/worker.js';
import { type ResolvedOptions } from './tasker.options.js';
import { TASKER_OPTIONS } from './tasker.tokens.js';

/**
 * Starts the worker after everything else of the application has started, and stops it before anything else stops: a
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
    @Inject(TASKER_OPTIONS) private readonly options: ResolvedOptions,
    modules: ModulesContainer,
  ) {
    for (const module of modules.values()) if (module.metatype === WorkerLifecycleModule) module.distance = -1;
  }

  static on(engine: DynamicModule): DynamicModule {
    return { module: WorkerLifecycleModule, imports: [engine] };
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.options.worker?.autoStart) await this.worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.stop();
  }
}
