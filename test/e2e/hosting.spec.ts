/** Where the module may live in a host, and what a host that is set up wrongly is told. */
import { Inject, Injectable, Module, Scope, type DynamicModule, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  ConfigurationError,
  InvalidDefinitionError,
  runMigrations,
  StepHandler,
  TaskerModule,
  type TaskerOptions,
  TaskerService,
  TaskHandler,
  type WorkflowDefinition,
} from 'nestjs-tasker';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { RecordingLogger } from '../support/recording-logger.js';

@Injectable()
class Greeting {
  readonly text = 'hello';
}

@StepHandler('greet')
class Greet implements StepHandler {
  constructor(
    private readonly greeting: Greeting,
    @Inject('PUNCTUATION') private readonly end: string,
  ) {}

  process() {
    return { said: this.greeting.text + this.end };
  }
}

@TaskHandler({ name: 'greet', steps: [{ name: 'greet', handler: Greet }] })
class GreetTask {}

/** A feature module of the host: nothing of ours is imported here. */
@Module({ providers: [Greeting, { provide: 'PUNCTUATION', useValue: '!' }, Greet, GreetTask] })
class FeatureModule {}

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.drop())));

async function database(make: typeof createTestDatabase): Promise<string> {
  const made = await make({ label: 'hosting' });
  databases.push(made);
  return made.url;
}

const host = (url: string, extra: object = {}): DynamicModule =>
  TypeOrmModule.forRoot({ type: 'postgres', url, retryAttempts: 0, ...extra });

async function boot(...imports: (DynamicModule | Type)[]) {
  const app = await Test.createTestingModule({ imports: [...imports, FeatureModule] })
    .setLogger(new RecordingLogger())
    .compile();
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

async function greetThrough(...imports: (DynamicModule | Type)[]) {
  const app = await boot(...imports);
  try {
    const tasker = app.get(TaskerService, { strict: false });
    const { taskId } = await tasker.createTask({ name: 'greet' });
    const task = await tasker.waitForTask(taskId);
    expect(task.steps[0]!.results).toEqual({ said: 'hello!' });
    return app;
  } finally {
    await app.close();
  }
}

async function tablesIn(url: string, schema: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const sql = `select count(*)::int as n from pg_tables where schemaname = $1 and tablename like 'tasker_%'`;
  const { rows } = await client.query<{ n: number }>(sql, [schema]);
  await client.end();
  return rows[0]!.n;
}

describe('the module runs a task', () => {
  it("on the host's default DataSource, with no options at all", async () => {
    const url = await database(createTestDatabase);
    await greetThrough(host(url, { autoLoadEntities: true }), TaskerModule.forRoot());
  });

  it('on a named DataSource', async () => {
    const url = await database(createTestDatabase);
    const named = host(url, { name: 'reporting', autoLoadEntities: true });
    await greetThrough(named, TaskerModule.forRoot({ database: { dataSource: 'reporting' } }));
    const app = await boot(
      named,
      TaskerModule.forRootAsync({ dataSource: 'reporting', useFactory: () => ({ worker: false as const }) }),
    );
    expect(app.get<DataSource>(getDataSourceToken('reporting'), { strict: false }).isInitialized).toBe(true);
    await app.close();
  });

  it('with options that are made asynchronously from what the host injects', async () => {
    const url = await database(createTestDatabase);
    @Module({ providers: [{ provide: 'CONCURRENCY', useValue: 7 }], exports: ['CONCURRENCY'] })
    class Settings {}
    const async = TaskerModule.forRootAsync({
      imports: [Settings],
      inject: ['CONCURRENCY'],
      useFactory: (concurrency: number): TaskerOptions => ({ worker: { concurrency } }),
    });
    await greetThrough(host(url, { autoLoadEntities: true }), async);
  });

  it("in the schema of the host's DataSource", async () => {
    const url = await database(createEmptyDatabase);
    const migrated = TaskerModule.forRoot({ database: { migrationsRun: true } });
    const own = new DataSource({ type: 'postgres', url });
    await own.initialize();
    await own.query('create schema app');
    await own.destroy();
    await greetThrough(host(url, { autoLoadEntities: true, schema: 'app' }), migrated);
    expect(await tablesIn(url, 'app')).toBeGreaterThan(10);
    expect(await tablesIn(url, 'public')).toBe(0);
  });

  it('on a connection of its own, in a schema of its own, beside a host that knows no TypeORM', async () => {
    const url = await database(createEmptyDatabase);
    await greetThrough(
      TaskerModule.forRoot({ database: { url, schema: 'Work Flows', migrationsRun: true, poolSize: 5 } }),
    );
    expect(await tablesIn(url, 'Work Flows')).toBeGreaterThan(10);
    expect(await tablesIn(url, 'public')).toBe(0);
  });

  it('with entities listed by hand', async () => {
    const { TASKER_ENTITIES } = await import('nestjs-tasker');
    const url = await database(createTestDatabase);
    await greetThrough(host(url, { entities: [...TASKER_ENTITIES] }), TaskerModule.forRoot());
  });
});

describe('a host that is set up wrongly is told in one message', () => {
  const refusal = async (...imports: (DynamicModule | Type)[]): Promise<ConfigurationError> => {
    const error: unknown = await boot(...imports).then(
      async (app) => {
        await app.close();
        return undefined;
      },
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  };

  it('that its DataSource does not know our entities, and what to add', async () => {
    const url = await database(createTestDatabase);
    const error = await refusal(host(url), TaskerModule.forRoot());
    expect(error).toMatchObject({ code: 'ENTITIES_MISSING' });
    expect(error.message).toMatch(/autoLoadEntities: true.*entities: \[\.\.\.yours, \.\.\.TASKER_ENTITIES\]/);
  });

  it('that there is no DataSource', async () => {
    const error = await refusal(TaskerModule.forRoot());
    expect(error.message).toMatch(/found no TypeORM DataSource.*database: \{ url \}/);
    const named = await refusal(TaskerModule.forRoot({ database: { dataSource: 'other' } }));
    expect(named.message).toContain('named "other"');
  });

  it('that the tables are missing, and how to make them', async () => {
    const url = await database(createEmptyDatabase);
    const error = await refusal(host(url, { autoLoadEntities: true }), TaskerModule.forRoot());
    expect(error).toMatchObject({ code: 'MIGRATIONS_PENDING' });
    expect(error.message).toMatch(/tasker migrate up.*migrationsRun.*taskerMigrations\(\)/);
  });

  it('that its database is down, without the password', async () => {
    const url = 'postgres://user:s3cret@127.0.0.1:1/nowhere';
    const error = await refusal(TaskerModule.forRoot({ database: { url } }));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).toMatch(/postgres:\/\/127\.0\.0\.1:1\/nowhere.*ECONNREFUSED/);
    expect(JSON.stringify(error) + error.message).not.toContain('s3cret');
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown key', { wroker: {} }, /option "wroker"\. Did you mean "worker"\?/],
    ['an unknown key further in', { worker: { concurency: 3 } }, /"worker\.concurency"\. Did you mean "concurrency"\?/],
    ['a wrong type', { worker: { concurrency: '3' } }, /"worker\.concurrency" must be a whole number.*it is "3"/],
    ['a value out of bounds', { backoff: { jitter: 2 } }, /"backoff\.jitter" must be a number from 0 to 1; it is 2/],
    ['no object', { database: 'x' }, /"database" must be an object/],
    ['options that contradict', { database: { url: 'postgres://h/d', dataSource: 'x' } }, /"database\.dataSource"/],
    ['a schema without a url', { database: { schema: 'x' } }, /"database\.schema".*`schema` on the TypeORM DataSource/],
    [
      'a limit of nothing',
      { limits: { systems: { stripe: { concurrency: 0 } } } },
      /"limits\.systems\.stripe\.concurrency"/,
    ],
    ['an unknown limit', { limits: { systems: { stripe: { rate: 1 } } } }, /"limits\.systems\.stripe\.rate"/],
    ['a breaker without a rate', { limits: { systems: { s: { breaker: {} } } } }, /breaker\.failureRate/],
  ])('about options: %s', async (_name, options, message) => {
    const error = await refusal(TaskerModule.forRoot(options as TaskerOptions));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toMatch(message);
  });
});

describe('definitions', () => {
  it('are refused all at once, with every problem', async () => {
    const url = await database(createTestDatabase);
    @StepHandler('per_request')
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest implements StepHandler {
      process() {}
    }
    const wrong: WorkflowDefinition[] = [
      { name: 'Not A Name', steps: [{ name: 'a', handler: 'nobody' }] },
      {
        name: 'loop',
        steps: [
          { name: 'a', handler: Greet, dependsOn: ['b'] },
          { name: 'b', handler: Greet, dependsOn: ['a'] },
        ],
      },
      { name: 'empty', steps: [] },
    ];
    @Module({ providers: [PerRequest] })
    class Wrong {}
    const error = (await boot(
      host(url, { autoLoadEntities: true }),
      Wrong,
      TaskerModule.forRoot({ definitions: wrong }),
    ).catch((thrown: unknown) => thrown)) as InvalidDefinitionError;
    expect(error).toBeInstanceOf(InvalidDefinitionError);
    expect(new Set(error.issues.map((issue) => issue.code))).toEqual(
      new Set(['INVALID_DEFINITION', 'UNKNOWN_STEP_HANDLER', 'DEPENDENCY_CYCLE', 'REQUEST_SCOPED_HANDLER']),
    );
    expect(error.message).toContain('a → b → a');
  });
});

it('leaves a database that is migrated by hand alone', async () => {
  const url = await database(createEmptyDatabase);
  const dataSource = new DataSource({ type: 'postgres', url });
  await dataSource.initialize();
  expect(await runMigrations(dataSource)).not.toEqual([]);
  await dataSource.destroy();
  await greetThrough(host(url, { autoLoadEntities: true, synchronize: true }), TaskerModule.forRoot());
  expect(await tablesIn(url, 'public')).toBeGreaterThan(10);
});
