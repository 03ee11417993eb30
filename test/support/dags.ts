/** The workflow patterns that tests share: each step says how often it fails before it succeeds (spec 03 §7.1). */
import { type StepDefinition, type WorkflowDefinition } from 'nestjs-tasker';

/** A step that fails `failures` times. */
const fails = (name: string, failures: number, ...dependsOn: string[]): StepDefinition => ({
  name,
  handler: 'configurable_failure',
  config: { failures },
  dependsOn,
});

/** A step whose network times out `timeouts` times. */
const timesOut = (name: string, timeouts: number, ...dependsOn: string[]): StepDefinition => ({
  name,
  handler: 'network_timeout',
  config: { timeouts },
  dependsOn,
});

const idempotent = (name: string, ...dependsOn: string[]): StepDefinition => ({
  name,
  handler: 'idempotency_test',
  dependsOn,
});

export const LINEAR: WorkflowDefinition = {
  name: 'linear_workflow_task',
  steps: [
    fails('initialize_data', 0),
    fails('validate_input', 0, 'initialize_data'),
    fails('process_data', 1, 'validate_input'),
    fails('transform_results', 0, 'process_data'),
    fails('validate_output', 0, 'transform_results'),
    fails('finalize_workflow', 0, 'validate_output'),
  ],
};

export const DIAMOND: WorkflowDefinition = {
  name: 'diamond_workflow_task',
  steps: [
    fails('start_workflow', 0),
    fails('branch_one_process', 1, 'start_workflow'),
    timesOut('branch_two_process', 1, 'start_workflow'),
    fails('branch_one_validate', 0, 'branch_one_process'),
    fails('branch_two_validate', 0, 'branch_two_process'),
    fails('merge_branches', 0, 'branch_one_validate', 'branch_two_validate'),
    fails('end_workflow', 0, 'merge_branches'),
  ],
};

export const PARALLEL_MERGE: WorkflowDefinition = {
  name: 'parallel_merge_workflow_task',
  steps: [
    fails('fetch_user_data', 0),
    fails('fetch_order_data', 1),
    timesOut('fetch_inventory_data', 1),
    fails('fetch_pricing_data', 0),
    fails('process_user_data', 0, 'fetch_user_data'),
    fails('process_order_data', 0, 'fetch_order_data'),
    fails('merge_all_data', 1, 'process_user_data', 'process_order_data', 'fetch_inventory_data', 'fetch_pricing_data'),
  ],
};

export const TREE: WorkflowDefinition = {
  name: 'tree_workflow_task',
  steps: [
    fails('root_initialization', 0),
    fails('branch_a_setup', 0, 'root_initialization'),
    fails('branch_b_setup', 1, 'root_initialization'),
    fails('branch_a_task_one', 0, 'branch_a_setup'),
    timesOut('branch_a_task_two', 1, 'branch_a_setup'),
    fails('branch_b_task_one', 0, 'branch_b_setup'),
    fails('branch_b_task_two', 1, 'branch_b_setup'),
    fails('aggregate_results', 0, 'branch_a_task_one', 'branch_a_task_two', 'branch_b_task_one', 'branch_b_task_two'),
  ],
};

export const MIXED: WorkflowDefinition = {
  name: 'mixed_workflow_task',
  steps: [
    fails('init_auth', 0),
    fails('init_config', 0),
    fails('validate_permissions', 1, 'init_auth'),
    timesOut('setup_environment', 1, 'init_config'),
    fails('begin_processing', 0, 'validate_permissions', 'setup_environment'),
    fails('process_critical_data', 2, 'begin_processing'),
    fails('process_optional_data', 0, 'begin_processing'),
    fails('cleanup_temp_files', 0, 'setup_environment'),
    idempotent('finalize_and_report', 'process_critical_data', 'cleanup_temp_files'),
  ],
};

export const CONFIGURABLE_FAILURE: WorkflowDefinition = {
  name: 'configurable_failure_task',
  steps: [
    fails('reliable_step', 0),
    fails('flaky_step', 2, 'reliable_step'),
    timesOut('timeout_step', 1, 'flaky_step'),
    idempotent('idempotent_step', 'timeout_step'),
  ],
};

/** One step alone, and a chain of three. */
export const DUMMY: WorkflowDefinition = {
  name: 'dummy_task',
  dependentSystem: 'dummy-system',
  schema: { type: 'object', properties: { dummy: { type: 'boolean' } }, required: ['dummy'] },
  steps: [
    { name: 'step-one', handler: 'stub', config: { result: { dummy: true } } },
    { name: 'step-two', handler: 'stub', config: { result: { dummy: true } } },
    { name: 'step-three', handler: 'stub', config: { result: { dummy: true } }, dependsOn: ['step-two'] },
    { name: 'step-four', handler: 'stub', config: { result: { dummy: true } }, dependsOn: ['step-three'] },
  ],
};

/** step_1 … step_n, one after the other. */
export function chain(length = 3, handler = 'stub'): WorkflowDefinition {
  const steps = Array.from({ length }, (_, index) => ({
    name: `step_${index + 1}`,
    handler,
    dependsOn: index === 0 ? [] : [`step_${index}`],
  }));
  return { name: `chain_of_${length}`, steps };
}

/** initialize_batch, then process_chunk_1 … n side by side, then aggregate_results. */
export function parallel(width = 3, handler = 'stub'): WorkflowDefinition {
  const chunks = Array.from({ length: width }, (_, index) => `process_chunk_${index + 1}`);
  return {
    name: `parallel_of_${width}`,
    steps: [
      { name: 'initialize_batch', handler },
      ...chunks.map((name) => ({ name, handler, dependsOn: ['initialize_batch'] })),
      { name: 'aggregate_results', handler, dependsOn: chunks },
    ],
  };
}

/** The five patterns of which mixes are made. */
export const PATTERNS = [LINEAR, DIAMOND, PARALLEL_MERGE, TREE, MIXED] as const;
const SHARES: readonly number[] = [0.3, 0.25, 0.2, 0.15, 0.1];

/** The names of `count` tasks: 30 % linear, 25 % diamond, 20 % parallel merge, 15 % tree, 10 % mixed, the rest linear. */
export function datasetMix(count: number): string[] {
  const names = PATTERNS.flatMap(({ name }, index) =>
    Array.from({ length: Math.floor(count * SHARES[index]!) }, () => name),
  );
  return [...names, ...Array.from({ length: count - names.length }, () => LINEAR.name)];
}

/** How often each step fails before it succeeds, by name. */
export function plannedFailures({ steps }: WorkflowDefinition): Map<string, number> {
  return new Map(
    steps.map(({ name, config }) => {
      const { failures, timeouts } = (config ?? {}) as { failures?: number; timeouts?: number };
      return [name, failures ?? timeouts ?? 0];
    }),
  );
}
