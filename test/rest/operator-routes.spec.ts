import { waitFor } from '../support/wait-for.js';
import { type Answer, type Host, startHost } from './support/host.js';

interface Step {
  readonly workflow_step_id: number;
  readonly name: string;
  readonly status: string;
}
interface Task {
  readonly task_id: number;
  readonly status: string;
  readonly workflow_steps: readonly Step[];
}

let host: Host;
/** Without a worker: what is created stays pending. */
let still: Host;
beforeAll(async () => {
  still = await startHost();
  host = await startHost({ tasker: { worker: {} } });
});
afterAll(async () => {
  await host.close();
  await still.close();
});

async function pending(): Promise<Task> {
  const answer = await still.send('POST', '/tasker/tasks', {
    name: 'process_order',
    namespace: 'ecommerce',
    version: '1.0.0',
    context: { order_id: 1 },
  });
  return (answer.body as { task: Task }).task;
}

async function failed(): Promise<Task> {
  const { taskId } = await host.tasker.createTask({ name: 'declined', context: {} });
  await host.tasker.waitForTask(taskId);
  return ((await host.get(`/tasker/tasks/${taskId}`)).body as { task: Task }).task;
}

const json = (answer: Answer): Record<string, unknown> => answer.body;

describe('what an operator does with a task', () => {
  it('pauses, resumes and cancels it, and says what can be done when something cannot', async () => {
    const { task_id: id } = await pending();
    const at = `/tasker/tasks/${id}`;
    const paused = await still.send('POST', `${at}/pause`, { by: 'ann', reason: 'audit' });
    expect(paused.status).toBe(200);
    expect(json(paused)).toMatchObject({ task: { status: 'pending', paused_at: expect.any(String) as string } });
    const again = await still.send('POST', `${at}/pause`);
    expect(again.status).toBe(409);
    expect(json(again)).toMatchObject({
      code: 'INVALID_TRANSITION',
      state: 'pending and paused',
      allowed: ['cancel', 'resume'],
    });
    expect((await still.send('POST', `${at}/resume`)).status).toBe(200);
    const cancelled = await still.send('POST', `${at}/cancel`, { by: 'ann', reason: 'not wanted' });
    expect(json(cancelled)).toMatchObject({ task: { status: 'cancelled' } });
    const { transitions } = json(await still.get(`${at}/history`)) as { transitions: object[] };
    expect(transitions).toMatchObject([
      { sort_key: 1, from_state: null, to_state: 'pending' },
      { from_state: 'pending', to_state: 'cancelled', metadata: { by: 'ann', reason: 'not wanted', action: 'cancel' } },
    ]);
  });

  it('retries one in error with its attempts reset, and resolves it', async () => {
    const { task_id: id } = await failed();
    const retried = await host.send('POST', `/tasker/tasks/${id}/retry`, { reset_attempts: true });
    expect(retried.status).toBe(200);
    await host.tasker.waitForTask(id);
    const resolved = await host.send('POST', `/tasker/tasks/${id}/resolve`, { by: 'ann' });
    expect(json(resolved)).toMatchObject({ task: { status: 'resolved_manually' } });
    expect((await host.send('POST', `/tasker/tasks/${id}/retry`)).status).toBe(409);
  });

  it('changes its reason and tags, by PATCH and PUT, and cancels it by DELETE', async () => {
    const { task_id: id } = await pending();
    const patched = await still.send('PATCH', `/tasker/tasks/${id}`, { task: { reason: 'new', tags: ['a', 'b'] } });
    expect([patched.status, json(patched)]).toEqual([
      200,
      { task: expect.objectContaining({ reason: 'new', tags: ['a', 'b'] }) as unknown },
    ]);
    expect(json(await still.send('PUT', `/tasker/tasks/${id}`, { tags: [] }))).toMatchObject({
      task: { reason: 'new', tags: [] },
    });
    const wrong = await still.send('PATCH', `/tasker/tasks/${id}`, { tags: ['', 7], context: {} });
    expect(json(wrong)).toMatchObject({
      status: 400,
      errors: [{ path: 'tags' }, { path: 'context', code: 'unknown' }],
    });
    expect(json(await still.send('DELETE', `/tasker/tasks/${id}`))).toEqual({ cancelled: true });
    expect((await still.send('DELETE', `/tasker/tasks/${id}`)).status).toBe(409);
    expect((await still.send('DELETE', '/tasker/tasks/9007199254740991')).status).toBe(404);
  });
});

describe('what an operator does with a step', () => {
  it('skips what may be skipped, resolves with results, cancels with what depends on it', async () => {
    const { task_id: id, workflow_steps: steps } = await pending();
    const at = (name: string) => {
      const { workflow_step_id: step } = steps.find((one) => one.name === name)!;
      return `/tasker/tasks/${id}/workflow_steps/${step}`;
    };
    const unskippable = await still.send('POST', `${at('validate')}/skip`);
    expect([unskippable.status, json(unskippable).code]).toEqual([409, 'STEP_NOT_SKIPPABLE']);
    const resolved = await still.send('POST', `${at('validate')}/resolve`, { results: { ok: 1 }, by: 'ann' });
    expect(json(resolved)).toMatchObject({ step: { status: 'resolved_manually', results: { ok: 1 } } });
    expect(json(await still.send('POST', `${at('reserve')}/skip`))).toMatchObject({ step: { status: 'skipped' } });
    expect(json(await still.send('DELETE', at('charge')))).toEqual({ cancelled: true });
    expect(json(await still.get(at('ship')))).toMatchObject({ step: { status: 'cancelled' } });
    const late = await still.send('POST', `${at('reserve')}/retry`);
    expect(json(late)).toMatchObject({ status: 409, state: 'of a task that is cancelled', allowed: [] });
  });

  it('changes limit and inputs while an attempt is to come', async () => {
    const { task_id: id, workflow_steps: steps } = await pending();
    const at = `/tasker/tasks/${id}/workflow_steps/${steps[0]!.workflow_step_id}`;
    const patched = await still.send('PATCH', at, { workflow_step: { retry_limit: 10, inputs: { a: 1 } } });
    expect(json(patched)).toMatchObject({ step: { retry_limit: 10, inputs: { a: 1 } } });
    expect(json(await still.send('PUT', at, { retry_limit: 8 }))).toMatchObject({ step: { retry_limit: 8 } });
    expect(json(await still.send('PATCH', at, { retry_limit: 0 }))).toMatchObject({
      errors: [{ path: 'retry_limit' }],
    });
    const done = await failed();
    const gone = `/tasker/tasks/${done.task_id}/workflow_steps/${done.workflow_steps[0]!.workflow_step_id}`;
    expect((await host.send('PATCH', gone, { retry_limit: 9 })).status).toBe(409);
  });

  it('finds a step of its own task only', async () => {
    const [one, other] = [await pending(), await pending()];
    const at = `/tasker/tasks/${one.task_id}/workflow_steps/${other.workflow_steps[0]!.workflow_step_id}`;
    for (const [method, path] of [
      ['GET', at],
      ['PATCH', at],
      ['DELETE', at],
      ['POST', `${at}/cancel`],
      ['GET', `${at}/attempts`],
      ['GET', `${at}/history`],
    ] as const) {
      // prettier-ignore
      const answer = await still.send(method, path, method === 'GET' ? undefined : {});
      expect([method, path, answer.status, json(answer).code]).toEqual([method, path, 404, 'STEP_NOT_FOUND']);
    }
    expect(json(await still.get('/tasker/tasks/9007199254740991/workflow_steps/1')).code).toBe('TASK_NOT_FOUND');
  });
});

describe('what happened', () => {
  it('is told by attempts, history and timeline, each with its worker and its failure', async () => {
    const { task_id: id, workflow_steps: steps } = await failed();
    const at = `/tasker/tasks/${id}/workflow_steps/${steps[0]!.workflow_step_id}`;
    const { attempts } = json(await host.get(`${at}/attempts`)) as { attempts: object[] };
    const attempt = {
      attempt: 1,
      outcome: 'error',
      worker: { worker_id: expect.any(Number) as number, host: expect.any(String) as string, pid: process.pid },
      error: { message: 'card declined', error_code: 'CARD_DECLINED', permanent: true },
    };
    expect(attempts).toMatchObject([attempt]);
    const { transitions } = json(await host.get(`${at}/history`)) as { transitions: object[] };
    expect(transitions).toMatchObject([{ to_state: 'pending' }, { to_state: 'in_progress' }, { to_state: 'error' }]);
    await host.send('POST', `${at}/retry`, { by: 'ann' });
    await waitFor(async () => (await host.tasker.getTask(id)).state === 'error');
    expect(json(await host.get(`/tasker/tasks/${id}/timeline`))).toMatchObject({
      timeline: {
        task_id: id,
        status: 'error',
        attempts: [
          { name: 'charge', ...attempt },
          { name: 'charge', ...attempt, attempt: 2 },
        ],
      },
    });
  });
});

describe('a diagram', () => {
  it('is drawn as was asked for, by format or by Accept', async () => {
    const { task_id: id } = await pending();
    const at = `/tasker/tasks/${id}/diagram`;
    const mermaid = await still.get(at);
    expect(mermaid.headers.get('content-type')).toBe('text/vnd.mermaid; charset=utf-8');
    expect(mermaid.text).toContain('flowchart TD');
    expect(mermaid.text).toMatch(/s\d+\["validate"\]:::pending/);
    const svg = await still.send('GET', at, undefined, {
      accept: 'text/html, image/svg+xml;q=0.8, application/json;q=0.1',
    });
    expect(svg.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(svg.text).toMatch(/^<svg [\s\S]*validate[\s\S]*<\/svg>\n$/);
    const { diagram } = json(await still.get(`${at}?format=json`)) as { diagram: { nodes: object[]; edges: object[] } };
    expect([diagram.nodes.length, diagram.edges.length]).toEqual([5, 6]);
    expect((await still.get(`${at}?format=png`)).status).toBe(400);
  });
});
