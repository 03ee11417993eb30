import { type StepRecord } from '../core/records.js';
import { type Standing, type StepNetwork } from './step-network.js';

export interface CriticalPath {
  readonly path: readonly number[];
  readonly length: number;
  readonly step_names: readonly string[];
  readonly completed_steps: number;
  readonly blocked_steps: number;
  readonly error_steps: number;
  readonly retry_steps: number;
  readonly ready_steps: number;
  /** Seconds; a rough figure from counts alone. */
  readonly estimated_duration: number;
  readonly criticality_score: number;
  readonly completion_percentage: number;
}

export interface CriticalPaths {
  /** Ways from a root to a leaf. */
  readonly total_paths: number;
  /** Steps on the longest of them. */
  readonly longest_path_length: number;
  /** The most critical, worst first. */
  readonly paths: readonly CriticalPath[];
  readonly root_nodes: readonly number[];
  readonly leaf_nodes: readonly number[];
}

/** Paths that are shown. */
const SHOWN = 5;

interface Way {
  readonly step: StepRecord;
  readonly score: number;
  readonly rest: Way | undefined;
}

/**
 * The score of a path is a sum over its steps, so the best few from each step are those of its children with the step put
 * before: no path is walked twice, however many there are.
 */
export function criticalPaths(network: StepNetwork): CriticalPaths {
  const { steps, order } = network;
  const done = network.count('complete') / Math.max(1, steps.length);
  const unhealthy = network.count('failed') > 0 ? 1.5 : 1;
  const best = new Map<number, Way[]>();
  const paths = new Map<number, number>();
  const longest = new Map<number, number>();
  for (const step of [...order].reverse()) {
    const children = network.children(step);
    const own = weight(step, network.standing(step), unhealthy);
    const ways = children.flatMap((child) => best.get(child.stepId)!);
    const here = ways.map((rest): Way => ({ step, score: own + rest.score, rest }));
    if (children.length === 0) here.push({ step, score: own, rest: undefined });
    best.set(step.stepId, top(here));
    const count = children.reduce((sum, child) => sum + paths.get(child.stepId)!, 0);
    paths.set(step.stepId, Math.min(Number.MAX_SAFE_INTEGER, Math.max(1, count)));
    longest.set(step.stepId, 1 + children.reduce((max, child) => Math.max(max, longest.get(child.stepId)!), 0));
  }
  const roots = steps.filter((step) => network.parents(step).length === 0);
  const total = roots.reduce((sum, root) => sum + paths.get(root.stepId)!, 0);
  return {
    total_paths: Math.min(Number.MAX_SAFE_INTEGER, total),
    longest_path_length: roots.reduce((max, root) => Math.max(max, longest.get(root.stepId)!), 0),
    paths: top(roots.flatMap((root) => best.get(root.stepId)!)).map((way) => describe(way, network, 1 - 0.3 * done)),
    root_nodes: roots.map(({ stepId }) => stepId),
    leaf_nodes: steps.filter((step) => network.children(step).length === 0).map(({ stepId }) => stepId),
  };
}

function top(ways: Way[]): Way[] {
  return ways.sort((a, b) => b.score - a.score || a.step.stepId - b.step.stepId).slice(0, SHOWN);
}

function weight(step: StepRecord, standing: Standing, unhealthy: number): number {
  const isError = step.state === 'error';
  return (
    10 -
    (standing === 'complete' ? 15 : 0) +
    (standing === 'blocked' ? 25 * unhealthy : 0) +
    (isError ? 30 * unhealthy : 0) +
    (standing === 'waiting_for_retry' ? 10 : 0) +
    seconds(step) / 30
  );
}

function seconds(step: StepRecord): number {
  return 30 + (step.state === 'error' ? 60 : 0) + 30 * step.attempts;
}

function describe(way: Way, network: StepNetwork, factor: number): CriticalPath {
  const steps: StepRecord[] = [];
  for (let at: Way | undefined = way; at; at = at.rest) steps.push(at.step);
  const completed = network.count('complete', steps);
  return {
    path: steps.map(({ stepId }) => stepId),
    length: steps.length,
    step_names: steps.map(({ name }) => name),
    completed_steps: completed,
    blocked_steps: network.count('blocked', steps),
    error_steps: steps.filter(({ state }) => state === 'error').length,
    retry_steps: network.count('waiting_for_retry', steps),
    ready_steps: network.count('ready', steps),
    estimated_duration: steps.reduce((sum, step) => sum + seconds(step), 0),
    criticality_score: Math.max(0, round(way.score * factor)),
    completion_percentage: round((100 * completed) / steps.length),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
