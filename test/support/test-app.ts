/** A real Nest application with the module in it, as a host would set it up, on a database of the test's own. */
import { type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  Clock,
  StateMachineService,
  TaskerModule,
  type TaskerOptions,
  TaskerService,
  TaskerWorker,
  type WorkflowDefinition,
} from 'nestjs-tasker';
import { type FakeClock } from 'nestjs-tasker/testing';
import { DataSource } from 'typeorm';
import { type TestDatabase } from './database.js';
import { RecordingLogger } from './recording-logger.js';

export interface TestAppOptions {
  readonly definitions?: readonly WorkflowDefinition[];
  /** `@StepHandler` classes and what they inject. */
  readonly providers?: readonly Provider[];
  /** Time then stands still unless the test moves it. @default the database's own clock */
  readonly clock?: FakeClock;
  /** The module's other options. */
  readonly options?: Omit<TaskerOptions, 'definitions'>;
  readonly poolSize?: number;
  /** What PostgreSQL calls the connections, so that a test can tell them apart. @default 'test-app' */
  readonly name?: string;
}

export interface TestApp {
  readonly app: TestingModule;
  readonly tasker: TaskerService;
  readonly worker: TaskerWorker;
  readonly machine: StateMachineService;
  readonly dataSource: DataSource;
  readonly clock: FakeClock | undefined;
  readonly logger: RecordingLogger;
  /** Any provider, also of the inner rooms. */
  get<T>(type: Type<T> | (abstract new (...args: never[]) => T)): T;
  /** `app.close()`. May be called again. */
  close(): Promise<void>;
}

export async function startTestApp(
  database: Pick<TestDatabase, 'url'>,
  { definitions = [], providers = [], clock, options, poolSize = 8, name = 'test-app' }: TestAppOptions = {},
): Promise<TestApp> {
  const logger = new RecordingLogger();
  const builder = Test.createTestingModule({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: database.url,
        autoLoadEntities: true,
        retryAttempts: 0,
        poolSize,
        applicationName: name,
        logging: false,
      }),
      TaskerModule.forRoot({ ...options, definitions }),
    ],
    providers: [...providers],
  }).setLogger(logger);
  if (clock) builder.overrideProvider(Clock).useValue(clock);
  const app = await builder.compile();
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    app,
    tasker: app.get(TaskerService),
    worker: app.get(TaskerWorker),
    machine: app.get(StateMachineService),
    dataSource: app.get(DataSource),
    clock,
    logger,
    get: (type) => app.get(type as Type, { strict: false }),
    close: () => (closing ??= app.close()),
  };
}
