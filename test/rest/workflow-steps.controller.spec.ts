import pg from 'pg';
import { type Host, startHost } from './support/host.js';

let host: Host;
let path: string;
let taskId: number;
beforeAll(async () => {
  host = await startHost();
  const context = { order_id: 7 };
  const order = { name: 'process_order', namespace: 'ecommerce', version: '1.0.0', context, bypassSteps: ['ship'] };
  ({ taskId } = await host.tasker.createTask(order));
  path = `/tasker/tasks/${taskId}/workflow_steps`;
  const client = new pg.Client(host.database.url);
  await client.connect();
  await client.query(
    `update tasker_workflow_steps set attempts = 2, processed_at = now() where task_id = $1 and position = 1`,
    [taskId],
  );
  await client.end();
});
afterAll(() => host.close());

interface Steps {
  readonly steps: readonly { readonly name: string }[];
  readonly paging: object;
}

async function names(query: string): Promise<string[]> {
  const answer = await host.get(`${path}?${query}`);
  expect(answer.status).toBe(200);
  return (answer.body as Steps).steps.map(({ name }) => name);
}

describe('GET /tasker/tasks/:task_id/workflow_steps', () => {
  it('lists the steps as they stand in the task', async () => {
    const answer = await host.get(path);
    const { task } = (await host.get(`/tasker/tasks/${taskId}`)).body as { task: { workflow_steps: unknown } };
    expect(answer.body).toEqual({
      steps: task.workflow_steps,
      paging: { limit: 20, offset: 0, has_more: false },
    });
  });

  it.each([
    ['sort_by=workflow_step_id', 'validate reserve charge ship invoice'],
    ['sort_order=desc', 'invoice ship charge reserve validate'],
    ['sort_by=name', 'charge invoice reserve ship validate'],
    ['sort_by=status&sort_order=desc', 'ship invoice charge reserve validate'],
    ['sort_by=attempts&sort_order=desc&limit=1', 'reserve'],
    ['sort_by=processed_at&limit=1', 'reserve'],
    ['sort_by=skippable&limit=1', 'validate'],
    ['sort_by=last_attempted_at', 'validate reserve charge ship invoice'],
    ['limit=2&offset=1', 'reserve charge'],
    ['offset=5', ''],
  ])('with %s gives %s', async (query, expected) => expect((await names(query)).join(' ')).toBe(expected));

  it('says whether there is more', async () => {
    expect((await host.get(`${path}?limit=2&offset=2`)).body).toMatchObject({
      paging: { limit: 2, offset: 2, has_more: true },
    });
    expect((await host.get(`${path}?limit=3&offset=2`)).body).toMatchObject({ paging: { has_more: false } });
  });

  it('knows the siblings that are on another page', async () => {
    const { steps } = (await host.get(`${path}?limit=1&sort_by=name`)).body as unknown as {
      steps: { siblings_ids: number[] }[];
    };
    expect(steps[0]!.siblings_ids).toHaveLength(1);
  });

  it.each(['sort_by=inputs', 'sort_by=toString', 'limit=101', 'state=error'])('refuses %s', async (query) => {
    expect((await host.get(`${path}?${query}`)).status).toBe(400);
  });

  it('answers 404 for a task that does not exist', async () => {
    const answer = await host.get('/tasker/tasks/999999/workflow_steps');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});
