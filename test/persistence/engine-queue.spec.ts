import { type Claimed, START } from './support/engine.js';
import { useEngine } from './support/test-engine.js';
import { CHAIN } from './support/workflow.js';

const test = useEngine();
const COMPLETE = { outcome: 'complete', results: {} } as const;
const roots = (count: number) => Array.from({ length: count }, () => ({}));

describe('a wide task', () => {
  it('does not stand in front of all that comes after it', async () => {
    const { engine } = test;
    const wide = await engine.create(await engine.define(roots(200)));
    engine.after(1);
    const small = await engine.create(await engine.define([{}]));
    engine.after(60);
    const order = (await engine.rows<{ task_id: number }>(
      'select task_id from tasker_workflow_steps where ready_at is not null order by queue_at, workflow_step_id',
    )) as { task_id: number }[];
    const place = order.findIndex(({ task_id }) => task_id === small);
    expect(place).toBeLessThan(20);
    expect((await engine.claim({ limit: place + 1 })).map((claim) => claim.task_id)).toEqual([
      ...Array.from({ length: place }, () => wide),
      small,
    ]);
  });

  it('may use the whole fleet when it is alone', async () => {
    const { engine } = test;
    await engine.create(await engine.define(roots(200)));
    expect(await engine.claim({ limit: 500 })).toHaveLength(200);
  });

  it('gives way also with the steps that one parent made due', async () => {
    const { engine } = test;
    await engine.create(await engine.define([{}, ...roots(100).map(() => ({ parents: [0] }))]));
    await engine.advance((await engine.claim()).map((claim) => [claim, COMPLETE] as const));
    engine.after(1);
    const small = await engine.create(await engine.define([{}]));
    engine.after(60);
    const claims = await engine.claim({ limit: 20 });
    expect(claims.map((claim) => claim.task_id)).toContain(small);
  });
});

describe('a paused task', () => {
  /** As an operator's pause leaves it: every wake-up is put off for ever. */
  async function pause(id: number): Promise<void> {
    await test.engine.rows('update tasker_tasks set paused_at = $2 where task_id = $1', [id, test.engine.now]);
    await test.engine.rows(
      `update tasker_workflow_steps set ready_at = 'infinity' where task_id = $1 and ready_at is not null`,
      [id],
    );
  }

  it('is left alone by claims, however late it gets', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    await pause(id);
    engine.after(1e9);
    expect(await engine.claim()).toEqual([]);
    expect((await engine.task(id)).live_steps).toBe(1);
  });

  it('keeps what its running steps make due: children, another attempt, what is handed back', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}, {}, {}, { parents: [0] }]));
    const [done, failed, handed] = (await engine.claim()) as [Claimed, Claimed, Claimed];
    await pause(id);
    const rows = await engine.advance(
      [
        [done, COMPLETE],
        [failed, { outcome: 'retry', delay_ms: 0 }],
      ],
      { capacity: 9 },
    );
    expect(rows.filter(({ kind }) => kind === 'claimed')).toEqual([]);
    await engine.release([handed]);
    expect((await engine.steps(id)).map(({ state, ready_at }) => [state, ready_at])).toEqual([
      ['complete', null],
      ['error', Infinity],
      ['pending', Infinity],
      ['pending', Infinity],
    ]);
    engine.after(60);
    expect(await engine.claim()).toEqual([]);
    expect((await engine.task(id)).state).toBe('in_progress');
  });

  it('keeps what an operator makes due', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define(CHAIN));
    await pause(id);
    expect(await engine.operate(id, [0], 'skipped')).toBe('pending');
    expect((await engine.steps(id)).map(({ ready_at }) => ready_at)).toEqual([null, Infinity, null]);
  });

  it('ends when nothing is left of it', async () => {
    const { engine } = test;
    const id = await engine.create(await engine.define([{}]));
    const [claim] = (await engine.claim()) as [Claimed];
    await pause(id);
    await engine.advance([[claim, COMPLETE]]);
    expect(await engine.task(id)).toMatchObject({ state: 'complete', finished_at: START });
  });
});
