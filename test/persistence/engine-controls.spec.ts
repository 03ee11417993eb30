import { type Claimed, type Engine, START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();
const ROOTS = Array.from({ length: 10 }, () => ({}));

afterEach(async () => {
  await test.engine.rows('delete from tasker_controls');
});

/** A control of the one system that all steps of these tests call. */
async function control(columns: Record<string, unknown>): Promise<void> {
  const names = Object.keys(columns);
  await test.engine.rows(
    `insert into tasker_controls (dependent_system_id, ${names.join(', ')})
     select dependent_system_id, ${names.map((_, i) => `$${i + 1}`).join(', ')}
     from tasker_dependent_systems where name = 'system'`,
    Object.values(columns),
  );
}

/** A claim by a worker to which all lanes are under control. */
function claim(engine: Engine, limit = 100): Promise<Claimed[]> {
  return engine.rows(`select * from tasker_claim(1, '{}', $1, 30000, $2, $3)`, [limit, engine.now, engine.lanes]);
}

/** Claims by so many workers at once. */
async function claimTogether(workers: number): Promise<Claimed[][]> {
  const engines = await Promise.all(Array.from({ length: workers }, () => test.another()));
  for (const engine of engines) engine.now = test.engine.now;
  return Promise.all(engines.map((engine) => claim(engine)));
}

/** Does something while another session holds the row of a task, as a cancellation does. */
async function whileBusy(task: number, work: () => Promise<void>): Promise<void> {
  const other = await test.another();
  await other.rows('begin');
  await other.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [task]);
  await work();
  await other.rows('rollback');
}

async function finish(engine: Engine, claims: readonly Claimed[]): Promise<void> {
  await engine.advance(claims.map((one) => [one, { outcome: 'complete', results: {} }] as const));
}

/** Books what a worker saw of the system; returns whether its breaker is open then. */
async function outcomes(calls: number, failures: number): Promise<boolean> {
  const [row] = await test.engine.rows<{ is_open: boolean }>(
    `select is_open from tasker_record_outcomes('{system}', array[$1::integer], array[$2::integer], $3)`,
    [calls, failures, test.engine.now],
  );
  return row!.is_open;
}

describe('a limit of concurrency', () => {
  it('is never passed, and what has ended makes room', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control({ max_concurrency: 3 });
    const first = await claim(engine);
    expect(first).toHaveLength(3);
    expect(await claim(engine)).toEqual([]);
    await finish(engine, first.slice(0, 2));
    expect(await claim(engine)).toHaveLength(2);
  });

  it('holds across lanes and across claims at the same moment', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS.map((_, i) => ({ handler: `h${i % 3}` }))));
    await control({ max_concurrency: 4 });
    const taken = await claimTogether(4);
    expect(taken.flat()).toHaveLength(4);
    expect(new Set(taken.flat().map((one) => one.workflow_step_id)).size).toBe(4);
  });
});

describe('a limit of rate', () => {
  it('gives a second’s worth at once, then as time goes by', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control({ per_second: 2 });
    const counts: number[] = [];
    for (const seconds of [0, 0, 0.5, 0.25, 0.25, 60]) {
      engine.after(seconds);
      counts.push((await claim(engine)).length);
    }
    expect(counts).toEqual([2, 0, 1, 0, 1, 2]);
  });

  it('holds across claims at the same moment', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control({ per_second: 3 });
    expect((await claimTogether(4)).flat()).toHaveLength(3);
    engine.after(1);
    expect((await claimTogether(4)).flat()).toHaveLength(3);
  });

  it('is not spent on a task whose row is busy', async () => {
    const { engine } = test;
    const workflow = await engine.define([{}]);
    const busy = await engine.create(workflow);
    await control({ per_second: 1 });
    await whileBusy(busy, async () => expect(await claim(engine)).toEqual([]));
    expect(await claim(engine)).toHaveLength(1);
  });

  it('is not even looked at while nothing is due', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS), { run_at: new Date(START.getTime() + 1_000) });
    await control({ per_second: 1 });
    expect(await claim(engine)).toEqual([]);
    expect(await engine.rows('select refilled_at from tasker_controls')).toEqual([{ refilled_at: null }]);
    engine.after(1);
    expect(await claim(engine)).toHaveLength(1);
  });
});

describe('a pause', () => {
  it('of the system, the namespace or everything takes nothing, and what runs may end', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    const running = await claim(engine, 2);
    await control({ paused_at: START });
    expect(await claim(engine)).toEqual([]);
    await finish(engine, running);
    await engine.rows('update tasker_controls set dependent_system_id = null');
    expect(await claim(engine)).toEqual([]);
    await engine.rows(
      `update tasker_controls set task_namespace_id = (select task_namespace_id from tasker_task_namespaces where name = 'default')`,
    );
    expect(await claim(engine)).toEqual([]);
    await engine.rows('delete from tasker_controls');
    expect(await claim(engine)).toHaveLength(8);
  });
});

describe('a breaker', () => {
  const BREAKER = {
    breaker_failure_rate: 0.5,
    breaker_min_calls: 4,
    breaker_window_ms: 60_000,
    breaker_open_ms: 10_000,
  };

  it('opens at its share of failures, once there were calls enough', async () => {
    await control(BREAKER);
    expect(await outcomes(3, 3)).toBe(false);
    expect(await outcomes(1, 0)).toBe(true);
  });

  it('forgets what is older than its window', async () => {
    const { engine } = test;
    await control(BREAKER);
    expect(await outcomes(3, 3)).toBe(false);
    engine.after(60);
    expect(await outcomes(3, 0)).toBe(false);
    expect(await outcomes(1, 1)).toBe(false);
  });

  it('lets nothing through while it is open, then one attempt, and another only when that is lost', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control(BREAKER);
    await outcomes(4, 4);
    const counts: number[] = [];
    for (const seconds of [0, 9.999, 0.001, 0, 9.999, 0.001]) {
      engine.after(seconds);
      counts.push((await claim(engine)).length);
    }
    expect(counts).toEqual([0, 0, 1, 0, 0, 1]);
  });

  it('lets one attempt through, however many ask for it at the same moment', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control(BREAKER);
    await outcomes(4, 4);
    engine.after(10);
    expect((await claimTogether(4)).flat()).toHaveLength(1);
  });

  it('does not take a task whose row is busy for the attempt that it lets through', async () => {
    const { engine } = test;
    const busy = await engine.create(await engine.define([{}]));
    await control(BREAKER);
    await outcomes(4, 4);
    engine.after(10);
    await whileBusy(busy, async () => expect(await claim(engine)).toEqual([]));
    expect(await claim(engine)).toHaveLength(1);
  });

  it('closes when the attempt succeeds, and begins to count anew', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control(BREAKER);
    await outcomes(4, 4);
    engine.after(10);
    await claim(engine);
    expect(await outcomes(1, 0)).toBe(false);
    expect(await outcomes(3, 1)).toBe(false);
    expect(await claim(engine)).toHaveLength(9);
  });

  it('opens again when the attempt fails', async () => {
    const { engine } = test;
    await engine.create(await engine.define(ROOTS));
    await control(BREAKER);
    await outcomes(4, 4);
    engine.after(10);
    await claim(engine);
    expect(await outcomes(1, 1)).toBe(true);
    engine.after(9);
    expect(await claim(engine)).toEqual([]);
    engine.after(1);
    expect(await claim(engine)).toHaveLength(1);
  });
});

it('lanes without a control are taken first, and the rest of the room goes to the others', async () => {
  const { engine } = test;
  const workflow = await engine.define([
    { handler: 'free' },
    { handler: 'free' },
    ...ROOTS.map(() => ({ handler: 'held' })),
  ]);
  await engine.create(workflow);
  await control({ max_concurrency: 5 });
  const [free, held] = [workflow.lanes[0]!, workflow.lanes[2]!];
  const both = (limit: number) =>
    engine.rows<Claimed>('select * from tasker_claim(1, $1, $2, 30000, $3, $4)', [[free], limit, engine.now, [held]]);
  expect((await both(4)).map((one) => one.position)).toEqual([0, 1, 2, 3]);
  expect(await both(9)).toHaveLength(1);
});
