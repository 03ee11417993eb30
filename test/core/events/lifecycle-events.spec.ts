import { SYSTEM_EVENTS, systemEvent } from '../../../src/core/events/catalogue.js';
import { type StepChange, type TaskChange, type TaskFacts } from '../../../src/core/events/change.js';
import { eventNamesOf, toEvent } from '../../../src/core/events/lifecycle-events.js';
import { STEP_TRANSITIONS, type StepState, TASK_TRANSITIONS, type TaskState } from '../../../src/core/states.js';

const AT = new Date('2026-01-01T00:00:10Z');
const FACTS: TaskFacts = {
  taskId: 1,
  namespace: 'shop',
  name: 'order',
  version: '1.0.0',
  correlationId: 'c',
  initiator: 'ann',
  sourceSystem: 'web',
  tags: ['a'],
  createdAt: new Date('2026-01-01T00:00:00Z'),
  steps: [{ name: 'pay', dependentSystem: 'bank', retryLimit: 3 }],
};

const task = (from: TaskState | null, to: TaskState, metadata = {}): TaskChange => ({
  kind: 'task',
  taskId: 1,
  sortKey: 2,
  from,
  to,
  at: AT,
  metadata,
});
const step = (from: StepState | null, to: StepState, metadata = {}): StepChange => ({
  ...task(null, 'pending', metadata),
  kind: 'step',
  stepId: 5,
  position: 0,
  from,
  to,
});

function edges<State extends string>(table: Readonly<Record<State, readonly State[]>>): [State | null, State][] {
  const moves = (Object.keys(table) as State[]).flatMap((from) => table[from].map((to): [State, State] => [from, to]));
  return [[null, 'pending' as State], ...moves];
}

/** What a failure may say beside its states. */
const FAILURES = [
  { error: { message: 'm' }, next_retry_at: '2026-01-01T00:00:12Z' },
  { error: { message: 'm' }, next_retry_at: 'infinity' },
  { error: { message: 'm', permanent: true } },
  { error: { message: 'm' } },
  {},
];
const taskChanges = edges(TASK_TRANSITIONS).map(([from, to]) => task(from, to));
const stepChanges = edges(STEP_TRANSITIONS).flatMap(([from, to]) =>
  (to === 'error' ? FAILURES : [{}]).map((metadata) => step(from, to, metadata)),
);

it.each([...taskChanges, ...stepChanges].map((change) => [change.kind, change.from, change.to, change] as const))(
  'tells of a %s from %s to %s, with the fields of the catalogue',
  (_kind, _from, _to, change) => {
    const names = eventNamesOf(change);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const info = systemEvent(name);
      expect(info).toMatchObject({ name, durable: true });
      const event = toEvent(change, name, FACTS);
      expect(Object.keys(event)).toEqual(expect.arrayContaining([...info!.fields]));
      expect(Object.values(event)).not.toContain(undefined);
    }
  },
);

it('has a row of the histories for every durable event of tasks and steps', () => {
  const given = new Set([...taskChanges, ...stepChanges].flatMap(eventNamesOf));
  const promised = SYSTEM_EVENTS.filter(({ durable, category }) => durable && category !== 'delivery');
  expect([...given].sort()).toEqual(promised.map(({ name }) => name).sort());
});

it.each([
  ['is tried again', { next_retry_at: '2026-01-01T00:00:12Z' }, ['step.failed', 'observability.step.backoff']],
  ['waits for its task to be let go on', { next_retry_at: 'infinity' }, ['step.failed']],
  ['will never do', { error: { permanent: true } }, ['step.failed']],
  ['has used up its attempts', { error: {} }, ['step.failed', 'observability.step.max_retries_reached']],
])('tells of a failed attempt that %s', (_what, metadata, names) => {
  expect(eventNamesOf(step('in_progress', 'error', metadata))).toEqual(names);
});

it('makes the same event of a row in the process that wrote it and of the row as it is read', () => {
  const nextRetryAt = new Date('2026-01-01T00:00:12Z');
  const here = step('in_progress', 'error', { attempt: 2, error: { message: 'm' }, next_retry_at: nextRetryAt });
  const read = { ...here, metadata: JSON.parse(JSON.stringify(here.metadata)) as Record<string, unknown> };
  for (const name of eventNamesOf(here)) expect(toEvent(read, name, FACTS)).toEqual(toEvent(here, name, FACTS));
});

it('says how long is waited, and whether the other system asked for it', () => {
  const waits = { next_retry_at: '2026-01-01T00:00:12.500Z', error: {} };
  const of = (metadata: object) => toEvent(step('in_progress', 'error', metadata), 'observability.step.backoff', FACTS);
  expect(of(waits)).toMatchObject({ backoffSeconds: 2.5, backoffType: 'exponential' });
  expect(of({ ...waits, requested_seconds: 3 })).toMatchObject({ backoffType: 'server_requested' });
});

it('gives the events of one row ids of their own, and one event the same id each time', () => {
  const change = step('in_progress', 'error', { error: {} });
  const ids = eventNamesOf(change).map((name) => toEvent(change, name, FACTS).id);
  expect(ids).toEqual(['s5.2', 's5.2/max_retries']);
  expect(toEvent(task('in_progress', 'complete'), 'task.completed', FACTS).id).toBe('t1.2');
});

it('cannot be changed by who gets it, down to its last part', () => {
  const payload = { deep: { list: [{ x: 1 }] } };
  const published = {
    kind: 'event',
    id: 'e',
    name: 'order.paid',
    taskId: 1,
    stepId: 5,
    position: 0,
    attempt: 1,
  } as const;
  const event = toEvent({ ...published, payload, at: AT }, 'order.paid', FACTS) as { payload: typeof payload };
  expect(() => void (event.payload.deep.list[0]!.x = 2)).toThrow(TypeError);
  const failed = toEvent(task('in_progress', 'error', { error_steps: ['pay'] }), 'task.failed', FACTS);
  expect(() => void (failed as unknown as { errorSteps: string[] }).errorSteps.push('more')).toThrow(TypeError);
});

it('refuses to make an event of a task that nothing is known of', () => {
  expect(() => toEvent(task(null, 'pending'), 'task.initialize_requested', undefined)).toThrow('not known');
});
