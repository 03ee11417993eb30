import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { APP_GUARD } from '@nestjs/core';
import {
  correlationHeaders,
  currentCorrelationId,
  isCorrelationId,
  type StepContext,
  StepHandler,
  TaskerService,
  type WorkflowDefinition,
} from 'nestjs-tasker';
import { type Host, type Platform, startHost } from './support/host.js';

const HEADER = 'x-correlation-id';

/** Another system, which remembers the ids it was called with. */
class Elsewhere {
  readonly heard: (string | string[] | undefined)[] = [];
  private server: Server | undefined;

  async url(): Promise<string> {
    this.server ??= createServer((request, response) => {
      this.heard.push(request.headers[HEADER]);
      response.end();
    });
    if (!this.server.listening) await new Promise<void>((done) => this.server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async onModuleDestroy(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => (this.server ? this.server.close(done) : done(undefined)));
  }
}

@StepHandler('call_and_follow')
class CallAndFollow implements StepHandler {
  constructor(
    private readonly tasker: TaskerService,
    private readonly elsewhere: Elsewhere,
  ) {}

  async process({ task, attempt }: StepContext) {
    if (attempt === 1) throw new Error('not yet');
    await fetch(await this.elsewhere.url(), { headers: correlationHeaders() });
    const followUp = await this.tasker.createTask({ name: 'follow_up' });
    return { seen: currentCorrelationId(), of: task.correlationId, follow_up: followUp.taskId };
  }
}

const backoff = { delaysSeconds: [0], jitter: 0 };
const WORKFLOWS: WorkflowDefinition[] = [
  { name: 'caller', steps: [{ name: 'call', handler: 'call_and_follow', backoff }] },
  { name: 'follow_up', steps: [{ name: 'work', handler: 'work' }] },
];

describe.each<Platform>(['express', 'fastify'])('on %s', (platform) => {
  let host: Host;

  beforeAll(async () => {
    const guard = {
      provide: APP_GUARD,
      useValue: {
        canActivate: (context: { switchToHttp(): { getRequest(): { headers: Record<string, unknown> } } }) =>
          context.switchToHttp().getRequest().headers['x-forbidden'] === undefined,
      },
    };
    host = await startHost({
      platform,
      tasker: { definitions: WORKFLOWS, worker: {}, logging: { level: 'error' } },
      module: { providers: [CallAndFollow, Elsewhere, guard] },
    });
  });
  afterAll(() => host.close());

  const create = async (headers: Record<string, string> = {}, task: object = {}) => {
    const answer = await host.send('POST', '/tasker/tasks', { name: 'caller', context: {}, ...task }, headers);
    return { answer, task: (answer.body as { task: { task_id: number; correlation_id: string } }).task };
  };

  it('takes the id of the header for the task, and says it in the answer', async () => {
    const { answer, task } = await create({ [HEADER]: 'trace:7.1_a-b' });
    expect(answer.headers.get(HEADER)).toBe('trace:7.1_a-b');
    expect(task.correlation_id).toBe('trace:7.1_a-b');
  });

  it('makes a new one when there is none, the same for answer and task', async () => {
    const { answer, task } = await create();
    expect(answer.headers.get(HEADER)).toMatch(/^tsk_/);
    expect(task.correlation_id).toBe(answer.headers.get(HEADER));
  });

  it.each(['has space', '-dash', 'x'.repeat(101), 'semi;colon', ''])('makes a new one for %j', async (header) => {
    const { answer, task } = await create({ [HEADER]: header });
    expect(answer.headers.get(HEADER)).toMatch(/^tsk_/);
    expect(task.correlation_id).toBe(answer.headers.get(HEADER));
  });

  it('lets the body name another one for the task', async () => {
    const { answer, task } = await create({ [HEADER]: 'req-8' }, { correlation_id: 'order/8' });
    expect(answer.headers.get(HEADER)).toBe('req-8');
    expect(task.correlation_id).toBe('order/8');
  });

  it('says it on every route', async () => {
    const { task } = await create();
    const paths = [
      'tasks',
      `tasks/${task.task_id}`,
      `tasks/${task.task_id}/workflow_steps`,
      'health/live',
      'health/ready',
    ];
    for (const path of paths) {
      const answer = await host.send('GET', `/tasker/${path}`, undefined, { [HEADER]: 'req-9' });
      expect([path, answer.status, answer.headers.get(HEADER)]).toEqual([path, 200, 'req-9']);
    }
  });

  it.each([
    [404, 'GET', '/tasker/tasks/999999', {}],
    [400, 'GET', '/tasker/tasks?limit=x', {}],
    [403, 'GET', '/tasker/tasks', { 'x-forbidden': 'yes' }],
    [400, 'POST', '/tasker/tasks', {}],
  ])('puts it into the problem of a %i', async (status, method, path, headers) => {
    const body = method === 'POST' ? { name: 'nobody knows', context: {} } : undefined;
    const known = await host.send(method, path, body, { ...headers, [HEADER]: 'req-10' });
    expect(known.status).toBe(status);
    expect(known.headers.get(HEADER)).toBe('req-10');
    expect(known.body).toMatchObject({ status, correlation_id: 'req-10' });
    const unknown = await host.send(method, path, body, headers);
    const made = (unknown.body as { correlation_id: string }).correlation_id;
    expect(isCorrelationId(made)).toBe(true);
    expect(unknown.headers.get(HEADER)).toBe(made);
  });

  it('goes on through step, retry, outgoing call and the tasks that the step creates', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `req-${platform}-${i}`);
    const created = await Promise.all(ids.map((id) => create({ [HEADER]: id })));
    for (const [index, { task }] of created.entries()) {
      const done = await host.tasker.waitForTask(task.task_id);
      const results = done.steps[0]!.results as { follow_up: number };
      expect(results).toMatchObject({ seen: ids[index], of: ids[index] });
      expect((await host.tasker.getTask(results.follow_up)).correlationId).toBe(ids[index]);
      const found = await host.get(`/tasker/tasks?correlation_id=${ids[index]}`);
      expect((found.body as { tasks: unknown[] }).tasks).toHaveLength(2);
    }
    expect([...host.app.get(Elsewhere).heard].filter((id) => String(id).startsWith('req-')).sort()).toEqual(
      [...ids].sort(),
    );
  });
});
