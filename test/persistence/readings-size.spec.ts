import { type Engine } from './support/engine.js';
import { createGraph } from './support/graph.js';
import { useEngine } from './support/test-engine.js';
import { DIAMOND } from './support/workflow.js';

const test = useEngine();

/** 1,000 steps, of which all but the first few wait for three others shortly before them: 2,991 edges. */
const WIDE = Array.from({ length: 1000 }, (_, step) => {
  return step < 3 ? [] : [...new Set([step - 1, step - 2 - (step % 7), step - 3])].map((p) => Math.max(0, p));
}).map((parents) => [...new Set(parents)]);

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Loops': number;
  'Actual Rows': number;
  Plans?: Plan[];
}

async function plan(engine: Engine, query: string): Promise<Plan[]> {
  const [row] = await engine.rows<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${query}`);
  const flatten = (node: Plan): Plan[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
  return flatten(row!['QUERY PLAN'][0].Plan);
}

describe('among two thousand other tasks', () => {
  let one: number;
  let step: number;
  beforeEach(async () => {
    const { engine } = test;
    const workflow = await engine.define(DIAMOND);
    await engine.createMany(Array.from({ length: 2000 }, () => engine.request(workflow)));
    one = await engine.create(workflow);
    step = (await engine.steps(one))[3]!.workflow_step_id;
  });

  it.each([
    ['task_id', false],
    ['task_id', true],
    ['workflow_step_id', false],
    ['workflow_step_id', true],
  ] as const)('a condition on %s reaches every part of the view (statistics: %s)', async (column, analyzed) => {
    const { engine } = test;
    if (analyzed) await engine.rows('analyze tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges');
    const value = column === 'task_id' ? one : step;
    const nodes = await plan(engine, `select * from tasker_step_dag_relationships where ${column} = ${value}`);
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    expect(nodes.filter((node) => node['Node Type'] === 'Function Scan').map((node) => node['Actual Loops'])).toEqual([
      1,
    ]);
    expect(Math.max(...nodes.map((node) => node['Actual Rows'] * node['Actual Loops']))).toBeLessThanOrEqual(8);
  });
});

describe('a task of 1,000 steps and 3,000 edges', () => {
  it.each([
    'select * from get_step_readiness_status($1)',
    'select * from get_step_readiness_status_batch(array[$1::bigint])',
    'select * from get_task_execution_context($1)',
    'select * from get_task_execution_contexts_batch(array[$1::bigint])',
    'select * from calculate_dependency_levels($1)',
    'select * from tasker_step_dag_relationships where task_id = $1',
  ])('is read whole, in work that grows with its edges: %s', async (query) => {
    const { engine } = test;
    const id = await createGraph(engine, WIDE);
    const rows = await engine.rows(query, [id]);
    expect(rows.length).toBe(query.includes('context') ? 1 : 1000);
    // Of the pages it touches, not of the time it takes: a machine may be busy. Far from one per pair of steps.
    const [{ 'QUERY PLAN': plan }] = (await engine.rows(
      `explain (analyze, buffers, format json) ${query.replace('$1', String(id))}`,
    )) as [{ 'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }] }];
    expect(plan[0].Plan['Shared Hit Blocks'] + plan[0].Plan['Shared Read Blocks']).toBeLessThan(40_000);
  });
});
