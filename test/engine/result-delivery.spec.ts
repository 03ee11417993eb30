import { Logger } from '@nestjs/common';
import { type OrchestrationService, type WorkerIdentity } from '../../src/engine/orchestration.service.js';
import { ResultDelivery } from '../../src/engine/result-delivery.js';
import { type Advance, type AttemptResult } from '../../src/persistence/sql/advance.js';

const WORKER: WorkerIdentity = { workerId: 1, laneIds: [1], controlledLaneIds: [], leaseMs: 1_000 };
const CUT = Object.assign(new Error('terminating connection'), { code: '57P01' });
const REFUSED = Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' });

const REST = { isHeldBack: false, sortKey: 3, metadataText: null };

/** Answers in turn: an error is thrown, a function decides by the batch, nothing means that all of it is applied. */
class Database {
  readonly batches: (readonly AttemptResult[])[] = [];
  readonly answers: (Error | ((batch: readonly AttemptResult[]) => Error | undefined))[] = [];

  async advance(_worker: WorkerIdentity, batch: readonly AttemptResult[]): Promise<Advance> {
    this.batches.push(batch);
    const next = this.answers.shift();
    const error = typeof next === 'function' ? next(batch) : next;
    if (error) throw error;
    const applied = batch.map(({ taskId, stepId, attempt }) => {
      return { taskId, stepId, attempt, position: 0, state: 'complete' as const, readyAt: null, ...REST };
    });
    return { applied, claims: [], finished: [], readyLeft: 1, at: null };
  }
}

let database: Database;
let reconciled: number;
let delivery: ResultDelivery;

beforeAll(() => {
  Logger.overrideLogger(false);
});
beforeEach(() => {
  database = new Database();
  reconciled = 0;
  delivery = new ResultDelivery(database as unknown as OrchestrationService, () => void reconciled++);
});

function result(stepId: number, change: Partial<AttemptResult> = {}): AttemptResult {
  const { outcome = 'complete' } = change;
  return {
    taskId: 1,
    stepId,
    attempt: 1,
    token: 2,
    outcome,
    resultsText: outcome === 'complete' ? '{}' : null,
    error: outcome === 'complete' ? null : { message: 'poison', errorClass: 'Error', permanent: outcome === 'fail' },
    delayMs: 0,
    requestedSeconds: null,
    durationMs: 1,
    events: [],
    ...change,
  };
}

it('tries again while the database cannot be reached, and says so meanwhile', async () => {
  database.answers.push(CUT, CUT);
  const delivering = delivery.deliver(WORKER, [result(1)], 5);
  await Promise.resolve();
  await Promise.resolve();
  expect(delivery.isReachable).toBe(false);
  expect((await delivering).applied).toHaveLength(1);
  expect(database.batches).toHaveLength(3);
  expect(delivery.isReachable).toBe(true);
});

it('asks once to compare claims after an answer was lost, and not when all went well', async () => {
  await delivery.deliver(WORKER, [result(1)], 5);
  expect(reconciled).toBe(0);
  database.answers.push(CUT, CUT);
  await delivery.deliver(WORKER, [result(1)], 5);
  expect(reconciled).toBe(1);
});

it('counts results that came too late, but not those whose first answer was lost', async () => {
  const advance = database.advance.bind(database);
  database.advance = async (worker, batch) => ({ ...(await advance(worker, batch)), applied: [] });
  await delivery.deliver(WORKER, [result(1), result(2)], 0);
  expect(delivery.fenced).toBe(2);
  database.answers.push(CUT);
  await delivery.deliver(WORKER, [result(3)], 0);
  expect(delivery.fenced).toBe(2);
});

it('takes a refused batch apart, and fails for good only the step whose results the database refuses', async () => {
  const poisoned = (batch: readonly AttemptResult[]) =>
    batch.some(({ stepId, outcome }) => stepId === 2 && outcome === 'complete') ? REFUSED : undefined;
  database.answers.push(poisoned, poisoned, poisoned, poisoned, poisoned);
  const outcome = await delivery.deliver(WORKER, [result(1), result(2), result(3)], 5);
  expect(outcome.applied.map(({ stepId }) => stepId)).toEqual([1, 2, 3]);
  expect(outcome.readyLeft).toBe(3);
  const [written] = database.batches.filter((batch) => batch[0]!.stepId === 2).at(-1)!;
  expect(written).toMatchObject({
    outcome: 'fail',
    resultsText: null,
    error: { errorCode: 'REFUSED_BY_DATABASE', permanent: true },
  });
  expect(written!.error!.message).toContain('unsupported Unicode escape sequence');
});

it.each(['retry', 'fail'] as const)(
  'writes a failure without its details when the database refuses them: %s',
  async (outcome) => {
    const poisoned = (batch: readonly AttemptResult[]) =>
      batch.some(({ error }) => error?.message === 'poison') ? REFUSED : undefined;
    database.answers.push(poisoned, poisoned, poisoned, poisoned);
    const delivered = await delivery.deliver(WORKER, [result(1), result(2, { outcome, delayMs: 700 })], 5);
    expect(delivered.applied.map(({ stepId }) => stepId)).toEqual([1, 2]);
    expect(database.batches.at(-1)).toEqual([
    expect.objectContaining({ stepId: 2, outcome, delayMs: 700, error: expect.objectContaining({ permanent: outcome === 'fail' }) as object }),
  ]); // prettier-ignore
  },
);

it('gives up what cannot be written once it is stopped, and is patient again when it is started', async () => {
  delivery.stop();
  database.answers.push(CUT);
  await expect(delivery.deliver(WORKER, [result(1)], 0)).rejects.toBe(CUT);
  delivery.start();
  database.answers.push(CUT);
  expect((await delivery.deliver(WORKER, [result(1)], 0)).applied).toHaveLength(1);
});
