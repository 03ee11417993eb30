/** Every route there is, for everybody there may be. A route that is new is in here by itself. */
import { Controller, Get, Module } from '@nestjs/common';
import { type Authenticator, type AuthRequest, type PrincipalInput } from 'nestjs-tasker';
import { TaskerAuthGuard } from '../../src/auth/tasker-auth.guard.js';
import { OPEN, type Requirement } from '../../src/auth/requires.decorator.js';
import { RestController } from '../../src/rest/route.decorators.js';
import { type Answer, type Host, startHost } from './support/host.js';
import { type Route, routesOf } from './support/routes.js';

/** Takes everybody at their word. */
const gullible: Authenticator = {
  authenticate: (request: AuthRequest) => {
    const header = request.header('x-who');
    return header === undefined ? null : (JSON.parse(header) as PrincipalInput);
  },
};

@RestController('tasks-of-nobody')
class ForgottenController {
  @Get()
  get() {
    return { secret: true };
  }
}

@Controller('of-the-host')
class HostController {
  @Get()
  get() {
    return { mine: true };
  }
}

@Module({ controllers: [HostController] })
class HostModule {}

let host: Host;
let routes: Route[];
/** A task of the namespace `ecommerce` and one of `default`, with a step each. */
let mine: { task: number; step: number };
let other: { task: number; step: number };
beforeAll(async () => {
  host = await startHost({
    tasker: { auth: { authenticators: [gullible], roles: { viewer: ['*.index', '*.show'] } } },
    module: { imports: [HostModule], controllers: [ForgottenController] },
  });
  routes = routesOf(host);
});
beforeEach(async () => {
  mine = await create('ecommerce', 'process_order', { order_id: 7 });
  other = await create('default', 'anything', { secret: 'of default' });
});
afterAll(() => host.close());

async function create(namespace: string, name: string, context: Record<string, unknown>) {
  const { taskId } = await host.tasker.createTask({ namespace, name, version: 'latest', context });
  const [step] = await host.tasker.listSteps(taskId);
  return { task: taskId, step: step!.stepId };
}

const who = (principal: Partial<PrincipalInput>) => ({
  'x-who': JSON.stringify({ subject: 'somebody', ...principal }),
});

/** Asks a route about a task; a stream is left once its headers are there. */
async function ask(route: Route, about: { task: number; step: number }, headers: Record<string, string>) {
  const params: Record<string, string> = { namespace: about === mine ? 'ecommerce' : 'default', name: 'process_order' };
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    if (name === 'task_id') return String(about.task);
    if (name === 'id') return String(route.path.includes(':task_id') ? about.step : about.task);
    return params[name] ?? 'missing';
  });
  const controller = new AbortController();
  const response = await fetch(`${host.url}/tasker${path}`, {
    method: route.method,
    headers: { ...headers, ...(BODIED.has(route.method) && { 'content-type': 'application/json' }) },
    body: BODIED.has(route.method) ? '{}' : undefined,
    signal: controller.signal,
  });
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = streams ? '' : await response.text();
  if (streams) controller.abort();
  return { status: response.status, headers: response.headers, text };
}
const BODIED = new Set(['POST', 'PUT', 'PATCH']);

const guarded = () => routes.filter(({ requirement }) => requirement !== OPEN);
const permissionOf = ({ requirement }: Route) => {
  const { resource, action } = requirement as Requirement;
  return `${resource}.${action}`;
};
/** What everybody gets who asks for each of these routes, by the route. */
async function answers(of: Route[], work: (route: Route) => Promise<{ readonly status: number }>) {
  const found: Record<string, number> = {};
  for (const route of of) found[route.name] = (await work(route)).status;
  return found;
}
const all = (of: Route[], status: number) => Object.fromEntries(of.map(({ name }) => [name, status]));

describe('every route', () => {
  it('has our guard, and says what it needs', () => {
    expect(routes.length).toBeGreaterThan(4);
    const unguarded = routes.filter(({ guards }) => !guards.includes(TaskerAuthGuard));
    const silent = routes.filter(({ requirement }) => requirement === undefined);
    expect([...unguarded, ...silent].map(({ name }) => name)).toEqual([]);
  });

  it('is closed, but for the probes', () => {
    const open = routes.filter(({ requirement }) => requirement === OPEN).map(({ name }) => name);
    expect(open.sort()).toEqual(['GET /health/live', 'GET /health/ready']);
  });

  it('is refused to those who say nothing of themselves, but for the probes', async () => {
    expect(await answers(guarded(), (route) => ask(route, mine, {}))).toEqual(all(guarded(), 401));
    for (const path of ['live', 'ready']) expect((await host.get(`/tasker/health/${path}`)).status).toBe(200);
  });

  it('is refused to those whose credential nobody knows', async () => {
    const headers = { authorization: 'Bearer nonsense' };
    expect(await answers(guarded(), (route) => ask(route, mine, headers))).toEqual(all(guarded(), 401));
  });

  it('is refused to those who may do everything else', async () => {
    const { PERMISSIONS } = await import('../../src/auth/permissions.js');
    const except = (route: Route) => PERMISSIONS.filter((permission) => permission !== permissionOf(route));
    const found = await answers(guarded(), (route) => ask(route, mine, who({ permissions: except(route) })));
    expect(found).toEqual(all(guarded(), 403));
  });

  it('lets those through who may do this and nothing else', async () => {
    for (const route of guarded()) {
      const { status } = await ask(route, mine, who({ permissions: [permissionOf(route)] }));
      expect([route.name, [401, 403, 500].includes(status)]).toEqual([route.name, false]);
    }
  });

  it('lets those through who may do it in this namespace', async () => {
    for (const route of guarded()) {
      const principal = who({ permissions: [permissionOf(route)], namespaces: ['ecommerce', 'default'] });
      const { status } = await ask(route, mine, principal);
      const { scope } = route.requirement as Requirement;
      expect([route.name, status === 401 || status === 500 || (status === 403 && scope !== 'all')]).toEqual([
        route.name,
        false,
      ]);
    }
  });

  it('shows and does nothing in another namespace', async () => {
    for (const route of guarded()) {
      const { scope } = route.requirement as Requirement;
      const answer = await ask(route, other, who({ permissions: ['*'], namespaces: ['ecommerce'] }));
      const expected =
        typeof scope === 'object'
          ? 'task' in scope
            ? [404]
            : [403]
          : scope === 'all'
            ? [403]
            : [200, 207, 400, 403, 422];
      expect([route.name, expected.includes(answer.status) || answer.status]).toEqual([route.name, true]);
      expect([route.name, answer.text.includes('of default')]).toEqual([route.name, false]);
    }
    const { state } = await host.tasker.getTask(other.task);
    expect(state).toBe('pending');
  });

  it('tells a task of another namespace from one that is not there by nothing', async () => {
    const limited = who({ permissions: ['*'], namespaces: ['ecommerce'] });
    for (const route of guarded().filter(({ requirement }) => typeof (requirement as Requirement).scope === 'object')) {
      if (!('task' in ((route.requirement as Requirement).scope as object))) continue;
      const there = await ask(route, other, limited);
      const nowhere = await ask(route, { task: 999_999, step: 999_999 }, limited);
      const told = (text: string) => text.replace(/task \d+/, 'task N').replace(/"correlation_id":"[^"]*"/, '');
      expect([route.name, there.status, told(there.text)]).toEqual([route.name, nowhere.status, told(nowhere.text)]);
    }
  });

  it('of a step takes only steps of the task that it names', async () => {
    for (const route of guarded().filter(({ path }) => path.includes(':task_id') && path.includes(':id'))) {
      const limited = who({ permissions: ['*'], namespaces: ['ecommerce'] });
      const answer = await ask(route, { task: mine.task, step: other.step }, limited);
      expect([route.name, [400, 404].includes(answer.status)]).toEqual([route.name, true]);
    }
  });

  it('is refused when nobody has said who may use it', async () => {
    for (const permissions of [['*'], []]) {
      const answer = await host.send('GET', '/tasks-of-nobody', undefined, who({ permissions, roles: ['admin'] }));
      expect(answer.status).toBe(403);
      expect(answer.text).not.toContain('secret');
    }
  });

  it("leaves the host's own routes alone", async () => {
    expect((await host.get('/of-the-host')).body).toEqual({ mine: true });
  });
});

describe('a caller of one namespace', () => {
  const limited = (...namespaces: string[]) => who({ roles: ['admin'], namespaces });
  const list = async (path: string, headers: Record<string, string>) => {
    const { body } = await host.send('GET', path, undefined, headers);
    return [...new Set((body as { tasks: { namespace: string }[] }).tasks.map(({ namespace }) => namespace))].sort();
  };

  it('is told of its own tasks only, whatever it asks for', async () => {
    expect(await list('/tasker/tasks?limit=100', who({ roles: ['admin'] }))).toEqual(['default', 'ecommerce']);
    expect(await list('/tasker/tasks?limit=100', limited('ecommerce'))).toEqual(['ecommerce']);
    expect(await list('/tasker/tasks?limit=100', limited('ecommerce', 'default'))).toEqual(['default', 'ecommerce']);
    expect(await list('/tasker/tasks?namespace=default', limited('ecommerce'))).toEqual([]);
    expect(await list('/tasker/tasks?name=anything', limited('ecommerce'))).toEqual([]);
    expect(await list('/tasker/tasks', limited())).toEqual([]);
  });

  it.each([
    ['that it names', { name: 'anything', namespace: 'default', context: {} }],
    ['that is meant when it names none', { name: 'anything', context: {} }],
    ['in a wrapped body', { task: { name: 'anything', namespace: 'default', context: {} } }],
    ['that is null', { name: 'anything', namespace: null, context: {} }],
  ])('creates nothing in a namespace %s', async (_, body) => {
    const before = await host.tasker.listTasks({ namespace: 'default', limit: 1000 });
    const answer = await host.send('POST', '/tasker/tasks', body, limited('ecommerce'));
    expect(answer).toMatchObject({ status: 403, body: { code: 'NAMESPACE_FORBIDDEN' } });
    expect(await host.tasker.listTasks({ namespace: 'default', limit: 1000 })).toHaveLength(before.length);
    expect((await host.send('POST', '/tasker/tasks', body, limited('default'))).status).toBe(201);
  });
});

describe('in one request about many', () => {
  const limited = who({ roles: ['admin'], namespaces: ['ecommerce'] });
  const statuses = ({ body }: Answer) =>
    (body as { results: { status: number }[] }).results.map(({ status }) => status);

  it('each task is looked at for itself', async () => {
    const ids = { task_ids: [other.task, mine.task, 999_999] };
    expect(statuses(await host.send('POST', '/tasker/tasks/bulk/cancel', ids, limited))).toEqual([404, 200, 404]);
    expect((await host.tasker.getTask(other.task)).state).toBe('pending');
    expect(statuses(await host.send('POST', '/tasker/tasks/bulk/retry', ids, limited))[0]).toBe(404);
  });

  it('each new task is looked at for itself', async () => {
    const tasks = [
      { name: 'anything', context: {} },
      { name: 'process_order', namespace: 'ecommerce', version: 'latest', context: { order_id: 1 } },
    ];
    expect(statuses(await host.send('POST', '/tasker/tasks/bulk', { tasks }, limited))).toEqual([403, 201]);
  });

  it('workflows of other namespaces are left out', async () => {
    const { body } = await host.send('GET', '/tasker/handlers', undefined, limited);
    expect(body).toMatchObject({ total_namespaces: 1 });
    expect(JSON.stringify(body)).not.toContain('default');
  });

  it('a stream tells only of its own', async () => {
    const controller = new AbortController();
    const response = await fetch(`${host.url}/tasker/tasks/stream`, { headers: limited, signal: controller.signal });
    await host.tasker.cancelTask(other.task);
    await host.tasker.cancelTask(mine.task);
    let heard = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      heard += decoder.decode(chunk as Uint8Array, { stream: true });
      if (heard.includes(`"task_id":${mine.task},`)) break;
    }
    controller.abort();
    expect(heard).not.toContain(`"task_id":${other.task},`);
  });
});

describe('a refusal', () => {
  const problem = ({ status, headers, body }: Answer) => ({
    ...{ status, challenge: headers.get('www-authenticate'), type: headers.get('content-type') },
    code: (body as { code: string }).code,
  });
  const type = 'application/problem+json; charset=utf-8';

  it('says that credentials are wanted', async () => {
    expect(problem(await host.get('/tasker/tasks'))).toEqual({
      ...{ status: 401, type, code: 'AUTHENTICATION_REQUIRED', challenge: 'Bearer realm="tasker"' },
    });
  });

  it('says that they are no good, and nothing of what was sent', async () => {
    const answer = await host.send('GET', '/tasker/tasks', undefined, { authorization: 'Bearer x", error="none' });
    expect(problem(answer)).toEqual({
      ...{ status: 401, type, code: 'INVALID_CREDENTIALS' },
      challenge: 'Bearer realm="tasker", error="invalid_token", error_description="The credentials are not valid."',
    });
    expect(answer.text).not.toContain('none');
  });

  it('says what would be needed', async () => {
    const headers = who({ roles: ['viewer'] });
    const answer = await host.send('POST', '/tasker/tasks', { name: 'anything', context: {} }, headers);
    expect(problem(answer)).toEqual({
      ...{ status: 403, type, code: 'FORBIDDEN' },
      challenge: 'Bearer realm="tasker", error="insufficient_scope", scope="task.create"',
    });
  });

  it('is all that comes of an authenticator that fails', async () => {
    const answer = await host.send('GET', '/tasker/tasks', undefined, { 'x-who': '{"subject": 7}' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
  });
});

it('lets nobody be somebody who came before', async () => {
  const asked = Array.from({ length: 60 }, async (_, i) => {
    const kinds = [{}, who({ roles: ['viewer'] }), who({ roles: ['nobody'] })];
    return (await host.send('GET', '/tasker/tasks', undefined, kinds[i % 3])).status;
  });
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 60 }, (_, i) => [401, 200, 403][i % 3]));
});
