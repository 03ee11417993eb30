import { type Host, startHost } from './support/host.js';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.close());

const TASK = { name: 'anything', context: {} };
const ORDER = { name: 'process_order', namespace: 'ecommerce', version: '1.0.0', context: { order_id: 7 } };
const LONG = 'x'.repeat(129);
const DEEP = `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`;

/** The fields that an answer names, as `path code`, in order. */
function fieldsOf(answer: { body: { errors: { path: string; code: string }[] } }): string[] {
  return answer.body.errors.map(({ path, code }) => `${path} ${code}`);
}

describe('POST /tasker/tasks refuses a task with', () => {
  it.each<[what: string, task: object, ...fields: string[]]>([
    ['no name', { context: {} }, 'name required'],
    ['no context', { name: 'anything' }, 'context required'],
    ['nothing that is known', { bad: 'data' }, 'name required', 'context required', 'bad unknown'],
    ['a blank name', { ...TASK, name: ' \t' }, 'name empty'],
    ['a name that is a number', { ...TASK, name: 7 }, 'name type'],
    ['a list of names', { ...TASK, name: ['anything'] }, 'name type'],
    ['an unknown name', { ...TASK, name: 'nothing' }, 'name unknown_workflow'],
    ['a name like one of Object', { ...TASK, name: 'constructor' }, 'name unknown_workflow'],
    ['an unknown namespace', { ...TASK, namespace: 'elsewhere' }, 'name unknown_workflow'],
    ['an unknown version', { ...TASK, version: '9.0.0' }, 'version unknown_version'],
    ['a range that nothing fits', { ...TASK, version: '^9' }, 'version unknown_version'],
    ['no version where there are several', { ...ORDER, version: undefined }, 'version unknown_version'],
    ['a version that is none', { ...TASK, version: 'newest' }, 'version format'],
    ['too long a text', { ...TASK, initiator: LONG, reason: LONG }, 'initiator length', 'reason length'],
    ['too long a text of emoji', { ...TASK, source_system: '🦊'.repeat(100) }, 'source_system length'],
    ['a NUL', { ...TASK, reason: 'a\u0000b' }, 'reason characters'],
    ['half a character', { ...TASK, reason: 'a\ud800b' }, 'reason characters'],
    ['tags that are one text', { ...TASK, tags: 'vip' }, 'tags type'],
    ['tags that are no texts', { ...TASK, tags: ['vip', 7, null] }, 'tags[1] type', 'tags[2] type'],
    ['too many tags', { ...TASK, tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, 'tags length'],
    ['steps to bypass that do not exist', { ...TASK, bypass_steps: ['first', 'x'] }, 'bypass_steps[1] unknown_step'],
    ['steps to bypass that may not be', { ...ORDER, bypass_steps: ['validate'] }, 'bypass_steps[0] not_skippable'],
    ['steps to bypass as an object', { ...TASK, bypass_steps: { 0: 'first' } }, 'bypass_steps type'],
    ['a priority out of bounds', { ...TASK, priority: 101 }, 'priority range'],
    ['a priority that is text', { ...TASK, priority: '5' }, 'priority type'],
    ['half a priority', { ...TASK, priority: 0.5 }, 'priority type'],
    ['an empty idempotency key', { ...TASK, idempotency_key: '' }, 'idempotency_key empty'],
    ['a run_at without a zone', { ...TASK, run_at: '2026-01-01T00:00:00' }, 'run_at format'],
    ['a run_at that is a number', { ...TASK, run_at: 1769860200 }, 'run_at format'],
    ['a context that is a list', { ...TASK, context: [] }, 'context type'],
    ['a context that is null', { ...TASK, context: null }, 'context required'],
    ['a context that is text', { ...TASK, context: '{}' }, 'context type'],
    ['a context that lacks a field', { ...ORDER, context: {} }, 'context.order_id required'],
    ['a context of a wrong type', { ...ORDER, context: { order_id: 7, cart: [1] } }, 'context.cart[0] type'],
    ['a field the schema lacks', { ...ORDER, context: { order_id: 7, x: 1 } }, 'context.x additionalProperties'],
    ['a context with a NUL', { ...TASK, context: { a: ['\u0000'] } }, 'context.a[0] nul'],
    ['a context with half a character', { ...TASK, context: { '\udc00': 1 } }, 'context surrogate'],
    ['the names that TypeScript uses', { ...TASK, sourceSystem: 'web' }, 'sourceSystem unknown'],
    ['what only the engine sets', { ...TASK, task_id: 7, status: 'error' }, 'task_id unknown', 'status unknown'],
  ])('%s', async (_what, task, ...fields) => {
    const before = await host.tasker.listTasks({ limit: 1000 });
    const answer = await host.send('POST', '/tasker/tasks', { task });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(fieldsOf(answer)).toEqual(fields);
    expect({ ...(answer.body as object), errors: [] }).toEqual({
      correlation_id: expect.stringMatching(/^tsk_/) as string,
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: expect.stringMatching(/^The request is not valid: .+[.?]$/) as string,
      code: expect.stringMatching(/^(INVALID_REQUEST|INVALID_CONTEXT|HANDLER_NOT_FOUND)$/) as string,
      errors: [],
    });
    expect(await host.tasker.listTasks({ limit: 1000 })).toHaveLength(before.length);
  });
});

describe('POST /tasker/tasks refuses a body that is', () => {
  it.each<[what: string, body: string | undefined, ...fields: string[]]>([
    ['missing', undefined, ' type'],
    ['a list', '[{"name":"anything","context":{}}]', ' type'],
    ['empty', '{}', 'name required', 'context required'],
    ['a task that is null', '{"task":null}', 'task type'],
    ['a task that is a list', '{"task":[]}', 'task type'],
    ['a task that is text', '{"task":"anything"}', 'task type'],
    ['a task with fields beside it', '{"task":{"name":"anything","context":{}},"reason":"x"}', 'reason unknown'],
    ['__proto__', '{"__proto__":{"context":{}},"name":"x"}', 'context required', '__proto__ unknown'],
    ['a task with __proto__', '{"task":{"name":"x","context":{},"__proto__":{}}}', '__proto__ unknown'],
    ['a task with constructor', '{"name":"x","context":{},"constructor":{}}', 'constructor unknown'],
    ['a context without end', `{"name":"anything","context":${DEEP}}`, `context${'.a'.repeat(200)} depth`],
    ['a name without end', `{"name":${DEEP},"context":{}}`, 'name type'],
    ['tags without end', `{"name":"anything","context":{},"tags":[${DEEP}]}`, 'tags[0] type'],
  ])('%s', async (_what, body, ...fields) => {
    const answer = await host.send('POST', '/tasker/tasks', body);
    expect([answer.status, ...fieldsOf(answer)]).toEqual([400, ...fields]);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    '%s, which a foreign page can make a browser send',
    async (type) => {
      const answer = await host.send('POST', '/tasker/tasks', 'name=anything', { 'content-type': type });
      expect(answer.body).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
      expect(answer.status).toBe(415);
    },
  );

  it('wrong in thousands of fields, naming as many as fit into an answer', async () => {
    const fields = Object.fromEntries(Array.from({ length: 8_000 }, (_, i) => [`f${i}`, 1]));
    const answer = await host.send('POST', '/tasker/tasks', fields);
    expect(fieldsOf(answer)).toHaveLength(100);
    expect(answer.text.length).toBeLessThan(20_000);
  });
});

describe('POST /tasker/tasks refuses a duplicate', () => {
  it('with 409 and the task there is', async () => {
    const strict = await startHost({ database: host.database, tasker: { identity: { identityOf: () => 'the same' } } });
    const first = await strict.send('POST', '/tasker/tasks', { task: TASK });
    const answer = await strict.send('POST', '/tasker/tasks', { task: TASK });
    await strict.close();
    const { task } = first.body as { task: { task_id: number } };
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({
      correlation_id: expect.stringMatching(/^tsk_/) as string,
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: `An identical request has already created task ${task.task_id}.`,
      code: 'DUPLICATE_TASK',
      existing_task_id: task.task_id,
    });
  });
});
