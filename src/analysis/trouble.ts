import { type StepRecord } from '../core/records.js';
import { type StepNetwork } from './step-network.js';

export type Severity = 'Critical' | 'High' | 'Medium' | 'Low';

export interface ErrorChain {
  readonly error_step_id: number;
  readonly error_step_name: string;
  readonly error_attempts: number;
  readonly retry_limit: number;
  readonly retry_analysis: {
    readonly exhausted: boolean;
    readonly remaining_attempts: number;
    readonly in_backoff: boolean;
    readonly next_retry_at: string | null;
    readonly retryable: boolean;
  };
  readonly downstream_steps: readonly string[];
  readonly blocked_downstream_steps: number;
  readonly total_downstream_steps: number;
  readonly total_impact: number;
}

export interface ErrorChains {
  readonly total_error_steps: number;
  readonly total_steps: number;
  readonly error_percentage: number;
  readonly total_blocked_by_errors: number;
  readonly most_critical_error: string | null;
  readonly error_chains: readonly ErrorChain[];
  readonly recovery_priority: readonly {
    readonly step_name: string;
    readonly reason: string;
    readonly recommended_action: string;
  }[];
}

export interface Bottleneck {
  readonly step_id: number;
  readonly step_name: string;
  readonly current_state: string;
  readonly attempts: number;
  readonly retry_limit: number;
  readonly dependencies_satisfied: boolean;
  readonly downstream_steps_count: number;
  readonly blocked_downstream_count: number;
  readonly impact_score: number;
  readonly severity: Severity;
  readonly bottleneck_type: string;
  readonly resolution_strategy: string;
}

export interface Bottlenecks {
  readonly total_bottlenecks: number;
  readonly critical_bottlenecks: number;
  readonly total_blocked_steps: number;
  readonly bottlenecks: readonly Bottleneck[];
  readonly failed_steps_ratio: number;
  readonly overall_impact: 'None' | 'Low' | 'Medium' | 'High' | 'Severe';
}

/** What waits for a step is counted for this many steps, those with the most dependents; each costs a walk of the graph. */
const MOST = 200;
const SHOWN_NAMES = 50;

/** The failed steps, and what they keep from running. */
export function errorChains(network: StepNetwork): ErrorChains {
  const failed = network.steps.filter(({ state }) => state === 'error');
  const blocked = new Set<number>();
  const chains = failed.slice(0, MOST).map((step): ErrorChain => {
    const downstream = network.downstream(step);
    const waiting = downstream.filter((one) => network.standing(one) === 'blocked');
    for (const { stepId } of waiting) blocked.add(stepId);
    const exhausted = network.standing(step) === 'failed';
    return {
      error_step_id: step.stepId,
      error_step_name: step.name,
      error_attempts: step.attempts,
      retry_limit: step.retryLimit,
      retry_analysis: {
        exhausted,
        remaining_attempts: exhausted ? 0 : Math.max(0, step.retryLimit - step.attempts),
        in_backoff: network.standing(step) === 'waiting_for_retry',
        next_retry_at: step.readyAt?.toISOString() ?? null,
        retryable: step.retryable,
      },
      downstream_steps: downstream.slice(0, SHOWN_NAMES).map(({ name }) => name),
      blocked_downstream_steps: waiting.length,
      total_downstream_steps: downstream.length,
      total_impact: 15 * waiting.length + 5 * downstream.length + (exhausted ? 20 : 0) + 3 * step.attempts,
    };
  });
  chains.sort((a, b) => b.total_impact - a.total_impact || a.error_step_id - b.error_step_id);
  return {
    total_error_steps: failed.length,
    total_steps: network.steps.length,
    error_percentage: percent(failed.length, network.steps.length),
    total_blocked_by_errors: blocked.size,
    most_critical_error: chains[0]?.error_step_name ?? null,
    error_chains: chains,
    recovery_priority: chains.slice(0, 3).map((chain) => ({
      step_name: chain.error_step_name,
      reason: `${chain.blocked_downstream_steps} steps wait for it`,
      recommended_action: chain.retry_analysis.exhausted
        ? 'retry it, or resolve it with the results that its dependents need'
        : 'nothing: it is tried again by itself',
    })),
  };
}

/** The open steps that the most others wait for. */
export function bottlenecks(network: StepNetwork): Bottlenecks {
  const open = network.steps.filter((step) => {
    const standing = network.standing(step);
    return standing !== 'complete' && standing !== 'cancelled' && step.childIds.length > 0;
  });
  const exhausted = network.steps.filter((step) => network.standing(step) === 'failed' && step.childIds.length === 0);
  const likely = [...open].sort((a, b) => b.childIds.length - a.childIds.length).slice(0, MOST);
  const all = [...likely, ...exhausted.slice(0, MOST)].map((step) => bottleneck(step, network));
  all.sort((a, b) => b.impact_score - a.impact_score || a.step_id - b.step_id);
  const failed = network.count('failed');
  const of = (severity: Severity): number => all.filter((one) => one.severity === severity).length;
  return {
    total_bottlenecks: all.length,
    critical_bottlenecks: of('Critical'),
    total_blocked_steps: network.count('blocked'),
    bottlenecks: all.slice(0, 10),
    failed_steps_ratio: percent(failed, network.steps.length) / 100,
    overall_impact:
      all.length === 0
        ? 'None'
        : of('Critical') >= 3 || failed > network.steps.length / 2
          ? 'Severe'
          : of('Critical') >= 1 || of('High') >= 3
            ? 'High'
            : of('High') >= 1 || all.length >= 5
              ? 'Medium'
              : 'Low',
  };
}

function bottleneck(step: StepRecord, network: StepNetwork): Bottleneck {
  const standing = network.standing(step);
  const downstream = network.downstream(step);
  const blocked = downstream.filter((one) => network.standing(one) === 'blocked').length;
  const isExhausted = standing === 'failed';
  const factor = step.state === 'error' ? (isExhausted ? 2.5 : 2) : standing === 'blocked' ? 1.2 : 1;
  const extra = 3 * step.attempts + (isExhausted ? 30 : 0);
  const impact = Math.round((5 * downstream.length + 15 * blocked) * factor + extra);
  const [type, strategy] = isExhausted
    ? ['failed', 'retry it, or resolve it with the results that its dependents need']
    : standing === 'waiting_for_retry'
      ? ['waiting_for_retry', 'it is tried again by itself']
      : standing === 'blocked'
        ? ['dependencies', 'see to the steps that it waits for']
        : ['work', 'it runs, or will as soon as a worker has room'];
  return {
    step_id: step.stepId,
    step_name: step.name,
    current_state: step.state,
    attempts: step.attempts,
    retry_limit: step.retryLimit,
    dependencies_satisfied: standing !== 'blocked',
    downstream_steps_count: downstream.length,
    blocked_downstream_count: blocked,
    impact_score: impact,
    severity: impact >= 100 ? 'Critical' : impact >= 50 ? 'High' : impact >= 20 ? 'Medium' : 'Low',
    bottleneck_type: type,
    resolution_strategy: strategy,
  };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((10_000 * part) / whole) / 100;
}
