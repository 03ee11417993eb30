/** Events of the Ruby library that this one does not have, and why. */
export interface LeftOut {
  readonly names: readonly string[];
  readonly reason: string;
  /** What to subscribe to instead; empty when there is nothing of the kind. */
  readonly instead: readonly string[];
}

const named = (root: string, words: string): string[] => words.split(' ').map((word) => `${root}.${word}`);

export const LEFT_OUT: readonly LeftOut[] = [
  {
    names: ['task.before_transition', 'step.before_transition'],
    reason: 'Events are told after their commit. What is about to happen may not happen, and nobody can stop it here.',
    instead: ['task.*', 'step.*'],
  },
  {
    names: ['step.handle', 'observability.step.handle', 'observability.task.handle'],
    reason: 'Never fired there. That a handler is about to be called is told once.',
    instead: ['step.before_handle', 'task.start_requested'],
  },
  {
    names: named(
      'workflow',
      'task_started task_completed task_failed step_completed step_failed step_execution_failed',
    ),
    reason: 'A second name for what the state of the task or step says already, mostly never fired there.',
    instead: ['task.start_requested', 'task.completed', 'task.failed', 'step.completed', 'step.failed'],
  },
  {
    names: [...named('workflow', 'no_viable_steps viable_steps_batch_ready'), 'observability.step.find_viable'],
    reason: 'There is no loop that looks for steps: the commit that completes a step makes the next ones ready.',
    instead: ['workflow.viable_steps_discovered'],
  },
  {
    names: named('workflow', 'steps_execution_started steps_execution_completed orchestration_requested'),
    reason: 'Steps do not run in batches: each is claimed, run and committed for itself.',
    instead: ['step.execution_requested', 'step.completed', 'step.failed'],
  },
  {
    names: [
      ...named('workflow', 'task_finalization_started task_finalization_completed'),
      'observability.task.finalize',
    ],
    reason: 'A task ends in the very commit of its last step; nothing lies between.',
    instead: ['task.completed', 'task.failed'],
  },
  {
    names: [
      ...named(
        'workflow',
        'task_reenqueue_started task_reenqueue_requested task_reenqueue_failed task_reenqueue_delayed',
      ),
      'observability.task.enqueue',
    ],
    reason: 'Tasks are not put into a queue again and again; a waiting step has its time in its own row.',
    instead: ['task.initialize_requested', 'observability.step.backoff'],
  },
  {
    names: ['workflow.task_state_unclear'],
    reason:
      'Never fired there. The state of a task is computed from its steps in one transaction and is never unclear.',
    instead: [],
  },
  {
    names: ['observability.step.skip'],
    reason: 'Never fired there. A step that is left out has a state of its own, and the event of that.',
    instead: ['step.skipped'],
  },
  {
    names: [
      ...named('handler', 'registered unregistered validation_failed'),
      ...named('plugin', 'registered unregistered validation_failed'),
      ...named('subscriber', 'registered unregistered validation_failed'),
      ...named('registry', 'sync_requested health_check stats_collected cross_discovery coordination_complete'),
    ],
    reason:
      'Never fired there. Handlers and subscribers are found at boot, before anybody could listen; ' +
      'what is wrong with them stops the boot with one message.',
    instead: [],
  },
  {
    names: named(
      'tasker.telemetry',
      'cache_synced export_requested export_completed export_failed plugin_registered plugin_unregistered',
    ),
    reason: 'They tell of an exporter of metrics that this library does not have.',
    instead: [],
  },
  {
    names: ['test.event', 'slow.event', 'custom.event', 'Test.Event'],
    reason: 'Made for the tests of that library, and registered in production by accident.',
    instead: [],
  },
];
