import { type StepRecord } from '../core/records.js';
import { criticalPaths, type CriticalPaths } from './critical-paths.js';
import { StepNetwork } from './step-network.js';
import { bottlenecks, type Bottlenecks, errorChains, type ErrorChains } from './trouble.js';

/** How the steps of a task hang together, and what that means for where it stands. Keys as they are shown. */
export interface DependencyAnalysis {
  readonly dependency_graph: DependencyGraph;
  readonly critical_paths: CriticalPaths;
  readonly parallelism_opportunities: Parallelism;
  readonly error_chains: ErrorChains;
  readonly bottlenecks: Bottlenecks;
  readonly analysis_timestamp: string;
  readonly task_execution_summary: {
    readonly total_steps: number;
    readonly total_dependencies: number;
    readonly dependency_levels: number;
    readonly longest_path_length: number;
    readonly critical_bottlenecks_count: number;
    readonly error_chains_count: number;
    readonly parallelism_efficiency: number;
    readonly overall_health: 'healthy' | 'warning' | 'critical';
    readonly recommendations: readonly string[];
  };
}

export interface DependencyGraph {
  readonly nodes: readonly { readonly id: number; readonly name: string; readonly level: number }[];
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly from_name: string;
    readonly to_name: string;
  }[];
  readonly adjacency_list: Readonly<Record<string, readonly number[]>>;
  readonly reverse_adjacency_list: Readonly<Record<string, readonly number[]>>;
  readonly dependency_levels: Readonly<Record<string, number>>;
}

export interface Parallelism {
  readonly total_steps: number;
  readonly total_levels: number;
  readonly max_parallel_steps: number;
  /** Steps that could run now. */
  readonly current_parallel_opportunities: number;
  readonly blocked_parallel_opportunities: number;
  /** Percent. */
  readonly overall_completion: number;
  readonly levels: readonly {
    readonly level: number;
    readonly total_steps: number;
    readonly ready_steps: number;
    readonly blocked_steps: number;
    readonly error_steps: number;
    readonly completed_steps: number;
    readonly step_names: readonly string[];
  }[];
  /** 0: one after the other; 100: all at once. */
  readonly parallelism_efficiency: number;
}

export function dependencyAnalysis(steps: readonly StepRecord[], now: Date): DependencyAnalysis {
  const network = new StepNetwork(steps, now);
  const graph = graphOf(network);
  const paths = criticalPaths(network);
  const parallelism = parallelismOf(network);
  const errors = errorChains(network);
  const blocking = bottlenecks(network);
  const isCritical = blocking.critical_bottlenecks > 0 || network.count('failed') > 0;
  const isWarning = blocking.bottlenecks.some(({ severity }) => severity === 'High') || errors.total_error_steps > 0;
  return {
    dependency_graph: graph,
    critical_paths: paths,
    parallelism_opportunities: parallelism,
    error_chains: errors,
    bottlenecks: blocking,
    analysis_timestamp: now.toISOString(),
    task_execution_summary: {
      total_steps: steps.length,
      total_dependencies: graph.edges.length,
      dependency_levels: parallelism.total_levels,
      longest_path_length: paths.longest_path_length,
      critical_bottlenecks_count: blocking.critical_bottlenecks,
      error_chains_count: errors.error_chains.length,
      parallelism_efficiency: parallelism.parallelism_efficiency,
      overall_health: isCritical ? 'critical' : isWarning ? 'warning' : 'healthy',
      recommendations: errors.recovery_priority.map((one) => `${one.step_name}: ${one.recommended_action}`),
    },
  };
}

function graphOf(network: StepNetwork): DependencyGraph {
  const { steps, levels } = network;
  const byId = <T>(value: (step: StepRecord) => T): Record<string, T> =>
    Object.fromEntries(steps.map((step) => [String(step.stepId), value(step)]));
  return {
    nodes: steps.map((step) => ({ id: step.stepId, name: step.name, level: levels.get(step.stepId) ?? 0 })),
    edges: steps.flatMap((step) =>
      network
        .children(step)
        .map((child) => ({ from: step.stepId, to: child.stepId, from_name: step.name, to_name: child.name })),
    ),
    adjacency_list: byId((step) => step.childIds),
    reverse_adjacency_list: byId((step) => step.parentIds),
    dependency_levels: byId((step) => levels.get(step.stepId) ?? 0),
  };
}

function parallelismOf(network: StepNetwork): Parallelism {
  const { steps, levels } = network;
  const rows: StepRecord[][] = [];
  for (const step of network.order) (rows[levels.get(step.stepId)!] ??= []).push(step);
  const total = steps.length;
  return {
    total_steps: total,
    total_levels: rows.length,
    max_parallel_steps: rows.reduce((max, row) => Math.max(max, row.length), 0),
    current_parallel_opportunities: network.count('ready'),
    blocked_parallel_opportunities: network.count('blocked'),
    overall_completion: total === 0 ? 0 : Math.round((10_000 * network.count('complete')) / total) / 100,
    levels: rows.map((row, level) => ({
      level,
      total_steps: row.length,
      ready_steps: network.count('ready', row),
      blocked_steps: network.count('blocked', row),
      error_steps: row.filter(({ state }) => state === 'error').length,
      completed_steps: network.count('complete', row),
      step_names: row.map(({ name }) => name),
    })),
    parallelism_efficiency: total <= 1 ? 100 : Math.round((10_000 * (total - rows.length)) / (total - 1)) / 100,
  };
}
