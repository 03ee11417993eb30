import { type Answer, type Host, startHost } from './support/host.js';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.close());

const json = (answer: Answer): Record<string, unknown> => answer.body;
const ANY = { name: 'anything', context: {} };

describe('many tasks in one request', () => {
  it('are created each on its own, with a result for each in the order sent', async () => {
    const keyed = { ...ANY, idempotency_key: 'bulk-1' };
    const tasks = [ANY, { name: 'nothing', context: {} }, keyed, 7];
    const answer = await host.send('POST', '/tasker/tasks/bulk', { tasks });
    expect(answer.status).toBe(207);
    expect(json(answer)).toMatchObject({
      succeeded: 2,
      failed: 2,
      results: [
        { index: 0, status: 201, created: true, task_id: expect.any(Number) as number },
        { index: 1, status: 400, problem: { code: 'HANDLER_NOT_FOUND', status: 400 } },
        { index: 2, status: 201 },
        { index: 3, status: 400, problem: { code: 'INVALID_REQUEST' } },
      ],
    });
    const again = await host.send('POST', '/tasker/tasks/bulk', { tasks: [keyed, { ...keyed, reason: 'other' }] });
    expect(json(again)).toMatchObject({
      results: [
        { status: 200, created: false },
        { status: 422, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } },
      ],
    });
  });

  it('are cancelled and retried each on its own', async () => {
    const [one, other] = await host.tasker.createTasks([ANY, ANY]);
    await host.tasker.cancelTask(other!.taskId);
    const task_ids = [one!.taskId, other!.taskId, 9_007_199_254_740_991, '1'];
    const cancelled = await host.send('POST', '/tasker/tasks/bulk/cancel', { task_ids, by: 'ann' });
    expect(json(cancelled)).toMatchObject({
      succeeded: 1,
      results: [
        { status: 200, task_id: one!.taskId, task_status: 'cancelled' },
        { status: 409, problem: { code: 'INVALID_TRANSITION', state: 'cancelled' } },
        { status: 404, problem: { code: 'TASK_NOT_FOUND' } },
        { status: 400, problem: { code: 'INVALID_REQUEST' } },
      ],
    });
    const retried = await host.send('POST', '/tasker/tasks/bulk/retry', { task_ids: [one!.taskId] });
    expect(json(retried)).toMatchObject({ failed: 1, results: [{ status: 409 }] });
  });

  it('are not more than a hundred, and not none', async () => {
    for (const tasks of [[], Array.from({ length: 101 }, () => ANY), {}, undefined]) {
      expect((await host.send('POST', '/tasker/tasks/bulk', { tasks })).status).toBe(400);
    }
  });
});

describe('the workflows of this process', () => {
  it('are listed by namespace', async () => {
    expect(json(await host.get('/tasker/handlers'))).toEqual({
      namespaces: [
        { name: 'default', handler_count: 3 },
        { name: 'ecommerce', handler_count: 1 },
      ],
      total_namespaces: 2,
    });
    expect(json(await host.get('/tasker/handlers/ecommerce'))).toEqual({
      namespace: 'ecommerce',
      total_handlers: 1,
      handlers: [
        {
          name: 'process_order',
          namespace: 'ecommerce',
          versions: ['1.0.0', '1.2.0'],
          latest_version: '1.2.0',
          handler_count: 2,
        },
      ],
    });
  });

  it('are shown with their steps, what these wait for, and what the context must be', async () => {
    const { handler } = json(await host.get('/tasker/handlers/ecommerce/process_order?version=^1.0')) as {
      handler: { step_templates: object[]; dependency_graph: { execution_order: string[] } };
    };
    expect(handler).toMatchObject({
      full_name: 'ecommerce.process_order@1.2.0',
      available: true,
      dependent_systems: ['unknown'],
      context_schema: { required: ['order_id'] },
      dependency_graph: {
        edges: expect.arrayContaining([{ from: 'charge', to: 'ship', type: 'dependency' }]) as object,
      },
    });
    expect(handler.step_templates[3]).toMatchObject({
      name: 'ship',
      depends_on_steps: ['reserve', 'charge'],
      handler_class: 'Work',
    });
    expect(handler.dependency_graph.execution_order[0]).toBe('validate');
    expect(handler.dependency_graph.execution_order).toHaveLength(5);
    expect(json(await host.get('/tasker/handlers/ecommerce/process_order'))).toMatchObject({
      handler: { version: '1.2.0' },
    });
  });

  it.each([
    ['/tasker/handlers/nowhere', 404, 'NAMESPACE_NOT_FOUND'],
    ['/tasker/handlers/constructor/__proto__', 404, 'NAMESPACE_NOT_FOUND'],
    ['/tasker/handlers/default/nothing', 404, 'HANDLER_NOT_FOUND'],
    ['/tasker/handlers/default/anything?version=9.9.9', 404, 'HANDLER_NOT_FOUND'],
    ['/tasker/handlers/default/anything?version=not-a-version', 400, 'INVALID_REQUEST'],
  ])('and %s is not one', async (path, status, code) => {
    const answer = await host.get(path);
    expect([answer.status, json(answer).code]).toEqual([status, code]);
  });
});

describe('an answer that a client has already', () => {
  it('is not sent again as long as it is the same', async () => {
    const { taskId } = await host.tasker.createTask(ANY);
    const path = `/tasker/tasks/${taskId}`;
    const tag = (await host.get(path)).headers.get('etag')!;
    const same = await host.send('GET', path, undefined, { 'if-none-match': `"x", ${tag}` });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', tag]);
    await host.tasker.cancelTask(taskId);
    const changed = await host.send('GET', path, undefined, { 'if-none-match': tag });
    expect([changed.status, changed.headers.get('etag') === tag]).toEqual([200, false]);
  });
});

describe('an analysis of what depends on what', () => {
  it('comes with a task when it is asked for', async () => {
    const { taskId } = await host.tasker.createTask({
      ...{ name: 'process_order', namespace: 'ecommerce', version: '1.0.0' },
      context: { order_id: 1 },
    });
    const { task } = json(await host.get(`/tasker/tasks/${taskId}?include_dependencies=true`)) as {
      task: { dependency_analysis: object };
    };
    expect(task.dependency_analysis).toMatchObject({
      critical_paths: { total_paths: 4, longest_path_length: 3 },
      parallelism_opportunities: { total_levels: 3, max_parallel_steps: 2, current_parallel_opportunities: 1 },
      error_chains: { total_error_steps: 0 },
      task_execution_summary: { total_steps: 5, total_dependencies: 6, overall_health: expect.any(String) as string },
    });
    expect((await host.get(`/tasker/tasks/${taskId}?include_dependencies=false`)).text).not.toContain('analysis');
    expect((await host.get(`/tasker/tasks/${taskId}?include_dependencies=yes`)).status).toBe(400);
  });
});
