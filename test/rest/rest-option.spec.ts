import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { ConfigurationError, TaskerModule, type TaskerModuleExtras, TaskerService } from 'nestjs-tasker';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type HostOptions, startHost } from './support/host.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ label: 'rest_option' });
});
afterAll(() => database.drop());

/** The statuses that a host with these options answers. */
async function statuses(options: HostOptions, ...paths: string[]): Promise<number[]> {
  const host = await startHost({ database, ...options });
  try {
    return (await Promise.all(paths.map((path) => host.get(path)))).map(({ status }) => status);
  } finally {
    await host.close();
  }
}

@Injectable()
class Uses {
  constructor(readonly tasker: TaskerService) {}
}

@Controller('own')
class Own {
  @Get() get() {
    return 'own';
  }
}

describe('the option rest', () => {
  it.each(['flows', '/flows', 'flows/', 'internal/flows.v1', '~a_b-c'])('mounts under %s', async (path) => {
    const base = `/${path.replace(/^\/|\/$/g, '')}`;
    const given = await statuses(
      { tasker: { rest: { path } } },
      `${base}/tasks`,
      `${base}/health/live`,
      '/tasker/tasks',
    );
    expect(given).toEqual([200, 200, 404]);
  });

  it('mounts under /tasker when it is empty', async () => {
    expect(await statuses({ tasker: { rest: {} } }, '/tasker/tasks', '/tasker/health/ready')).toEqual([200, 200]);
  });

  it('mounts nothing when it is false, and leaves the host alone', async () => {
    const paths = ['/tasker/tasks', '/tasker/tasks/1', '/tasker/health/live', '/tasks', '/own'];
    const given = await statuses({ tasker: { rest: false }, module: { controllers: [Own] } }, ...paths);
    expect(given).toEqual([404, 404, 404, 404, 200]);
  });

  it('leaves the routes of the host where they are', async () => {
    expect(await statuses({ module: { controllers: [Own] } }, '/own', '/tasker/own')).toEqual([200, 404]);
  });

  it('does not leak from one application of a process into another', async () => {
    const other = await startHost({ database, tasker: { rest: { path: 'other' } } });
    expect(await statuses({}, '/tasker/tasks', '/other/tasks')).toEqual([200, 404]);
    expect((await other.get('/other/tasks')).status).toBe(200);
    await other.close();
  });

  it.each<[given: unknown, names: string]>([
    [true, '"rest" must be false or an object; it is true'],
    ['tasker', '"rest" must be false or an object; it is "tasker"'],
    [null, '"rest" must be false or an object; it is null'],
    [[], '"rest" must be an object'],
    [{ pth: 'x' }, 'does not know the option "rest.pth". Did you mean "path"?'],
    [{ path: 7 }, "\"rest.path\" must be a path such as 'tasker' or 'internal/tasker'; it is 7"],
    [{ path: '' }, '"rest.path" must be a path'],
    [{ path: '/' }, '"rest.path" must be a path'],
    [{ path: 'a b' }, '"rest.path" must be a path'],
    [{ path: 'a//b' }, '"rest.path" must be a path'],
    [{ path: ':tenant/tasker' }, '"rest.path" must be a path'],
    [{ path: '../tasker' }, '"rest.path" must be a path'],
    [{ path: 'https://x/y' }, '"rest.path" must be a path'],
  ])('refuses %j with one message', (given, names) => {
    const extras = { rest: given } as TaskerModuleExtras;
    for (const setUp of [
      () => TaskerModule.forRoot(extras),
      () => TaskerModule.forRootAsync({ ...extras, useFactory: () => ({}) }),
    ]) {
      expect(setUp).toThrow(ConfigurationError);
      expect(setUp).toThrow(names);
    }
  });

  it('stands beside useFactory in forRootAsync', async () => {
    const options = { definitions: [], worker: false as const, database: { url: database.url } };
    const tasker = TaskerModule.forRootAsync({ rest: { path: 'flows' }, useFactory: () => options });
    const app = (await Test.createTestingModule({ imports: [tasker] }).compile()).createNestApplication();
    await app.listen(0);
    expect((await fetch(`${await app.getUrl()}/flows/tasks`)).status).toBe(200);
    await app.close();
  });

  it('cannot come from the factory, and says so', async () => {
    const late = { rest: false, database: { url: database.url } } as object;
    const building = Test.createTestingModule({ imports: [TaskerModule.forRootAsync({ useFactory: () => late })] });
    await expect(building.compile()).rejects.toThrow(/got the option "rest" from a factory.*forRootAsync\(\{ rest/);
  });
});

describe('the module that REST stands on', () => {
  it('need not be global', async () => {
    const tasker = { isGlobal: false };
    expect(await statuses({ tasker, module: { providers: [Uses] } }, '/tasker/tasks')).toEqual([200]);
  });

  it('exists once: what REST creates, an injected TaskerService waits for', async () => {
    const host = await startHost({ database, tasker: { worker: {} }, module: { providers: [Uses] } });
    const { task } = (await host.send('POST', '/tasker/tasks', { name: 'anything', context: {} })).body as {
      task: { task_id: number };
    };
    expect(await host.app.get(Uses).tasker.waitForTask(task.task_id)).toMatchObject({ state: 'complete' });
    expect(host.app.get(Uses).tasker).toBe(host.tasker);
    await host.close();
  });

  it('starts in an application that has no HTTP at all', async () => {
    @Module({ imports: [TaskerModule.forRoot({ definitions: [], worker: false, database: { url: database.url } })] })
    class Worker {}
    const context = await NestFactory.createApplicationContext(Worker, { logger: false, abortOnError: false });
    expect(await context.get(TaskerService).listTasks({ limit: 1 })).toBeInstanceOf(Array);
    await context.close();
  });
});
