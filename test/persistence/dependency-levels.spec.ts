import fc from 'fast-check';
import { addEdge, createGraph, layered, pathLengths } from './support/graph.js';
import { graphs } from './support/scenario.js';
import { useEngine } from './support/test-engine.js';
import { SHAPES } from './support/workflow.js';

const test = useEngine();

/** The levels by position. */
async function levels(taskId: number): Promise<(number | null)[]> {
  const rows = await test.engine.rows<{ level: number | null }>(
    `select dependency_level as level from calculate_dependency_levels($1) join tasker_workflow_steps using (workflow_step_id)
     order by position`,
    [taskId],
  );
  return rows.map((row) => row.level);
}

describe('the level of a step', () => {
  it.each([
    ['dummy', [0, 0, 1, 2]],
    ['linear', [0, 1, 2, 3, 4, 5]],
    ['diamond', [0, 1, 1, 2, 2, 3, 4]],
    ['parallelMerge', [0, 0, 0, 0, 1, 1, 2]],
    ['tree', [0, 1, 1, 2, 2, 2, 2, 3]],
    ['mixed', [0, 0, 1, 1, 2, 3, 3, 2, 4]],
    ['apiIntegration', [0, 0, 1, 2, 3]],
  ] as const)('is the length of the longest path to it: %s', async (name, expected) => {
    expect(await levels(await createGraph(test.engine, SHAPES[name]))).toEqual(expected);
  });

  it('is that in every graph', async () => {
    const { engine } = test;
    await fc.assert(
      fc.asyncProperty(graphs(12), async (parents) => {
        await engine.rows('delete from tasker_tasks');
        const expected = pathLengths(parents).map((lengths) => Math.max(...lengths));
        expect(await levels(await createGraph(engine, parents))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('orders the rows, then the step does', async () => {
    const { engine } = test;
    const id = await createGraph(engine, [[2], [], [], [0, 1], [1]]);
    const rows = await engine.rows<{ workflow_step_id: number; dependency_level: number }>(
      'select * from calculate_dependency_levels($1)',
      [id],
    );
    const [base] = await engine.steps(id);
    expect(rows.map((row) => [row.workflow_step_id - base!.workflow_step_id, row.dependency_level])).toEqual([
      [1, 0],
      [2, 0],
      [0, 1],
      [4, 1],
      [3, 2],
    ]);
  });
});

it('a task that does not exist has no levels', async () => {
  expect(await test.engine.rows('select * from calculate_dependency_levels(-1)')).toEqual([]);
});

it('the number of paths does not matter', async () => {
  const { engine } = test;
  const id = await createGraph(engine, layered(40, 10)); // 10^40 paths
  expect(await levels(id)).toEqual(Array.from({ length: 400 }, (_, step) => Math.floor(step / 10)));
});

describe('a cycle made by hand', () => {
  it('ends the count: what is on it or behind it has no level, and comes last', async () => {
    const { engine } = test;
    // 0 → 1 → 2 → 3, and 4 → 5
    const id = await createGraph(engine, [[], [0], [1], [2], [], [4]]);
    await engine.rows('begin');
    await addEdge(engine, id, 2, 1);
    expect(await levels(id)).toEqual([0, null, null, null, 0, 1]);
    const rows = await engine.rows<{ dependency_level: number | null }>(
      'select * from calculate_dependency_levels($1)',
      [id],
    );
    expect(rows.map((row) => row.dependency_level)).toEqual([0, 0, 1, null, null, null]);
    await engine.rows('rollback');
  });

  it('without any root leaves no level at all', async () => {
    const { engine } = test;
    const id = await createGraph(engine, [[], [0]]);
    await engine.rows('begin');
    await addEdge(engine, id, 1, 0);
    expect(await levels(id)).toEqual([null, null]);
    await engine.rows('rollback');
  });
});

it('an edge to another task is not part of either graph', async () => {
  const { engine } = test;
  const [a, b] = [await createGraph(engine, [[], [0]]), await createGraph(engine, [[], [0]])];
  await engine.rows('begin');
  await addEdge(engine, a, 1, 0, b);
  expect([await levels(a), await levels(b)]).toEqual([
    [0, 1],
    [0, 1],
  ]);
  await engine.rows('rollback');
});
