import fc from 'fast-check';
import { addEdge, createGraph, pathLengths } from './support/graph.js';
import { graphs } from './support/scenario.js';
import { useEngine } from './support/test-engine.js';
import { SHAPES } from './support/workflow.js';

const test = useEngine();

interface Row {
  workflow_step_id: number;
  task_id: number;
  named_step_id: number;
  parent_step_ids: number[];
  child_step_ids: number[];
  parent_count: number;
  child_count: number;
  is_root_step: boolean;
  is_leaf_step: boolean;
  min_depth_from_root: number | null;
}

/** The view's rows of a task in the order of its steps, ids turned into positions. */
async function view(
  taskId: number,
): Promise<(Omit<Row, 'workflow_step_id' | 'named_step_id'> & { position: number })[]> {
  const { engine } = test;
  const steps = await engine.steps(taskId);
  const position = (id: number) => steps.find((step) => step.workflow_step_id === id)?.position ?? -1;
  const rows = await engine.rows<Row>(
    'select * from tasker_step_dag_relationships where task_id = $1 order by workflow_step_id',
    [taskId],
  );
  return rows.map(({ workflow_step_id, named_step_id, ...row }) => {
    expect(steps.find((step) => step.workflow_step_id === workflow_step_id)).toMatchObject({ named_step_id });
    const parent_step_ids = row.parent_step_ids.map(position);
    return {
      ...row,
      position: position(workflow_step_id),
      parent_step_ids,
      child_step_ids: row.child_step_ids.map(position),
    };
  });
}

function expected(taskId: number, parents: readonly (readonly number[])[]): unknown[] {
  const lengths = pathLengths(parents);
  return parents.map((list, position) => {
    const children = [...parents.keys()].filter((child) => parents[child]!.includes(position));
    return {
      task_id: taskId,
      position,
      parent_step_ids: [...list].sort((a, b) => a - b),
      child_step_ids: children,
      parent_count: list.length,
      child_count: children.length,
      is_root_step: list.length === 0,
      is_leaf_step: children.length === 0,
      min_depth_from_root: Math.min(...lengths[position]!),
    };
  });
}

it.each(Object.entries(SHAPES))('tells the neighbours and the shortest way to each step: %s', async (_name, shape) => {
  const id = await createGraph(test.engine, shape);
  expect(await view(id)).toEqual(expected(id, shape));
});

it('does so in every graph', async () => {
  const { engine } = test;
  await fc.assert(
    fc.asyncProperty(graphs(12), async (parents) => {
      await engine.rows('delete from tasker_tasks');
      const id = await createGraph(engine, parents);
      expect(await view(id)).toEqual(expected(id, parents));
    }),
    { numRuns: 100 },
  );
});

it('knows the shortest way where the longest is another', async () => {
  const id = await createGraph(test.engine, [[], [0], [1], [2, 0], [3]]);
  expect((await view(id)).map((row) => row.min_depth_from_root)).toEqual([0, 1, 2, 1, 2]);
});

it('has no limit of depth', async () => {
  const id = await createGraph(
    test.engine,
    Array.from({ length: 120 }, (_, i) => (i === 0 ? [] : [i - 1])),
  );
  expect((await view(id)).map((row) => row.min_depth_from_root)).toEqual(Array.from({ length: 120 }, (_, i) => i));
});

it('has no depth for a step that no root reaches, and ends on a cycle', async () => {
  const { engine } = test;
  // a cycle of 1 and 2 behind the root 0; a cycle of 3 and 4 behind nothing
  const id = await createGraph(engine, [[], [0], [1], [], [3], [4]]);
  await engine.rows('begin');
  await addEdge(engine, id, 2, 1);
  await addEdge(engine, id, 4, 3);
  expect((await view(id)).map((row) => row.min_depth_from_root)).toEqual([0, 1, 2, null, null, null]);
  await engine.rows('rollback');
});

it('has every step of every task once', async () => {
  const { engine } = test;
  const ids = [await createGraph(engine, SHAPES.mixed), await createGraph(engine, SHAPES.tree)];
  const rows = await engine.rows<Row>('select * from tasker_step_dag_relationships order by workflow_step_id');
  expect(rows.map((row) => row.task_id)).toEqual([...SHAPES.mixed.map(() => ids[0]), ...SHAPES.tree.map(() => ids[1])]);
});
