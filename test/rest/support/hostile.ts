/** Requests that are valid, nearly valid or hostile, for as many as one likes. */
import fc from 'fast-check';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const NASTY = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u202e',
    '٣',
    '🦊'.repeat(100),
    'x'.repeat(129),
    'x'.repeat(5000),
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'then',
    'task',
    "'; drop table orders; --",
    '" or ""="',
    '$1',
    '%',
    '%00',
  ],
  ...['0', '-1', '1e3', '1.5', 'NaN', 'Infinity', '9007199254740992', '9223372036854775808', '1'.repeat(400), '0x10'],
  ...[
    'true',
    'null',
    '[]',
    '{}',
    '^1',
    '>=0 <9',
    '*',
    '1.0.0',
    'latest',
    '2026-02-30',
    '0000-00-00',
    '9999-12-31T23:59:59-14:00',
  ],
  ...[
    '2026-01-01T00:00:00Z',
    '+010000-01-01',
    '../../etc/passwd',
    '\r\nSet-Cookie: a=b',
    'asc',
    'error,',
    ',',
    '\\u0000',
  ],
];

const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
export const text = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: anyUnit, maxLength: 20 }), fc.string());

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('json')), { maxLength: 4 }).map((entries): unknown => Object.fromEntries(entries)),
  ),
}));

const FIELDS = ['name', 'namespace', 'version', 'context', 'initiator', 'source_system', 'reason', 'tags', 'bypass_steps',
  'priority', 'idempotency_key', 'correlation_id', 'run_at']; // prettier-ignore
const FILTERS = ['limit', 'offset', 'sort_by', 'sort_order', 'namespace', 'name', 'version', 'state', 'tag', 'initiator',
  'correlation_id', 'created_after', 'created_before', 'cursor', 'annotation', 'annotation_contains', 'format',
  'include_dependencies']; // prettier-ignore

const validTask = fc.record(
  {
    name: fc.constant('anything'),
    context: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
    reason: fc.stringMatching(/^\w{1,10}$/),
    tags: fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 3 }),
    bypass_steps: fc.constantFrom([], ['first']),
    priority: fc.integer({ min: -100, max: 100 }),
    idempotency_key: fc.stringMatching(/^\w{1,2}$/),
    run_at: fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  { requiredKeys: ['name', 'context'] },
);

/** A valid task in which a few fields are replaced or added. */
const task = fc
  .tuple(
    validTask,
    fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), text), json), { maxLength: 2 })),
  )
  .map(([valid, changes]): unknown => Object.fromEntries([...Object.entries(valid), ...changes]));

const createBody = fc.oneof(
  { weight: 6, arbitrary: task.map((value) => JSON.stringify({ task: value })) },
  { weight: 3, arbitrary: task.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: text },
);

/** What a header may hold at all. */
const headerText = text.map((value) => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim());
const someHeaders = fc.record(
  { 'idempotency-key': headerText, 'x-correlation-id': headerText, 'content-type': fc.constant('application/json') },
  { requiredKeys: [] },
);

const createHeaders = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: someHeaders });

const query = fc
  .array(fc.tuple(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...FILTERS) }, text), text), { maxLength: 4 })
  .map((pairs) => pairs.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&'));

/** Valid UTF-8, most of the time. */
function encode(value: string): string {
  return value === '%' ? value : encodeURIComponent(value.toWellFormed());
}

const id = fc.oneof(fc.integer({ min: 0, max: 300 }).map(String), text.map(encode));

const ACTIONS = ['cancel', 'retry', 'resolve', 'skip', 'pause', 'resume'];
const VIEWS = ['history', 'timeline', 'diagram', 'attempts', 'workflow_steps', 'stream/x'];
const BODY_FIELDS = ['by', 'reason', 'reset_attempts', 'results', 'tags', 'retry_limit', 'inputs', 'task_ids', 'tasks',
  'task', 'workflow_step']; // prettier-ignore

const body = fc.oneof(
  fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...BODY_FIELDS) }, text), json, { maxKeys: 3 }),
  json,
);
const bulkBody = fc.oneof(
  fc.record({ tasks: fc.array(task, { maxLength: 3 }) }),
  fc.record({ task_ids: fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), json), { maxLength: 4 }) }),
);
const bodyHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: headerText.map((value): Record<string, string> => ({ 'content-type': value || 'text/plain' })),
  },
);
/** Below one task, or one step of one. */
const place = fc.oneof(
  id.map((task) => `/tasker/tasks/${task}`),
  fc.tuple(id, id).map(([task, step]) => `/tasker/tasks/${task}/workflow_steps/${step}`),
);

/** Every route but those that create one task and list. They may change what others have made. */
export const otherRequests: fc.Arbitrary<HttpRequest> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...ACTIONS), body, bodyHeaders).map(([at, action, value, headers]): HttpRequest => {
    return { method: 'POST', path: `${at}/${action}`, body: JSON.stringify(value), headers };
  }),
  fc
    .tuple(fc.constantFrom('PATCH', 'PUT', 'DELETE'), place, body, bodyHeaders)
    .map(([method, path, value, headers]): HttpRequest => ({ method, path, body: JSON.stringify(value), headers })),
  fc
    .tuple(fc.constantFrom('', '/cancel', '/retry'), fc.oneof(bulkBody, body), bodyHeaders)
    .map(([action, value, headers]): HttpRequest => {
      return { method: 'POST', path: `/tasker/tasks/bulk${action}`, body: JSON.stringify(value), headers };
    }),
  fc
    .tuple(place, fc.constantFrom(...VIEWS), query)
    .map(([at, view, asked]): HttpRequest => ({ method: 'GET', path: `${at}/${view}?${asked}` })),
  fc.tuple(text, text, query).map(([a, b, asked]): HttpRequest => ({
    method: 'GET',
    path: `/tasker/handlers/${encode(a)}/${encode(b)}?${asked}`,
  })),
  // Never one that would be answered, by a stream without an end.
  query.map((asked): HttpRequest => ({ method: 'GET', path: `/tasker/tasks/stream?limit=1&${asked}` })),
);

export const requests: fc.Arbitrary<HttpRequest> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(createBody, createHeaders).map(([body, headers]): HttpRequest => {
      return { method: 'POST', path: '/tasker/tasks', body, headers };
    }),
  },
  { weight: 3, arbitrary: query.map((text): HttpRequest => ({ method: 'GET', path: `/tasker/tasks?${text}` })) },
  { weight: 1, arbitrary: id.map((task): HttpRequest => ({ method: 'GET', path: `/tasker/tasks/${task}` })) },
  {
    weight: 1,
    arbitrary: fc.tuple(id, query).map(([task, text]): HttpRequest => {
      return { method: 'GET', path: `/tasker/tasks/${task}/workflow_steps?${text}` };
    }),
  },
);
