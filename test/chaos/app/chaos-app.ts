/** The application under chaos, as a host would write it: a DataSource, the module, handlers. */
import { type INestApplicationContext, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TaskerModule, type TaskerOptions, type WorkflowDefinition } from 'nestjs-tasker';
import { TaskerBullMqModule } from 'nestjs-tasker/bullmq';
import { GRACE_MS, LEASE_MS, POISON_LIMIT, type Setup } from '../setup.js';

class ChaosApp {}

export interface ChaosAppOptions {
  readonly definitions: readonly WorkflowDefinition[];
  readonly providers: readonly Provider[];
  readonly worker: TaskerOptions['worker'];
}

export const WORKER: Exclude<TaskerOptions['worker'], false> = {
  concurrency: 16,
  leaseMs: LEASE_MS,
  poisonLimit: POISON_LIMIT,
  shutdownGraceMs: GRACE_MS,
};

/** Starts it; SIGTERM then closes it in the way Nest does. */
export async function startChaosApp(
  { url, redis }: Setup,
  { definitions, providers, worker }: ChaosAppOptions,
): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(
    {
      module: ChaosApp,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          autoLoadEntities: true,
          poolSize: 10,
          applicationName: `chaos-app-${process.pid}`,
          retryAttempts: 100,
          retryDelay: 100,
          verboseRetryLog: false,
        }),
        TaskerModule.forRoot({
          definitions,
          worker,
          rest: false,
          backoff: { delaysSeconds: [0.05, 0.1, 0.3, 0.6, 1], maxSeconds: 1 },
          execution: { stepTimeoutSeconds: 2 },
        }),
        ...(redis
          ? [
              TaskerBullMqModule.forRoot({
                connection: { url: redis.url, connectionName: redis.name },
                prefix: redis.name,
              }),
            ]
          : []),
      ],
      providers: [...providers],
    },
    { logger: ['error', 'warn'], abortOnError: false },
  );
  app.enableShutdownHooks();
  return app;
}
