/** Every name of the catalogue in spec 02 §2. */
const roots: Readonly<Record<string, string>> = {
  task: `initialize_requested start_requested completed failed retry_requested cancelled resolved_manually
    before_transition`,
  step: `initialize_requested execution_requested before_handle handle completed failed retry_requested cancelled
    resolved_manually before_transition`,
  workflow: `task_started task_completed task_failed step_completed step_failed viable_steps_discovered no_viable_steps
    orchestration_requested task_finalization_started task_finalization_completed task_reenqueue_started
    task_reenqueue_requested task_reenqueue_failed task_reenqueue_delayed task_state_unclear step_execution_failed
    viable_steps_batch_ready steps_execution_started steps_execution_completed`,
  'observability.task': 'enqueue handle finalize',
  'observability.step': 'backoff handle find_viable skip max_retries_reached',
  handler: 'registered unregistered validation_failed',
  plugin: 'registered unregistered validation_failed',
  subscriber: 'registered unregistered validation_failed',
  registry: 'sync_requested health_check stats_collected cross_discovery coordination_complete',
  'tasker.telemetry': `cache_synced export_requested export_completed export_failed plugin_registered
    plugin_unregistered`,
};

export const REFERENCE_NAMES: readonly string[] = [
  ...Object.entries(roots).flatMap(([root, words]) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => `${root}.${word}`),
  ),
  'test.event',
  'slow.event',
  'custom.event',
  'Test.Event',
];
