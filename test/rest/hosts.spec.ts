import { type INestApplication, type NestInterceptor, ValidationPipe, VersioningType } from '@nestjs/common';
import { map } from 'rxjs';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type Host, type HostOptions, type Platform, startHost } from './support/host.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ label: 'hosts' });
});
afterAll(() => database.drop());

async function withHost(options: HostOptions, work: (host: Host) => Promise<void>): Promise<void> {
  const host = await startHost({ database, ...options });
  try {
    await work(host);
  } finally {
    await host.close();
  }
}

const pipe = (options: object) => (app: INestApplication) => app.useGlobalPipes(new ValidationPipe(options));
const EVERYTHING = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true, transform: true };
const CONVERTING = { ...EVERYTHING, transformOptions: { enableImplicitConversion: true } };

const HOSTS: [what: string, prefix: string, configure: (app: INestApplication) => void][] = [
  ['nothing of its own', '', () => undefined],
  ['a pipe that strips', '', pipe({ whitelist: true })],
  ['a pipe that forbids', '', pipe({ whitelist: true, forbidNonWhitelisted: true })],
  ['a pipe that converts', '', pipe({ transform: true })],
  ['a pipe that does everything', '', pipe(EVERYTHING)],
  ['a pipe that converts what it can', '', pipe(CONVERTING)],
  ['a global prefix', '/api', (app) => app.setGlobalPrefix('api')],
  ['versions in the path', '', (app) => app.enableVersioning({ type: VersioningType.URI })],
  ['a default version', '', (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' })],
  ['versions in a header', '', (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'v' })],
  [
    'prefix, version and pipe',
    '/api/x',
    (app) => {
      app.setGlobalPrefix('/api/x/').enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] });
      pipe(CONVERTING)(app);
    },
  ],
];
const platforms: Platform[] = ['express', 'fastify'];

describe.each(platforms)('on %s, in a host with', (platform) => {
  it.each(HOSTS)('%s', async (_what, prefix, configure) => {
    await withHost({ platform, configure }, async (host) => {
      const context = { order_id: 7, cart: ['1', 'true'] };
      const order = { name: 'process_order', namespace: 'ecommerce', version: '1.0.0', tags: ['1'], context };
      const created = await host.send('POST', `${prefix}/tasker/tasks`, { task: order });
      expect([created.status, created.headers.get('content-type')]).toEqual([201, 'application/json; charset=utf-8']);
      const { task } = created.body as { task: { task_id: number } };
      expect(task).toMatchObject({ ...order, context });

      expect((await host.get(`${prefix}/tasker/tasks/${task.task_id}`)).body).toEqual({ task });
      const list = await host.get(`${prefix}/tasker/tasks?limit=1&sort_order=desc&tag=1`);
      expect(list.body).toMatchObject({ tasks: [{ task_id: task.task_id }], paging: { limit: 1 } });
      const steps = await host.get(`${prefix}/tasker/tasks/${task.task_id}/workflow_steps?offset=4`);
      expect(steps.body).toMatchObject({ steps: [{ name: 'invoice' }] });
      expect((await host.get(`${prefix}/tasker/health/live`)).status).toBe(200);
      expect((await host.get(`${prefix}/tasker/health/ready`)).status).toBe(200);

      const refusals = [
        await host.send('POST', `${prefix}/tasker/tasks`, { task: { ...order, nme: 'x', priority: '5' } }),
        await host.send('POST', `${prefix}/tasker/tasks`, []),
        await host.send('POST', `${prefix}/tasker/tasks`),
        await host.get(`${prefix}/tasker/tasks?limit=1&limit=2&nme=x`),
        await host.get(`${prefix}/tasker/tasks/1e3`),
      ];
      const fields = refusals.map(({ body }) =>
        (body as { errors: { path: string }[] }).errors.map(({ path }) => path),
      );
      expect(fields).toEqual([['priority', 'nme'], [''], [''], ['limit', 'nme'], ['id']]);
      for (const { status, headers } of refusals) {
        expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
      }
      expect((await host.get(`${prefix}/tasker/tasks/999999999`)).status).toBe(404);
    });
  });

  it('an interceptor that wraps every answer: ours too, as it asked for', async () => {
    const wrap: NestInterceptor = {
      intercept: (_context, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
    };
    const wrapping = {
      platform,
      reshapes: true,
      configure: (app: INestApplication) => app.useGlobalInterceptors(wrap),
    };
    await withHost(wrapping, async (host) => {
      expect((await host.get('/tasker/tasks?limit=1')).body).toMatchObject({ data: { paging: { limit: 1 } } });
      const created = await host.send('POST', '/tasker/tasks', { name: 'anything', context: {} });
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject({ data: { task: { name: 'anything' } } });
      expect((await host.get('/tasker/tasks/abc')).body).toMatchObject({ status: 400 });
    });
  });
});

describe('in a host that parses query strings into objects', () => {
  it('still takes text for text', async () => {
    const configure = (app: INestApplication) =>
      (app as { set?(key: string, value: string): void }).set?.('query parser', 'extended');
    await withHost({ configure }, async (host) => {
      const refused = ['limit[a]=1', 'limit[]=1&limit[]=2', 'name[x]=y', 'state[a][b]=error', 'tag[0][x]=1'];
      for (const query of refused)
        expect([query, (await host.get(`/tasker/tasks?${query}`)).status]).toEqual([query, 400]);
      expect((await host.get('/tasker/tasks?state[]=error&state[]=pending&tag[0]=a')).status).toBe(200);
    });
  });
});
