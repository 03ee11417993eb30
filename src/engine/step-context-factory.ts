import { type EntityManager } from 'typeorm';
import { TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { type StepState } from '../core/states.js';
import { type PositionedStep } from '../definitions/definition.js';
import { type FinishedStepView, type StepContext, type StepSequence, type TaskView } from '../handlers/step-context.js';
import { type StepEventPublisher } from '../handlers/step-events.js';
import { type Claim } from '../persistence/sql/claim.js';
import { makeStepLogger } from './logging/step-logger.js';
import { type RememberedTask } from './task-memory.js';

/**
 * What a handler gets. Every attempt has objects of its own, parsed when first read, so that no handler can change what
 * another one sees.
 */
export function makeStepContext(
  claim: Claim,
  entry: RememberedTask,
  step: PositionedStep,
  config: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
  events: StepEventPublisher,
  manager?: EntityManager,
): StepContext {
  return Object.freeze<StepContext>({
    task: taskView(entry),
    sequence: sequenceOf(entry, step),
    step: Object.freeze({
      stepId: claim.stepId,
      name: step.name,
      dependentSystem: step.dependentSystem,
      attempts: claim.attempt,
      retryLimit: claim.retryLimit,
      retryable: claim.retryable,
      config,
      inputs: claim.inputsText === null ? {} : (JSON.parse(claim.inputsText) as Record<string, unknown>),
    }),
    signal,
    attempt: claim.attempt,
    // With the moment of creation, so that two databases that count their ids alike do not share keys.
    idempotencyKey: `tasker-${claim.taskId}-${claim.stepId}-${entry.task.createdMicros.toString(36)}`,
    logger: makeStepLogger(claim, entry, step.name),
    events,
    manager,
  });
}

function taskView({ task }: RememberedTask): TaskView {
  const context = lazy(() => JSON.parse(task.contextText) as unknown);
  const tags = lazy(() => JSON.parse(task.tagsText) as string[]);
  return Object.freeze<TaskView>({
    taskId: task.taskId,
    namespace: task.namespace,
    name: task.name,
    version: task.version,
    get context() {
      return context();
    },
    initiator: task.initiator,
    sourceSystem: task.sourceSystem,
    reason: task.reason,
    get tags() {
      return tags();
    },
    correlationId: task.correlationId,
    priority: task.priority,
    requestedAt: new Date(task.requestedAt),
  });
}

function sequenceOf(entry: RememberedTask, step: PositionedStep): StepSequence {
  const { definition } = entry;
  const steps = lazy(() => definition.ancestors(step.position).map((position) => finishedView(entry, position)));
  const find = (name: string): FinishedStepView | undefined => steps().find((candidate) => candidate.name === name);
  return Object.freeze<StepSequence>({
    get steps() {
      return steps();
    },
    findStepByName: find,
    results(name) {
      const found = find(name);
      if (found) return found.results as unknown;
      const exists = definition.step(name) !== undefined;
      const reason = exists
        ? `"${step.name}" does not wait for it, so its results may not be there yet`
        : `${definition.fullName} has no such step`;
      const hint = exists
        ? `Add "${name}" to the dependsOn of "${step.name}".`
        : didYouMean(
            name,
            definition.steps.map((other) => other.name),
          ).trim();
      throw new TaskerError('UNKNOWN_STEP', `Asked for the results of "${name}": ${reason}. ${hint}`.trim());
    },
  });
}

function finishedView(entry: RememberedTask, position: number): FinishedStepView {
  const remembered = entry.steps.get(position);
  const results = lazy(() => JSON.parse(remembered?.resultsText ?? 'null') as unknown);
  return Object.freeze<FinishedStepView>({
    name: entry.definition.steps[position]!.name,
    state: (remembered?.state ?? 'complete') as StepState,
    get results() {
      return results();
    },
  });
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
