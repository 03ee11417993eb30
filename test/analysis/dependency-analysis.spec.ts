import fc from 'fast-check';
import { dependencyAnalysis } from '../../src/analysis/dependency-analysis.js';
import { type StepRecord } from '../../src/core/records.js';
import { STEP_STATES, type StepState } from '../../src/core/states.js';

const NOW = new Date('2026-01-01T00:00:00Z');

function stepsOf(parents: readonly (readonly number[])[], states: readonly StepState[] = []): StepRecord[] {
  return parents.map((list, at) => ({
    ...{ stepId: at + 1, taskId: 1, namedStepId: at + 1, name: `s${at + 1}`, dependentSystem: 'unknown', position: at },
    ...{ state: states[at] ?? 'pending', attempts: 0, retryable: true, retryLimit: 3, skippable: false },
    ...{ inputs: {}, results: null, error: null, readyAt: null, backoffRequestSeconds: null },
    parentIds: list.map((parent) => parent + 1),
    childIds: parents.flatMap((other, child) => (other.includes(at) ? [child + 1] : [])),
    ...{ lastAttemptedAt: null, processedAt: null, claimedBy: null },
  }));
}

const cases = fc
  .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.constantFrom(...STEP_STATES)), {
    minLength: 1,
    maxLength: 9,
  })
  .map((rows) =>
    stepsOf(
      rows.map(([list], index) => [...new Set(index === 0 ? [] : list.map((pick) => pick % index))]),
      rows.map(([, state]) => state),
    ),
  );

/** Every way from a root to a leaf, one by one. */
function waysOf(steps: readonly StepRecord[]): number[][] {
  const walk = (id: number): number[][] => {
    const { childIds } = steps[id - 1]!;
    return childIds.length === 0 ? [[id]] : childIds.flatMap((child) => walk(child).map((rest) => [id, ...rest]));
  };
  return steps.filter(({ parentIds }) => parentIds.length === 0).flatMap(({ stepId }) => walk(stepId));
}

describe('the analysis of any task', () => {
  it('counts the paths, and knows the longest, without walking each', () => {
    fc.assert(
      fc.property(cases, (steps) => {
        const { critical_paths: paths } = dependencyAnalysis(steps, NOW);
        const ways = waysOf(steps);
        expect(paths.total_paths).toBe(ways.length);
        expect(paths.longest_path_length).toBe(Math.max(...ways.map((way) => way.length)));
        expect(paths.paths).toHaveLength(Math.min(5, ways.length));
        for (const { path } of paths.paths) expect(ways).toContainEqual(path);
        const scores = paths.paths.map(({ criticality_score: score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
      }),
    );
  });

  it('puts every step on one level, and counts each once', () => {
    fc.assert(
      fc.property(cases, (steps) => {
        const { parallelism_opportunities: found, dependency_graph: graph } = dependencyAnalysis(steps, NOW);
        expect(found.levels.reduce((sum, level) => sum + level.total_steps, 0)).toBe(steps.length);
        for (const { from, to } of graph.edges) {
          expect(graph.dependency_levels[from]!).toBeLessThan(graph.dependency_levels[to]!);
        }
      }),
    );
  });
});

it('says what a failed step keeps from running, and what to do', () => {
  const steps = stepsOf([[], [0], [0], [1, 2], [3]], ['complete', 'error', 'complete', 'pending', 'pending']);
  const { error_chains: errors, bottlenecks, task_execution_summary: summary } = dependencyAnalysis(steps, NOW);
  expect(errors).toMatchObject({
    ...{ total_error_steps: 1, error_percentage: 20, total_blocked_by_errors: 2, most_critical_error: 's2' },
    error_chains: [{ retry_analysis: { exhausted: true }, downstream_steps: ['s4', 's5'] }],
    recovery_priority: [{ step_name: 's2', reason: '2 steps wait for it' }],
  });
  // (5 · 2 + 15 · 2) · 2.5 + 30
  expect(bottlenecks.bottlenecks[0]).toMatchObject({ step_name: 's2', impact_score: 130, severity: 'Critical' });
  expect(summary.overall_health).toBe('critical');
});

it('takes no time to speak of for a thousand steps in layers, which have more paths than there are numbers', () => {
  const parents = Array.from({ length: 1_000 }, (_, at) => {
    const above = Math.floor(at / 10) * 10 - 10;
    return above < 0 ? [] : Array.from({ length: 10 }, (__, index) => above + index);
  });
  const steps = stepsOf(parents);
  const began = performance.now();
  const { critical_paths: paths } = dependencyAnalysis(steps, NOW);
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(paths).toMatchObject({ total_paths: Number.MAX_SAFE_INTEGER, longest_path_length: 100 });
});

it('has nothing to say of a task without steps', () => {
  expect(dependencyAnalysis([], NOW).task_execution_summary).toMatchObject({
    total_steps: 0,
    overall_health: 'healthy',
  });
});
