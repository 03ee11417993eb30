import { Injectable } from '@nestjs/common';
import { InvalidTransitionError, NotFoundError, TaskerError } from '../core/errors.js';
import { mayStepMove, mayTaskMove, type StepState, type TaskState } from '../core/states.js';
import { type LockedStep, OperatorStore, type StepChange } from '../persistence/operator-store.js';
import { TaskStore } from '../persistence/task-store.js';
import { type Actor, actorMetadata } from './actor.js';
import { ChangeFeed } from './events/change-feed.js';
import { stepActions, taskActions } from './operator-actions.js';

/** What an action did to the task. */
export interface ActionResult {
  readonly taskId: number;
  readonly namespace: string;
  readonly before: TaskState;
  readonly after: TaskState;
}

interface Plan {
  steps?: ReadonlyMap<number, StepChange>;
  task?: readonly TaskState[];
  pause?: boolean;
}

/**
 * The moves that an operator asks for, each held against the transition matrix under the task's lock (spec 02 §1, 03 §6).
 * One action is one transaction: states, history and the work that follows from it. What workers do to states goes
 * through the engine's statements, which follow the same matrix.
 */
@Injectable()
export class StateMachineService {
  constructor(
    private readonly store: OperatorStore,
    private readonly tasks: TaskStore,
    private readonly feed: ChangeFeed,
  ) {}

  /** Cancels a task and every step of it that has not ended. */
  async cancelTask(taskId: number, actor: Actor = {}): Promise<ActionResult> {
    return this.act(taskId, 'cancel', actor, (state, steps) => {
      this.requireTask(taskId, state, 'cancelled', 'cancel');
      const open = steps.filter((step) => mayStepMove(step.state, 'cancelled'));
      return { steps: changes(open, { to: 'cancelled' }), task: ['cancelled'] };
    });
  }

  /** Cancels a step, and with it every step that could only run after it. */
  async cancelStep(stepId: number, actor: Actor = {}): Promise<ActionResult> {
    return this.actOnStep(stepId, 'cancel', actor, 'cancelled', (step, steps) => ({
      steps: changes([step, ...doomedBy(step, steps)], { to: 'cancelled' }),
    }));
  }

  /** Runs a failed step again now: one more attempt, or all of them when the attempts are reset. */
  async retryStep(stepId: number, actor: Actor & { readonly resetAttempts?: boolean } = {}): Promise<ActionResult> {
    const resetAttempts = actor.resetAttempts ?? false;
    return this.actOnStep(stepId, 'retry', actor, 'pending', (step) => ({
      steps: changes([step], { to: 'pending', resetAttempts, raiseLimit: !resetAttempts }),
    }));
  }

  /** Runs every failed step of a task in error again. */
  async retryTask(taskId: number, actor: Actor & { readonly resetAttempts?: boolean } = {}): Promise<ActionResult> {
    const resetAttempts = actor.resetAttempts ?? false;
    return this.act(taskId, 'retry', actor, (state, steps) => {
      this.requireTask(taskId, state, 'pending', 'retry', state === 'error');
      const failed = steps.filter((step) => step.state === 'error');
      return { steps: changes(failed, { to: 'pending', resetAttempts, raiseLimit: !resetAttempts }) };
    });
  }

  /** Declares a step done by hand; its dependents go on with the given results. */
  async resolveStep(stepId: number, resultsText: string, actor: Actor = {}): Promise<ActionResult> {
    return this.actOnStep(stepId, 'resolve', actor, 'resolved_manually', (step) => ({
      steps: changes([step], { to: 'resolved_manually', resultsText }),
    }));
  }

  /** Leaves a skippable step out; its dependents go on. */
  async skipStep(stepId: number, actor: Actor = {}): Promise<ActionResult> {
    return this.actOnStep(stepId, 'skip', actor, 'skipped', (step) => {
      if (!step.skippable) {
        throw new TaskerError(
          'STEP_NOT_SKIPPABLE',
          `Cannot skip step ${stepId} ("${step.name}"): it is not skippable.`,
          {
            hint: 'Declare it skippable in the definition, or resolve it with the results that its dependents need.',
            details: { step_id: stepId, name: step.name },
          },
        );
      }
      return { steps: changes([step], { to: 'skipped' }) };
    });
  }

  /** Declares a task in error dealt with by hand. Its steps stay as they are. */
  async resolveTask(taskId: number, actor: Actor = {}): Promise<ActionResult> {
    return this.act(taskId, 'resolve', actor, (state) => {
      this.requireTask(taskId, state, 'resolved_manually', 'resolve');
      return { task: ['resolved_manually'] };
    });
  }

  /** Holds a task back: no step of it starts until it is resumed. What runs is left to end. */
  async pauseTask(taskId: number, actor: Actor = {}): Promise<ActionResult> {
    return this.act(taskId, 'pause', actor, (state, _steps, isPaused) => {
      this.requireOpen(taskId, state, isPaused, 'pause');
      return { pause: true };
    });
  }

  /** Lets a task go on that was held back. */
  async resumeTask(taskId: number, actor: Actor = {}): Promise<ActionResult> {
    return this.act(taskId, 'resume', actor, (state, _steps, isPaused) => {
      this.requireOpen(taskId, state, isPaused, 'resume');
      return { pause: false };
    });
  }

  private requireOpen(taskId: number, state: TaskState, isPaused: boolean, action: 'pause' | 'resume'): void {
    const possible = taskActions(state, isPaused);
    if (possible.includes(action)) return;
    const shown = isPaused ? `${state} and paused` : state;
    throw new InvalidTransitionError('task', taskId, shown, action, possible);
  }

  private async act(
    taskId: number,
    action: string,
    actor: Actor,
    decide: (state: TaskState, steps: readonly LockedStep[], isPaused: boolean) => Plan,
  ): Promise<ActionResult> {
    const metadata = { cause: 'operator', action, ...actorMetadata(actor) };
    const ticket = this.feed.isListening ? this.feed.open([taskId]) : undefined;
    try {
      const result = await this.store.act(taskId, metadata, decide, ticket !== undefined);
      if (!result) throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
      const { namespace, before, after, changes } = result;
      ticket?.close(changes);
      return { taskId, namespace, before, after };
    } finally {
      ticket?.close([]);
    }
  }

  private async actOnStep(
    stepId: number,
    action: string,
    actor: Actor,
    to: StepState,
    decide: (step: LockedStep, steps: readonly LockedStep[]) => Plan,
  ): Promise<ActionResult> {
    const found = await this.tasks.step(stepId);
    if (!found) throw new NotFoundError('STEP_NOT_FOUND', `There is no step ${stepId}.`);
    return this.act(found.taskId, action, actor, (state, steps) => {
      const step = steps.find((candidate) => candidate.stepId === stepId)!;
      const taskAllows = state !== 'cancelled' && state !== 'resolved_manually' && state !== 'complete';
      if (!taskAllows || !mayStepMove(step.state, to) || (action === 'retry' && step.state !== 'error')) {
        const possible = taskAllows ? stepActions(step.state, step.skippable) : [];
        throw new InvalidTransitionError(
          'step',
          stepId,
          taskAllows ? step.state : `of a task that is ${state}`,
          action,
          possible,
        );
      }
      return decide(step, steps);
    });
  }

  private requireTask(taskId: number, state: TaskState, to: TaskState, action: string, also = true): void {
    if (mayTaskMove(state, to) && also) return;
    throw new InvalidTransitionError('task', taskId, state, action, taskActions(state));
  }
}

function changes(steps: readonly LockedStep[], change: StepChange): Map<number, StepChange> {
  return new Map(steps.map((step) => [step.stepId, change]));
}

/** The steps that wait, directly or through others, for one that will never be done. */
function doomedBy(step: LockedStep, steps: readonly LockedStep[]): LockedStep[] {
  const children = new Map<number, LockedStep[]>();
  for (const candidate of steps) {
    for (const parent of candidate.parentIds) children.set(parent, [...(children.get(parent) ?? []), candidate]);
  }
  const doomed = new Map<number, LockedStep>();
  const stack = [step.stepId];
  while (stack.length > 0) {
    for (const child of children.get(stack.pop()!) ?? []) {
      if (doomed.has(child.stepId) || child.state !== 'pending') continue;
      doomed.set(child.stepId, child);
      stack.push(child.stepId);
    }
  }
  return [...doomed.values()];
}
