/** The checks must find what is wrong: a step's life as it should be, and one for every way in which it should not. */
import { checkTask } from './check/check.js';
import { type Move, type Run, type StepLife, type TaskLife } from './check/life.js';
import { requestsKept } from './check/requests.js';
import { Tally } from './check/tally.js';
import { POISON_LIMIT } from './setup.js';

const BARE: Move = {
  from: null, to: 'pending', at: 0, attempt: null, worker: null, cause: null, action: null, errorCode: null,
  permanent: false, errorRun: null,
}; // prettier-ignore

const created = BARE;
const claimed = (at: number, attempt: number, worker: number): Move => ({
  ...BARE, from: 'pending', to: 'in_progress', at, attempt, worker,
}); // prettier-ignore
const completed = (at: number, attempt: number, worker: number): Move => ({
  ...BARE, from: 'in_progress', to: 'complete', at, attempt, worker,
}); // prettier-ignore
const failed = (at: number, attempt: number, worker: number, more: Partial<Move> = {}): Move => ({
  ...BARE, from: 'in_progress', to: 'error', at, attempt, worker, ...more,
}); // prettier-ignore
const lost = (at: number, attempt: number, worker: number) => failed(at, attempt, worker, { errorCode: 'WORKER_LOST' });
const again = (at: number, attempt: number): Move => ({
  ...BARE, from: 'error', to: 'pending', at, attempt, cause: 'retry',
}); // prettier-ignore
const byOperator = (at: number): Move => ({
  ...BARE, from: 'error', to: 'pending', at, cause: 'operator', action: 'retry',
}); // prettier-ignore
const handedBack = (at: number, attempt: number, worker: number): Move => ({
  ...BARE, from: 'in_progress', to: 'pending', at, attempt, worker, cause: 'handed_back',
}); // prettier-ignore

const run = (runId: number, attempt: number, worker: number, enteredAt: number, leftAt: number | null): Run => ({
  runId, attempt, worker, enteredAt, leftAt, deaf: false, outcome: leftAt === null ? null : 'returned',
}); // prettier-ignore

/** A step that was executed once and is complete. */
const STEP: StepLife = {
  stepId: 1,
  name: 'step_1',
  transactional: false,
  state: 'complete',
  attempts: 1,
  retryable: true,
  retryLimit: 3,
  firstLimit: 3,
  losses: 0,
  resultRun: 7,
  parentIds: [],
  history: [created, claimed(10, 1, 1), completed(20, 1, 1)],
  runs: [run(7, 1, 1, 11, 19)],
  effects: [],
};
/** Its worker was stopped for longer than its lease, ran on, and did not count; another one did. */
const FENCED: StepLife = {
  ...STEP,
  attempts: 2,
  losses: 1,
  resultRun: 8,
  history: [created, claimed(10, 1, 1), lost(50, 1, 1), again(51, 2), claimed(51, 2, 2), completed(60, 2, 2)],
  runs: [run(7, 1, 1, 11, 70), run(8, 2, 2, 52, 59)],
};
const HANDED_BACK: StepLife = {
  ...STEP,
  history: [created, claimed(10, 1, 1), handedBack(20, 1, 1), claimed(21, 1, 2), completed(40, 1, 2)],
  runs: [run(6, 1, 1, 11, 19), run(7, 1, 2, 22, 39)],
};
const RETRIED: StepLife = {
  ...STEP,
  attempts: 4,
  retryLimit: 4,
  history: [
    created,
    ...[1, 2, 3].flatMap((n) => [
      claimed(n * 10, n, 1),
      failed(n * 10 + 5, n, 1),
      ...(n < 3 ? [again(n * 10 + 9, n + 1)] : []),
    ]),
    byOperator(40),
    claimed(50, 4, 1),
    completed(60, 4, 1),
  ],
  runs: [run(4, 1, 1, 11, 12), run(5, 2, 1, 21, 22), run(6, 3, 1, 31, 32), run(7, 4, 1, 51, 59)],
};
const RESET: StepLife = {
  ...STEP,
  firstLimit: 1,
  retryLimit: 1,
  history: [created, claimed(10, 1, 1), failed(20, 1, 1), byOperator(30), claimed(40, 1, 1), completed(50, 1, 1)],
  runs: [run(6, 1, 1, 11, 19), run(7, 1, 1, 41, 49)],
};
/** It had lost a worker before an operator began anew. */
const LOST_AND_RESET: StepLife = {
  ...RESET,
  history: [created, claimed(10, 1, 1), lost(20, 1, 1), byOperator(30), claimed(40, 1, 1), completed(50, 1, 1)],
};
const EFFECT: StepLife = { ...STEP, transactional: true, effects: [{ attempt: 1, runId: 7 }] };
const FAILED: StepLife = {
  ...STEP,
  state: 'error',
  resultRun: null,
  history: [created, claimed(10, 1, 1), failed(20, 1, 1, { permanent: true, errorRun: 7 })],
};

const task = (...steps: StepLife[]): TaskLife => ({ taskId: 1, n: 1, state: 'complete', paused: false, steps });
const brokenRules = (life: TaskLife) => [
  ...new Set(checkTask(life, new Tally(), POISON_LIMIT).map(({ rule }) => rule)),
];

it.each(Object.entries({ STEP, FENCED, HANDED_BACK, RETRIED, RESET, LOST_AND_RESET, EFFECT, FAILED }))(
  'finds nothing wrong with %s',
  (_name, step) => expect(checkTask(task(step), new Tally(), POISON_LIMIT)).toEqual([]),
);

it.each<[found: string, step: StepLife]>([
  ['a claim is executed once', { ...STEP, runs: [...STEP.runs, run(9, 1, 1, 12, 13)] }],
  ['a claim is executed once', { ...STEP, runs: [...STEP.runs, run(9, 1, 2, 12, 13)] }],
  ['attempts of a step do not overlap', { ...HANDED_BACK, runs: [run(6, 1, 1, 11, 30), run(7, 1, 2, 22, 39)] }],
  ['attempts of a step do not overlap', { ...RETRIED, runs: [run(4, 1, 1, 11, 24), ...RETRIED.runs.slice(1)] }],
  ['only the holder of a claim ends it', { ...FENCED, resultRun: 7 }],
  ['only the holder of a claim ends it', { ...STEP, runs: [] }],
  ['only the holder of a claim ends it', { ...STEP, resultRun: null }],
  ['only the holder of a claim ends it', { ...STEP, runs: [run(7, 1, 1, 21, 22)] }],
  [
    'only the holder of a claim ends it',
    { ...FAILED, history: FAILED.history.map((m) => ({ ...m, errorRun: m.errorRun && 9 })) },
  ],
  ['attempts add up and keep to the limit', { ...STEP, attempts: 2 }],
  ['attempts add up and keep to the limit', { ...STEP, history: [created, claimed(10, 2, 1), completed(20, 2, 1)] }],
  [
    'attempts add up and keep to the limit',
    { ...RETRIED, history: RETRIED.history.filter(({ cause }) => cause !== 'operator') },
  ],
  ['attempts add up and keep to the limit', { ...FENCED, losses: 0 }],
  ['attempts add up and keep to the limit', { ...LOST_AND_RESET, losses: 1 }],
  ['attempts add up and keep to the limit', { ...FENCED, retryable: false }],
  ['transactional effects happen exactly once', { ...EFFECT, effects: [] }],
  ['transactional effects happen exactly once', { ...EFFECT, effects: [...EFFECT.effects, ...EFFECT.effects] }],
  ['transactional effects happen exactly once', { ...EFFECT, effects: [{ attempt: 1, runId: 6 }] }],
  [
    'transactional effects happen exactly once',
    { ...FAILED, transactional: true, effects: [{ attempt: 1, runId: 7 }] },
  ],
  [
    'a step fails for good only for a reason',
    { ...FAILED, history: [...FAILED.history.slice(0, 2), failed(20, 1, 1)] },
  ],
  ['no lease is left', { ...STEP, state: 'in_progress', resultRun: null, history: STEP.history.slice(0, 2) }],
])('finds that it is not so: %s', (rule, step) => expect(brokenRules(task(step))).toContain(rule));

it('finds a step that ran before its parent was done', () => {
  const child = { ...STEP, stepId: 2, parentIds: [1] };
  const late = { ...child, history: [created, claimed(20, 1, 1), completed(30, 1, 1)], runs: [run(7, 1, 1, 21, 29)] };
  expect(brokenRules(task(STEP, late))).toEqual([]);
  expect(brokenRules(task(STEP, child))).toEqual(['a step runs after its parents']);
});

it('finds a task that did not come to its end, and tells the lives of its steps', () => {
  const [violation] = checkTask({ ...task(STEP), state: 'in_progress' }, new Tally(), POISON_LIMIT);
  expect(violation).toMatchObject({ rule: 'every task comes to an end', subject: 'task 1' });
  expect(violation!.details!.join('\n')).toContain('10.0 ms: pending > in_progress (attempt 1, worker 1)');
});

it('counts what there was', () => {
  const tally = new Tally();
  checkTask(task(FENCED, HANDED_BACK, EFFECT), tally, POISON_LIMIT);
  expect(tally).toMatchObject({
    steps: 3,
    claims: 5,
    executions: 5,
    recovered: 1,
    fenced: 1,
    handedBack: 1,
    effects: 1,
  });
});

it('holds the tasks that exist against what their creator was told', () => {
  const ledger = { created: new Map([[1, 11], [2, 12]]), undone: new Set([3]), unknown: new Set([4]) }; // prettier-ignore
  const found = (tasks: [number, number[]][]) => requestsKept(new Map(tasks), ledger).map(({ rule }) => rule);
  expect(found([[1, [11]], [2, [12]], [4, [14]]])).toEqual([]); // prettier-ignore
  expect(found([[1, [11]]])).toEqual(['no task is lost']);
  expect(found([[1, [11, 21]], [2, [12]]])).toEqual(['a request makes one task']); // prettier-ignore
  expect(found([[1, [11]], [2, [12]], [3, [13]]])).toEqual(['what was rolled back never was']); // prettier-ignore
  expect(found([[1, [11]], [2, [12]], [5, [15]]])).toEqual(['a request makes one task']); // prettier-ignore
});
