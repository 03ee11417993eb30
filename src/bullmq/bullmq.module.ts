import { getSharedConfigToken } from '@nestjs/bullmq';
import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { type ConnectionOptions } from 'bullmq';
import { WAKEUP_DRIVER, type WakeupDriver } from '../engine/wakeup/wakeup.js';
import { resolveBullMqOptions, type TaskerBullMqOptions } from './bullmq.options.js';
import { BullMqWakeup } from './bullmq-wakeup.js';

/** What must be known before any provider exists, and so stands beside `useFactory` in `forRootAsync`. */
export interface TaskerBullMqExtras {
  /** The key of the application's `BullModule.forRoot(key, …)` whose connection is used. @default the one without a key */
  readonly configKey?: string;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<TaskerBullMqOptions>()
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createTaskerBullMqOptions')
  .setExtras<TaskerBullMqExtras>({ configKey: undefined }, (definition, { configKey }): DynamicModule => ({
    ...definition,
    // The engine finds the driver without importing this module: it knows nothing of BullMQ.
    global: true,
    providers: [
      ...(definition.providers ?? []),
      {
        provide: WAKEUP_DRIVER,
        inject: [MODULE_OPTIONS_TOKEN, { token: getSharedConfigToken(configKey), optional: true }],
        useFactory: (options: TaskerBullMqOptions, shared?: { connection?: ConnectionOptions }): WakeupDriver => {
          const resolved = resolveBullMqOptions(options, shared);
          return (notifications) => new BullMqWakeup(resolved, notifications);
        },
      },
    ],
    exports: [WAKEUP_DRIVER],
  }))
  .build();

/**
 * Makes BullMQ what wakes the workers: import it once, beside `TaskerModule`. PostgreSQL stays the truth; losing every
 * Redis key costs some latency, never a task.
 *
 * @example imports: [TaskerModule.forRoot(), TaskerBullMqModule.forRoot({ connection: { host: 'redis' } })]
 */
@Module({})
export class TaskerBullMqModule extends ConfigurableModuleClass {
  static override forRoot(options: TaskerBullMqOptions & TaskerBullMqExtras = {}): DynamicModule {
    return super.forRoot(options);
  }
}
