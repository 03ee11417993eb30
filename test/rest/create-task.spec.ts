import { type Host, startHost } from './support/host.js';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.close());

const ORDER = { name: 'process_order', namespace: 'ecommerce', version: '1.0.0', context: { order_id: 7 } };
const create = (task: object, headers?: Record<string, string>) =>
  host.send('POST', '/tasker/tasks', { task }, headers);
const count = async () => (await host.tasker.listTasks({ limit: 1000 })).length;

describe('POST /tasker/tasks', () => {
  it('creates a task and answers 201 with all of it', async () => {
    const answer = await create({
      ...ORDER,
      context: { order_id: 7, cart: ['a', 'b'] },
      initiator: 'shop',
      source_system: 'web',
      reason: 'an order came in',
      tags: ['vip', 'a,b'],
      bypass_steps: ['ship'],
      priority: 5,
      correlation_id: 'order/7',
      run_at: '2099-01-01T00:00:00Z',
    });

    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const id = expect.any(Number) as number;
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    const { task } = answer.body as { task: { workflow_steps: Record<string, unknown>[] } };
    expect(task).toEqual({
      task_id: id,
      name: 'process_order',
      namespace: 'ecommerce',
      version: '1.0.0',
      full_name: 'ecommerce.process_order@1.0.0',
      initiator: 'shop',
      source_system: 'web',
      reason: 'an order came in',
      context: { order_id: 7, cart: ['a', 'b'] },
      bypass_steps: ['ship'],
      tags: ['vip', 'a,b'],
      requested_at: instant,
      complete: false,
      status: 'pending',
      priority: 5,
      correlation_id: 'order/7',
      total_steps: 5,
      open_steps: 4,
      failed_steps: 0,
      started_at: null,
      finished_at: null,
      paused_at: null,
      created_at: instant,
      updated_at: instant,
      workflow_steps: expect.any(Array) as unknown[],
      task_annotations: [],
    });
    const [validate, reserve, charge, ship, invoice] = task.workflow_steps.map((step) => step.workflow_step_id);
    expect(task.workflow_steps.map((step) => [step.name, step.status, step.next_retry_at])).toEqual([
      ['validate', 'pending', '2099-01-01T00:00:00.000Z'],
      ['reserve', 'pending', null],
      ['charge', 'pending', null],
      ['ship', 'skipped', null],
      ['invoice', 'pending', null],
    ]);
    expect(task.workflow_steps[1]).toEqual({
      task_id: (task as { task_id?: number }).task_id,
      workflow_step_id: reserve,
      name: 'reserve',
      named_step_id: id,
      status: 'pending',
      attempts: 0,
      skippable: true,
      retryable: true,
      retry_limit: 3,
      processed: false,
      processed_at: null,
      in_process: false,
      backoff_request_seconds: null,
      last_attempted_at: null,
      inputs: {},
      results: {},
      children_ids: [ship, invoice],
      parents_ids: [validate],
      siblings_ids: [charge],
      dependent_system: 'unknown',
      next_retry_at: null,
      error: null,
    });
  });

  it('takes a task that is not wrapped, as the documentation of old shows it', async () => {
    const answer = await host.send('POST', '/tasker/tasks', { name: 'anything', context: {} });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      task: { full_name: 'default.anything@0.1.0', initiator: 'unknown', source_system: 'unknown', reason: 'unknown' },
    });
  });

  it.each([
    ['an exact version', '1.0.0', '1.0.0'],
    ['a range', '^1.0', '1.2.0'],
    ['latest', 'latest', '1.2.0'],
  ])('takes %s', async (_what, version, expected) => {
    expect((await create({ ...ORDER, version })).body).toMatchObject({ task: { version: expected } });
  });

  it('takes null for what may be left out', async () => {
    const nothing = {
      initiator: null,
      source_system: null,
      reason: null,
      tags: null,
      bypass_steps: null,
      run_at: null,
    };
    const keys = { namespace: null, version: null, priority: null, idempotency_key: null, correlation_id: null };
    const answer = await create({ name: 'anything', context: {}, ...nothing, ...keys });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ task: { initiator: 'unknown', tags: [], priority: 0 } });
  });

  it('keeps every key and value of a context that JSON can hold', async () => {
    const context = '{"__proto__":{"a":1},"constructor":[1,{"prototype":null}],"":"","Ünïcode 🦊":-0.5e-7,"then":true}';
    const answer = await host.send('POST', '/tasker/tasks', `{"task":{"name":"anything","context":${context}}}`);
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('"__proto__":{"a":1}');
    const { task } = answer.body as { task: { context: object } };
    expect(Object.entries(task.context).sort()).toEqual(
      Object.entries(JSON.parse(context) as Record<string, unknown>).sort(),
    );
  });

  describe('with an idempotency key', () => {
    it.each([
      ['in the body', (key: string) => create({ ...ORDER, idempotency_key: key })],
      ['in the header', (key: string) => create(ORDER, { 'Idempotency-Key': key })],
      ['in both', (key: string) => create({ ...ORDER, idempotency_key: key }, { 'Idempotency-Key': key })],
    ])('%s, makes one task and says so', async (_where, send) => {
      const key = `key ${_where}`;
      const before = await count();
      const first = await send(key);
      const again = await send(key);
      expect([first.status, again.status]).toEqual([201, 200]);
      expect(again.body).toEqual({ ...(first.body as object), created: false });
      expect(await count()).toBe(before + 1);
    });

    it('refuses another request under a key that was used, and says which task it made', async () => {
      const first = await create({ ...ORDER, idempotency_key: 'reused' });
      const { task } = first.body as { task: { task_id: number } };
      const other = await create({ ...ORDER, context: { order_id: 8 }, idempotency_key: 'reused' });
      expect([other.status, other.body]).toMatchObject([
        422,
        { code: 'IDEMPOTENCY_KEY_REUSED', existing_task_id: task.task_id },
      ]);
      const sorted = await create({ idempotency_key: 'reused', reason: null, ...ORDER });
      expect(sorted.status).toBe(200);
    });

    it('refuses two that differ', async () => {
      const answer = await create({ ...ORDER, idempotency_key: 'one' }, { 'Idempotency-Key': 'two' });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ errors: [{ path: 'idempotency_key', code: 'conflict' }] });
    });
  });

  describe('the correlation id', () => {
    const correlationOf = async (task: object, header?: string) => {
      const answer = await create({ ...ORDER, ...task }, header === undefined ? {} : { 'X-Correlation-ID': header });
      expect(answer.status).toBe(201);
      return (answer.body as { task: { correlation_id: string } }).task.correlation_id;
    };

    it('comes from the header', async () => expect(await correlationOf({}, 'req-7')).toBe('req-7'));

    it('comes from the body when both say one', async () =>
      expect(await correlationOf({ correlation_id: 'mine' }, 'req-7')).toBe('mine'));

    it.each(['two words', '-7', 'a'.repeat(101), 'a\tb', 'req-7, req-8'])(
      'is a new one when the header is no id (%j), since any proxy may set it',
      async (header) => expect(await correlationOf({}, header)).toMatch(/^tsk_/),
    );
  });
});
