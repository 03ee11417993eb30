import { type DynamicModule, Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { DurableDelivery } from './engine/events/durable/durable-delivery.js';
import { EventBindings } from './engine/events/event-bindings.js';
import { WebhookSubscribers } from './engine/events/webhooks/webhook-subscribers.js';
import { type DurableSubscriber } from './events/durable-subscriber.js';
import { TaskerWorker } from './engine/worker.js';
import { TaskerLogger } from './logging/tasker-logger.js';
import { type ResolvedOptions } from './tasker.options.js';
import { TASKER_OPTIONS } from './tasker.tokens.js';

/**
 * Starts the worker and the delivery of events after everything else of the application has started, and stops them before
 * anything else stops: a step that is still running finds the services of the host as it left them.
 *
 * Nest calls the hooks of a module by its distance from the root, and those of a global module first at the start and
 * last at the end: the wrong way round for what uses all the others. So the module that has only this duty puts itself
 * at the near end.
 */
@Module({})
export class WorkerLifecycleModule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new TaskerLogger('Tasker');

  constructor(
    private readonly worker: TaskerWorker,
    private readonly bindings: EventBindings,
    private readonly delivery: DurableDelivery,
    private readonly webhooks: WebhookSubscribers,
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
    if (this.options.events.delivery) await this.deliver();
    if (this.options.worker?.autoStart) await this.worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.stop();
    await this.webhooks.stop();
    await this.delivery.stop();
  }

  private async deliver(): Promise<void> {
    const subscribers = (): readonly DurableSubscriber[] => [
      ...this.bindings.durableSubscribers,
      ...this.webhooks.current,
    ];
    await this.webhooks.start();
    this.webhooks.onChange(() => {
      this.delivery.update(subscribers()).catch((error: unknown) => {
        this.logger.error(`A change of webhooks is not followed: ${String(error)}`);
      });
    });
    await this.delivery.start(subscribers());
  }
}
