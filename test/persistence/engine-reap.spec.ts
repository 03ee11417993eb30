import { type Advanced, type Claimed, LEASE_MS } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;
const LEASE = LEASE_MS / 1000;

function reap(options: { limit?: number; poison?: number } = {}): Promise<Advanced[]> {
  const { limit = 100, poison = 3 } = options;
  return test.engine.rows('select * from tasker_reap($1, $2, $3)', [limit, poison, test.engine.now]);
}

it('takes back what a worker no longer renews: the attempt is counted, the step due at once', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}]));
  const [claim] = (await engine.claim({ worker: 4 })) as [Claimed];
  engine.after(LEASE);
  expect(await reap()).toEqual([]);
  const now = engine.after(0.001);
  expect(await reap()).toMatchObject([
    {
      kind: 'applied',
      task_id: id,
      workflow_step_id: claim.workflow_step_id,
      attempt: 1,
      state: 'error',
      ready_at: now,
    },
    { kind: 'ready', position: 0 },
  ]);
  expect((await engine.steps(id))[0]).toMatchObject({
    state: 'error',
    ready_at: now,
    attempts: 1,
    worker_losses: 1,
    claimed_by: null,
    error: { errorCode: 'WORKER_LOST', permanent: false },
  });
  expect((await engine.claim({ worker: 5 }))[0]).toMatchObject({ attempt: 2 });
  expect((await engine.advance([[claim, COMPLETE]], { worker: 4 })).map(({ kind }) => kind)).toEqual(['ready']);
});

it('names the worker that was lost', async () => {
  const { engine } = test;
  const [row] = await engine.rows<{ worker: number }>(
    `insert into tasker_workers (host, pid, version, concurrency) values ('alpha', 77, '1', 1) returning worker_id as worker`,
  );
  const id = await engine.create(await engine.define([{}]));
  await engine.claim({ worker: row!.worker });
  engine.after(LEASE + 1);
  await reap();
  const message = expect.stringMatching(/alpha, process 77/) as string;
  expect((await engine.steps(id))[0]!.error).toMatchObject({ message });
});

it('leaves alone what is renewed', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}, {}]));
  const claims = await engine.claim();
  engine.after(LEASE - 1);
  await engine.renew([claims[1]!]);
  engine.after(2);
  expect((await reap()).filter(({ kind }) => kind === 'applied')).toHaveLength(1);
  expect(await engine.states(id)).toEqual(['error', 'in_progress']);
});

it.each([{ retryLimit: 1 }, { retryable: false }])(
  'fails a step for good that has no attempt left: %j',
  async (shape) => {
    const { engine } = test;
    const id = await engine.create(await engine.define([shape, { parents: [0] }]));
    await engine.claim();
    engine.after(LEASE + 1);
    expect((await reap()).map(({ kind }) => kind)).toEqual(['applied', 'task', 'ready']);
    expect(await engine.task(id)).toMatchObject({ state: 'error', failed_steps: 1 });
  },
);

it('fails a step for good that has taken too many workers down, attempts left or not', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{ retryLimit: 9 }]));
  const states: string[] = [];
  for (let loss = 1; loss <= 3; loss++) {
    expect(await engine.claim({ worker: loss })).toHaveLength(1);
    engine.after(LEASE + 1);
    await reap({ poison: 3 });
    states.push((await engine.task(id)).state);
  }
  expect(states).toEqual(['in_progress', 'in_progress', 'error']);
  expect((await engine.steps(id))[0]).toMatchObject({ worker_losses: 3, error: { permanent: true } });
});

it('takes the oldest first when there are more than the limit', async () => {
  const { engine } = test;
  const id = await engine.create(await engine.define([{}, {}, {}]));
  for (let i = 0; i < 3; i++) {
    await engine.claim({ limit: 1 });
    engine.after(1);
  }
  engine.after(LEASE);
  expect((await reap({ limit: 2 })).filter(({ kind }) => kind === 'applied')).toHaveLength(2);
  expect(await engine.states(id)).toEqual(['error', 'error', 'in_progress']);
});

it('is done by one session at a time; another does not wait', async () => {
  const { engine } = test;
  const other = await test.another();
  await engine.create(await engine.define(CHAIN));
  await engine.claim();
  engine.after(LEASE + 1);
  await other.rows('begin');
  await other.rows('select * from tasker_reap(0, 3, $1)', [engine.now]);
  expect(await reap()).toEqual([]);
  await other.rows('rollback');
  expect(await reap()).toHaveLength(2);
});

it('does not take what was renewed while it waited for the task', async () => {
  const { engine } = test;
  const other = await test.another();
  const id = await engine.create(await engine.define([{}]));
  const claims = await engine.claim();
  const now = engine.after(LEASE + 1);
  other.now = now;
  await other.rows('begin');
  await other.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [id]);
  const reaping = reap();
  await test.blocked();
  await other.renew(claims);
  await other.rows('commit');
  expect(await reaping).toEqual([]);
  expect(await engine.states(id)).toEqual(['in_progress']);
});

it('does not let the steps of other tasks wait for one whose row is held', async () => {
  const { engine } = test;
  const other = await test.another();
  const definition = await engine.define([{}]);
  const [held, free] = [await engine.create(definition), await engine.create(definition)];
  await engine.claim();
  engine.after(LEASE + 1);
  await other.rows('begin');
  await other.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [held]);
  expect((await reap()).map(({ task_id }) => task_id)).toContain(free);
  expect([await engine.states(held), await engine.states(free)]).toEqual([['in_progress'], ['error']]);
  await other.rows('rollback');
  expect((await reap()).map(({ task_id }) => task_id)).toContain(held);
});
