import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, UnauthorizedException } from '@nestjs/common';
import { jest } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';
import { type Host, startHost } from './support/host.js';
import { type Wire, wireTo } from './support/outage.js';

const ROUTES: [method: string, path: string, body?: object][] = [
  ['POST', '/tasker/tasks', { task: { name: 'anything', context: {} } }],
  ['GET', '/tasker/tasks'],
  ['GET', '/tasker/tasks/1'],
  ['GET', '/tasker/tasks/1/workflow_steps'],
];
let database: TestDatabase;
let host: Host;
beforeEach(async () => {
  database = await createTestDatabase({ label: 'failures' });
});
afterEach(async () => {
  await host.close();
  await database.drop();
});

describe('while the database is away', () => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await wireTo(database.url);
    host = await startHost({ database, tasker: { database: { url: wire.url } } });
  });
  afterEach(() => wire.cut());

  it('every route answers 503 and nothing else, and when it is back, everything works', async () => {
    await host.tasker.createTask({ name: 'anything', context: {} });
    await wire.cut();
    for (const [method, path, body] of ROUTES) {
      const answer = await host.send(method, path, body);
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.body).toEqual({
        correlation_id: expect.stringMatching(/^tsk_/) as string,
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: 'The database cannot be used at the moment. Try again later.',
        code: 'DATABASE_UNAVAILABLE',
      });
    }
    await wire.mend();
    await waitFor(async () => (await host.get('/tasker/tasks/1')).status === 200);
    expect((await host.send(...ROUTES[0]!)).status).toBe(201);
  });

  it('what is asked wrongly is still refused as such', async () => {
    await wire.cut();
    expect((await host.get('/tasker/tasks?limit=0')).status).toBe(400);
    expect((await host.send('POST', '/tasker/tasks', { task: {} })).status).toBe(400);
  });
});

describe('when something breaks that nobody foresaw', () => {
  it('answers 500 without a word about it, and tells the log', async () => {
    host = await startHost({ database });
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query('drop table tasker_task_annotations; alter table tasker_tasks rename column reason to secret');
    await client.end();
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    try {
      for (const [method, path, body] of ROUTES.slice(0, 3)) {
        log.mockClear();
        const answer = await host.send(method, path, body);
        expect([path, answer.status]).toEqual([path, 500]);
        expect(answer.body).toEqual({
          correlation_id: expect.stringMatching(/^tsk_/) as string,
          type: 'about:blank',
          title: 'Internal Server Error',
          status: 500,
          detail: 'The request failed. The log of the application says why.',
          code: 'INTERNAL_ERROR',
        });
        expect(log).toHaveBeenCalledWith(
          expect.stringMatching(`^${method} ${path} failed: .*column`),
          expect.anything(),
        );
      }
    } finally {
      log.mockRestore();
    }
  });
});

@Catch()
class EverythingIsATeapot implements ExceptionFilter {
  catch(_error: unknown, context: ArgumentsHost): void {
    const response = context.switchToHttp().getResponse<{ status(code: number): { json(body: object): void } }>();
    response.status(418).json({ teapot: true });
  }
}

describe('beside the error handling of the host', () => {
  it('answers in its own form, whatever filter the host has for everything', async () => {
    host = await startHost({ database, configure: (app) => app.useGlobalFilters(new EverythingIsATeapot()) });
    expect((await host.get('/tasker/tasks/7')).body).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' });
    expect((await host.send('POST', '/tasker/tasks', [])).body).toMatchObject({ status: 400 });
    // What never reaches us is the host's.
    expect((await host.get('/elsewhere')).status).toBe(418);
    expect((await host.send('POST', '/tasker/tasks', '{"task":')).status).toBe(418);
  });

  it('keeps the status and the words of a guard of the host', async () => {
    const refuse = (): never => {
      throw new UnauthorizedException('Who are you?');
    };
    host = await startHost({ database, configure: (app) => app.useGlobalGuards({ canActivate: refuse }) });
    const answer = await host.get('/tasker/tasks');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body).toMatchObject({ code: 'UNAUTHORIZED', detail: 'Who are you?' });
  });

  it('answers malformed JSON and methods that do not exist as the host does', async () => {
    host = await startHost({ database });
    expect((await host.send('POST', '/tasker/tasks', '{"task":')).status).toBe(400);
    expect((await host.send('POST', '/tasker/tasks', 'null')).status).toBe(400);
    expect((await host.send('POST', '/tasker/tasks', `"${'x'.repeat(200_000)}"`)).status).toBe(413);
    expect((await host.get('/tasker/tasks/%ED%A0%80')).status).toBe(400);
    expect((await host.send('DELETE', '/tasker/tasks')).status).toBe(404);
  });
});
