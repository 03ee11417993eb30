import { type Claimed, type Engine } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN, SHAPES } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;

async function complete(engine: Engine, claims: readonly Claimed[]): Promise<void> {
  await engine.advance(claims.map((claim) => [claim, COMPLETE] as const));
}

describe('a task', () => {
  it.each(Object.entries(SHAPES))('of the shape "%s" is complete when all its steps are', async (_name, shape) => {
    const { engine } = test;
    const id = await engine.create(await engine.define(shape.map((parents) => ({ parents }))));
    await engine.run();
    expect(await engine.states(id)).toEqual(shape.map(() => 'complete'));
    expect(await engine.task(id)).toMatchObject({ state: 'complete', open_steps: 0, live_steps: 0, failed_steps: 0 });
    expect(await engine.taskHistory(id)).toEqual([
      { from: null, to: 'pending', metadata: {} },
      { from: 'pending', to: 'in_progress', metadata: { worker: 1 } },
      { from: 'in_progress', to: 'complete', metadata: { failed_steps: 0, total_steps: shape.length } },
    ]);
  });

  it('runs each step after all its parents', async () => {
    const { engine } = test;
    const shape = SHAPES.mixed;
    const id = await engine.create(await engine.define(shape.map((parents) => ({ parents }))));
    const order: number[] = [];
    for (let claims = await engine.claim({ limit: 1 }); claims.length > 0; claims = await engine.claim({ limit: 1 })) {
      order.push(claims[0]!.position);
      await complete(engine, claims);
    }
    shape.forEach((parents, position) =>
      parents.forEach((parent) => expect(order.indexOf(parent)).toBeLessThan(order.indexOf(position))),
    );
    expect((await engine.task(id)).state).toBe('complete');
  });

  it('is in error only when nothing else of it can run', async () => {
    const { engine } = test;
    // 0 fails for good; 1 has another attempt; 2 is followed by 3
    const id = await engine.create(await engine.define([{}, {}, {}, { parents: [2] }, { parents: [0] }]));
    const [failing, retried, fine] = (await engine.claim()) as [Claimed, Claimed, Claimed];
    const states: string[] = [];
    const note = async () => states.push((await engine.task(id)).state);
    await engine.advance([[failing, { outcome: 'fail' }]]);
    await note();
    await engine.advance([[retried, { outcome: 'retry' }]]);
    await note();
    await complete(engine, [fine]);
    await note();
    await complete(engine, await engine.claim());
    await note();
    engine.after(1);
    await complete(engine, await engine.claim());
    await note();
    expect(states).toEqual(['in_progress', 'in_progress', 'in_progress', 'in_progress', 'error']);
    expect(await engine.states(id)).toEqual(['error', 'complete', 'complete', 'complete', 'pending']);
  });

  it('whose last running step ends beside a cancelled one is cancelled', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}]));
    const [, running] = (await engine.claim()) as [Claimed, Claimed];
    expect(await engine.operate(id, [0], 'cancelled')).toBe('in_progress');
    const rows = await engine.advance([[running, COMPLETE]]);
    expect(rows).toContainEqual(expect.objectContaining({ kind: 'task', task_id: id, state: 'cancelled' }));
    expect((await engine.task(id)).finished_at).toEqual(engine.now);
  });

  it('with a failed and a cancelled step is in error', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}]));
    const [, running] = (await engine.claim()) as [Claimed, Claimed];
    await engine.operate(id, [0], 'cancelled');
    await engine.advance([[running, { outcome: 'fail' }]]);
    expect((await engine.task(id)).state).toBe('error');
  });
});

describe('two workers that end parents of one step at the same moment', () => {
  it('make it due once: the second waits for the first and sees what it did', async () => {
    const { engine } = test;
    const other = await test.another();
    const id = await engine.create(await engine.define([{}, {}, { parents: [0, 1] }]));
    const [first] = (await engine.claim({ worker: 1, limit: 1 })) as [Claimed];
    const [second] = (await engine.claim({ worker: 2, limit: 1 })) as [Claimed];
    await other.rows('begin');
    expect((await other.advance([[first, COMPLETE]], { capacity: 1 })).at(-1)!.position).toBe(0);
    const waiting = engine.advance([[second, COMPLETE]], { worker: 2, capacity: 1 });
    await test.blocked();
    await other.rows('commit');
    expect((await waiting).filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect((await engine.steps(id))[2]).toMatchObject({ state: 'in_progress', claimed_by: 2, attempts: 1 });
  });

  it('never block each other in a circle, in whatever order their batches name the tasks', async () => {
    const { engine } = test;
    const workers = [await test.another(), await test.another()];
    const workflow = await engine.define([...CHAIN, {}, { parents: [3] }, { parents: [4] }]);
    await engine.createMany(Array.from({ length: 20 }, () => engine.request(workflow)));
    for (let round = 0; round < 3; round++) {
      const claims = await engine.claim();
      expect(claims).toHaveLength(40);
      const halves = [
        claims.filter(({ position }) => position < 3),
        claims.filter(({ position }) => position >= 3).reverse(),
      ];
      await Promise.all(halves.map((half, i) => complete(workers[i]!, half)));
    }
    const tasks = await engine.rows<{ state: string }>('select state from tasker_tasks');
    expect(tasks).toEqual(tasks.map(() => ({ state: 'complete' })));
  });
});
