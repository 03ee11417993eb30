import { flag, id, instant, list, mapOf, number, object, oneOf, orNull, ref, type Schema, text, whole } from './schema-words.js'; // prettier-ignore

const severity = oneOf(['Critical', 'High', 'Medium', 'Low']);

const errorChain = object({
  ...{ error_step_id: id, error_step_name: text, error_attempts: whole, retry_limit: whole },
  retry_analysis: object({
    ...{
      exhausted: flag,
      remaining_attempts: whole,
      in_backoff: flag,
      next_retry_at: orNull(instant),
      retryable: flag,
    },
  }),
  downstream_steps: list(text),
  ...{ blocked_downstream_steps: whole, total_downstream_steps: whole, total_impact: number },
});

const bottleneck = object({
  ...{ step_id: id, step_name: text, current_state: text, attempts: whole, retry_limit: whole },
  ...{ dependencies_satisfied: flag, downstream_steps_count: whole, blocked_downstream_count: whole },
  ...{ impact_score: number, severity, bottleneck_type: text, resolution_strategy: text },
});

const criticalPath = object({
  ...{ path: list(id), length: whole, step_names: list(text) },
  ...{ completed_steps: whole, blocked_steps: whole, error_steps: whole, retry_steps: whole, ready_steps: whole },
  ...{ estimated_duration: number, criticality_score: number, completion_percentage: number },
});

const level = object({
  ...{ level: whole, total_steps: whole, ready_steps: whole, blocked_steps: whole, error_steps: whole },
  ...{ completed_steps: whole, step_names: list(text) },
});

/** The analysis of a task, and the workflows of the process. */
export const ANALYSIS_SCHEMAS: Readonly<Record<string, Schema>> = {
  DependencyAnalysis: object({
    dependency_graph: object({
      nodes: list(object({ id, name: text, level: whole })),
      edges: list(object({ from: id, to: id, from_name: text, to_name: text })),
      ...{ adjacency_list: mapOf(list(id)), reverse_adjacency_list: mapOf(list(id)), dependency_levels: mapOf(whole) },
    }),
    critical_paths: object({
      ...{ total_paths: whole, longest_path_length: whole, paths: list(criticalPath) },
      ...{ root_nodes: list(id), leaf_nodes: list(id) },
    }),
    parallelism_opportunities: object({
      ...{ total_steps: whole, total_levels: whole, max_parallel_steps: whole, current_parallel_opportunities: whole },
      ...{ blocked_parallel_opportunities: whole, overall_completion: number, levels: list(level) },
      parallelism_efficiency: number,
    }),
    error_chains: object({
      ...{ total_error_steps: whole, total_steps: whole, error_percentage: number, total_blocked_by_errors: whole },
      ...{ most_critical_error: orNull(text), error_chains: list(errorChain) },
      recovery_priority: list(object({ step_name: text, reason: text, recommended_action: text })),
    }),
    bottlenecks: object({
      ...{ total_bottlenecks: whole, critical_bottlenecks: whole, total_blocked_steps: whole },
      ...{ bottlenecks: list(bottleneck), failed_steps_ratio: number },
      overall_impact: oneOf(['None', 'Low', 'Medium', 'High', 'Severe']),
    }),
    analysis_timestamp: instant,
    task_execution_summary: object({
      ...{ total_steps: whole, total_dependencies: whole, dependency_levels: whole, longest_path_length: whole },
      ...{ critical_bottlenecks_count: whole, error_chains_count: whole, parallelism_efficiency: number },
      overall_health: oneOf(['healthy', 'warning', 'critical']),
      recommendations: list(text),
    }),
  }),
  HandlerSummary: object({
    ...{ name: text, namespace: text, versions: list(text), latest_version: text, handler_count: whole },
  }),
  Handler: object({
    ...{ name: text, namespace: text, version: text, full_name: text, description: text },
    ...{ available: flag, versions: list(text), step_templates: list(ref('StepTemplate')) },
    dependency_graph: object({
      nodes: list(object({ id: text, name: text, type: oneOf(['step']) })),
      edges: list(object({ from: text, to: text, type: oneOf(['dependency']) })),
      execution_order: list(text),
    }),
    context_schema: orNull({ type: 'object' }),
    dependent_systems: list(text),
    schedule: orNull(object({ cron: text, time_zone: text, enabled: flag })),
  }),
  StepTemplate: object({
    ...{ name: text, description: text, dependent_system: text, depends_on_steps: list(text) },
    ...{ handler: text, handler_class: orNull(text), default_retryable: flag, default_retry_limit: whole },
    ...{ timeout_seconds: orNull(number), skippable: flag, custom_events: list(text) },
  }),
  Problem: {
    type: 'object',
    properties: {
      ...{ type: text, title: text, status: whole, detail: text, code: text, correlation_id: text },
      errors: list(object({ path: text, code: text, message: text })),
    },
    required: ['type', 'title', 'status', 'detail', 'code'],
  },
};
