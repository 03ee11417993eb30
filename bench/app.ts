/** The application under measure: a Nest context with the module as a host would import it, and a handler that does nothing. */
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { StepHandler, TaskerModule, TaskerService, type WorkflowDefinition } from 'nestjs-tasker';

@StepHandler('noop')
class Noop implements StepHandler {
  process() {
    return { ok: true };
  }
}

export interface BenchApp {
  readonly context: INestApplicationContext;
  readonly tasker: TaskerService;
  close(): Promise<void>;
}

export async function startApp(
  url: string,
  definitions: readonly WorkflowDefinition[],
  worker: false | { concurrency: number; autoStart?: boolean },
): Promise<BenchApp> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({ type: 'postgres', url, autoLoadEntities: true, poolSize: 8 }),
      TaskerModule.forRoot({ definitions, worker, database: { migrationsRun: true } }),
    ],
    providers: [Noop],
  })
  class App {}

  const context = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  return { context, tasker: context.get(TaskerService), close: () => context.close() };
}
