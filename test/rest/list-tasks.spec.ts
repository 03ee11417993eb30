import pg from 'pg';
import { type Host, startHost } from './support/host.js';

let host: Host;
/** What is in the database, by a word for each. */
let ids: Record<'order' | 'vip' | 'old' | 'failed' | 'cancelled', number>;

beforeAll(async () => {
  host = await startHost();
  const order = { name: 'process_order', namespace: 'ecommerce', version: '1.0.0', context: { order_id: 7 } };
  const any = { name: 'anything', context: {} };
  const make = async (request: Parameters<Host['tasker']['createTask']>[0]) =>
    (await host.tasker.createTask(request)).taskId;
  ids = {
    order: await make({ ...order, priority: 3, initiator: 'shop', reason: 'b' }),
    vip: await make({ ...order, version: '1.2.0', priority: 9, tags: ['vip', 'a,b'], reason: 'a' }),
    old: await make({ ...any, tags: ['vip'], correlationId: 'req-1', reason: 'c', sourceSystem: 'a' }),
    failed: await make({ ...any, initiator: 'shop', reason: 'd', requestedAt: new Date('2020-01-01') }),
    cancelled: await make({ ...any, reason: 'e' }),
  };
  await host.tasker.cancelTask(ids.cancelled);
  await host.tasker.annotate(ids.vip, 'support', { ticket: 'T-12', open: true });
  await host.tasker.annotate(ids.vip, 'billing', { paid: false });
  await host.tasker.annotate(ids.old, 'support', { ticket: 'T-13' });
  const client = new pg.Client(host.database.url);
  await client.connect();
  await client.query(`update tasker_tasks set created_at = '2020-06-01T12:00:00Z' where task_id = $1`, [ids.old]);
  await client.query(`update tasker_tasks set state = 'error' where task_id = $1`, [ids.failed]);
  await client.end();
});
afterAll(() => host.close());

interface List {
  readonly tasks: readonly { readonly task_id: number }[];
  readonly paging: object;
}

async function list(query: string): Promise<List> {
  const answer = await host.get(`/tasker/tasks${query}`);
  expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  return answer.body;
}

/** The tasks of an answer by their words, in order. */
async function words(query: string): Promise<string[]> {
  const byId = new Map(Object.entries(ids).map(([word, id]) => [id, word]));
  return (await list(query)).tasks.map((task) => byId.get(task.task_id) ?? '?');
}

describe('GET /tasker/tasks', () => {
  it('lists tasks by id, without what belongs to them, and says where it stands', async () => {
    const { tasks, paging } = await list('');
    expect(tasks.map((task) => task.task_id)).toEqual(Object.values(ids));
    expect(tasks[0]).toMatchObject({ full_name: 'ecommerce.process_order@1.0.0', status: 'pending', total_steps: 5 });
    expect(tasks[0]).not.toHaveProperty('workflow_steps');
    expect(paging).toEqual({ limit: 20, offset: 0, has_more: false, next_cursor: null });
  });

  it.each([
    ['namespace=ecommerce', ['order', 'vip']],
    ['namespace=nowhere', []],
    ['name=anything', ['old', 'failed', 'cancelled']],
    ['version=1.2.0', ['vip']],
    ['state=cancelled', ['cancelled']],
    ['state=error,cancelled', ['failed', 'cancelled']],
    ['state=error&state=cancelled', ['failed', 'cancelled']],
    ['tag=vip', ['vip', 'old']],
    ['tag=vip&tag=a,b', ['vip']],
    ['tag=a', []],
    ['initiator=shop', ['order', 'failed']],
    ['correlation_id=req-1', ['old']],
    ['created_after=2020-06-02', ['order', 'vip', 'failed', 'cancelled']],
    ['created_before=2020-06-02', ['old']],
    ['created_after=2020-06-01T12:00:00Z&created_before=2020-06-02', ['old']],
    ['created_after=2020-06-01&created_before=2020-06-01T12:00:00Z', []],
    ['created_after=2020-06-01T14:00:00%2B02:00&created_before=2021-01-01', ['old']],
    ['created_after=2020-06-01T14:00:00.001+02:00&created_before=2021-01-01', []],
    ['created_after=0001-01-01&created_before=9999-12-31', ['order', 'vip', 'old', 'failed', 'cancelled']],
    ['namespace=ecommerce&version=1.0.0&state=pending&initiator=shop', ['order']],
    ['initiator=%27%20or%201=1%20--', []],
    ['annotation=support', ['vip', 'old']],
    ['annotation=nothing', []],
    ['annotation=support&annotation_contains={"ticket":"T-12"}', ['vip']],
    ['annotation=support&annotation_contains={"paid":false}', []],
  ])('with %s gives %j', async (query, expected) => expect(await words(`?${query}`)).toEqual(expected));

  it.each([
    ['sort_order=desc', ['cancelled', 'failed', 'old', 'vip', 'order']],
    ['sort_by=task_id', ['order', 'vip', 'old', 'failed', 'cancelled']],
    ['sort_by=created_at', ['old', 'order', 'vip', 'failed', 'cancelled']],
    ['sort_by=requested_at', ['failed', 'order', 'vip', 'old', 'cancelled']],
    ['sort_by=initiator', ['order', 'failed', 'vip', 'old', 'cancelled']],
  ])('with %s gives %j', async (query, expected) => expect(await words(`?${query}`)).toEqual(expected));

  it('gives every task on exactly one page', async () => {
    const seen: string[] = [];
    for (let offset = 0; ; offset += 2) {
      seen.push(...(await words(`?sort_by=initiator&limit=2&offset=${offset}`)));
      const { paging } = await list(`?sort_by=initiator&limit=2&offset=${offset}`);
      expect(paging).toMatchObject({ limit: 2, offset, has_more: offset < 3 });
      if (offset > 3) break;
    }
    expect(seen).toEqual(['order', 'failed', 'vip', 'old', 'cancelled']);
    expect(await list('?limit=5')).toMatchObject({ paging: { has_more: false } });
    expect(await list('?offset=5')).toEqual({
      tasks: [],
      paging: { limit: 20, offset: 5, has_more: false, next_cursor: null },
    });
    expect(await list(`?limit=100&offset=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ tasks: [] });
  });

  it.each(['', 'sort_by=initiator', 'sort_by=created_at&sort_order=desc', 'sort_order=desc', 'sort_by=requested_at'])(
    'goes on by cursor behind the last of a page, with %j',
    async (order) => {
      const seen: number[] = [];
      let query = `?limit=2&${order}`;
      for (let pages = 0; pages < 5; pages++) {
        const { tasks, paging } = await list(query);
        seen.push(...tasks.map((task) => task.task_id));
        const { next_cursor: next } = paging as { next_cursor: string | null };
        if (next === null) break;
        query = `?limit=2&cursor=${next}`;
      }
      expect(seen).toEqual((await list(`?${order}`)).tasks.map((task) => task.task_id));
    },
  );

  it('refuses a cursor of another order, and one with an offset', async () => {
    const { paging } = await list('?limit=1&sort_by=initiator');
    const { next_cursor: next } = paging as { next_cursor: string };
    for (const more of ['sort_by=task_id', 'sort_order=desc', 'offset=1']) {
      const answer = await host.get(`/tasker/tasks?cursor=${next}&${more}`);
      expect(answer.body).toMatchObject({ status: 400, errors: [{ path: 'cursor', code: 'conflict' }] });
    }
  });

  it.each([
    ['limit=0', 'limit range'],
    ['limit=101', 'limit range'],
    ['limit=1000000000000', 'limit range'],
    ['limit=99999999999999999999', 'limit type'],
    ['limit=-1', 'limit type'],
    ['limit=1e1', 'limit type'],
    ['limit=ten', 'limit type'],
    ['limit=', 'limit type'],
    ['limit=1&limit=2', 'limit type'],
    ['limit[a]=1', 'limit[a] unknown'],
    ['offset=-1', 'offset type'],
    ['offset=9007199254740992', 'offset range'],
    ['sort_by=context', 'sort_by enum'],
    ['sort_by=updated_at', 'sort_by enum'],
    ['cursor=abc', 'cursor format'],
    ['cursor=', 'cursor empty'],
    ['annotation_contains={}', 'annotation_contains conflict'],
    ['annotation=a&annotation_contains={', 'annotation_contains not_json'],
    ['sort_by=task_id;drop table', 'sort_by enum'],
    ['sort_by=initiator&sort_by=task_id', 'sort_by enum'],
    ['sort_order=DESC', 'sort_order enum'],
    ['state=running', 'state enum'],
    ['state=', 'state enum'],
    ['state=error,', 'state enum'],
    ['name=', 'name empty'],
    ['name=a&name=b', 'name type'],
    ['name=a%00', 'name characters'],
    [`initiator=${'x'.repeat(129)}`, 'initiator length'],
    ['tag=', 'tag empty'],
    ['tag=a%00&tag=b', 'tag characters'],
    ['created_after=yesterday', 'created_after format'],
    ['created_before=2026-01-01T00:00:00', 'created_before format'],
    ['created_after=2026-01-01&created_after=2026-01-02', 'created_after format'],
    ['status=error', 'status unknown'],
    ['page=2', 'page unknown'],
    ['__proto__=1', '__proto__ unknown'],
    ['constructor[prototype][limit]=1', 'constructor[prototype][limit] unknown'],
  ])('refuses %s, naming the field', async (query, expected) => {
    const answer = await host.get(`/tasker/tasks?${query}`);
    expect(answer.status).toBe(400);
    const { errors } = answer.body as { errors: { path: string; code: string }[] };
    expect(errors.map(({ path, code }) => `${path} ${code}`)).toEqual([expected]);
  });

  it('suggests the name that was meant', async () => {
    const answer = await host.get('/tasker/tasks?stat=error&creatd_after=2026-01-01');
    expect(answer.body).toMatchObject({
      errors: [
        { message: 'is not known. Did you mean "state"?' },
        { message: 'is not known. Did you mean "created_after"?' },
      ],
    });
  });
});
