/** What the engine's functions shall do, written as plainly as possible: whole tasks in memory, everything recomputed. */
import { satisfiesDependents, type StepState, type TaskState } from '../../../src/core/states.js';
import { type StepShape } from './workflow.js';

export interface ModelStep {
  readonly task: ModelTask;
  readonly position: number;
  readonly shape: StepShape;
  state: StepState;
  attempts: number;
  readyAt: number | null;
  worker: number | null;
  /** When its claim was made; nobody renews one here. */
  claimedAt: number;
  losses: number;
}

export interface ModelTask {
  readonly priority: number;
  readonly steps: ModelStep[];
  state: TaskState;
}

export interface ModelResult {
  readonly step: ModelStep;
  readonly worker: number;
  readonly attempt: number;
  readonly outcome: 'complete' | 'retry' | 'fail';
  readonly delayMs: number;
}

export class Model {
  readonly tasks: ModelTask[] = [];

  constructor(public now: number) {}

  create(shapes: readonly StepShape[], priority: number, runAt: number, bypass: readonly number[]): void {
    const task: ModelTask = { priority, steps: [], state: 'pending' };
    shapes.forEach((shape, position) => {
      const state = bypass.includes(position) ? 'skipped' : 'pending';
      const untouched = { attempts: 0, readyAt: null, worker: null, claimedAt: 0, losses: 0 };
      task.steps.push({ task, position, shape, state, ...untouched });
    });
    this.tasks.push(task);
    this.wake(task, Math.max(runAt, this.now));
    rollUp(task);
  }

  /** What may be claimed, best first. */
  due(handlers: readonly string[]): ModelStep[] {
    return this.steps
      .filter((step) => step.readyAt !== null && step.readyAt <= this.now && handlers.includes(step.shape.handler!))
      .sort((a, b) => b.task.priority - a.task.priority || a.readyAt! - b.readyAt!);
  }

  claim(step: ModelStep, worker: number): void {
    const attempts = step.attempts + 1;
    Object.assign(step, { state: 'in_progress', worker, readyAt: null, attempts, claimedAt: this.now });
    step.task.state = 'in_progress';
  }

  /** Returns the children that the worker shall have got. */
  advance(results: readonly ModelResult[], worker: number, capacity: number, handlers: readonly string[]): ModelStep[] {
    const before = new Set(this.steps.filter((step) => step.readyAt !== null));
    for (const { step, worker: holder, attempt, outcome, delayMs } of results) {
      if (step.state !== 'in_progress' || step.worker !== holder || step.attempts !== attempt) continue;
      step.worker = null;
      step.state = outcome === 'complete' ? 'complete' : 'error';
      const { retryable = true, retryLimit = 3 } = step.shape;
      if (outcome === 'retry' && retryable && step.attempts < retryLimit) {
        step.readyAt = this.now + delayMs;
        before.add(step);
      }
    }
    for (const task of this.tasks) this.wake(task, this.now);
    const woken = this.steps.filter((step) => step.readyAt !== null && !before.has(step));
    const taken = woken
      .filter((step) => handlers.includes(step.shape.handler!))
      .sort((a, b) => b.task.priority - a.task.priority)
      .slice(0, capacity);
    for (const step of taken) this.claim(step, worker);
    this.tasks.forEach(rollUp);
    return taken;
  }

  /** Takes back what has been held for longer than a lease. Returns how many steps that are. */
  reap(leaseMs: number, poisonLimit: number): number {
    const lapsed = this.steps.filter((step) => step.state === 'in_progress' && step.claimedAt + leaseMs < this.now);
    for (const step of lapsed) {
      step.losses++;
      const { retryable = true, retryLimit = 3 } = step.shape;
      const again = retryable && step.attempts < retryLimit && step.losses < poisonLimit;
      Object.assign(step, { state: 'error', worker: null, readyAt: again ? this.now : null });
    }
    this.tasks.forEach(rollUp);
    return lapsed.length;
  }

  release(step: ModelStep): void {
    Object.assign(step, { state: 'pending', worker: null, readyAt: this.now, attempts: step.attempts - 1 });
  }

  operate(step: ModelStep, to: StepState): void {
    Object.assign(step, { state: to, worker: null, readyAt: null });
    this.wake(step.task, this.now);
    rollUp(step.task);
  }

  close(task: ModelTask, to: TaskState): void {
    task.state = to;
    for (const step of task.steps) {
      if (to === 'cancelled' && !satisfiesDependents(step.state)) step.state = 'cancelled';
      Object.assign(step, { worker: null, readyAt: null });
    }
  }

  get steps(): ModelStep[] {
    return this.tasks.flatMap((task) => task.steps);
  }

  private wake(task: ModelTask, at: number): void {
    for (const step of task.steps) {
      const waits = (step.shape.parents ?? []).some((parent) => !satisfiesDependents(task.steps[parent]!.state));
      if (step.state === 'pending' && !waits && !isClosed(task)) step.readyAt ??= at;
    }
  }
}

export function isClosed(task: ModelTask): boolean {
  return ['complete', 'cancelled', 'resolved_manually'].includes(task.state);
}

function rollUp(task: ModelTask): void {
  if (isClosed(task)) return;
  if (task.steps.some((step) => step.state === 'in_progress')) task.state = 'in_progress';
  else if (task.steps.some((step) => step.readyAt !== null))
    task.state = task.state === 'error' ? 'pending' : task.state;
  else if (task.steps.every((step) => satisfiesDependents(step.state))) task.state = 'complete';
  else task.state = task.steps.some((step) => step.state === 'error') ? 'error' : 'cancelled';
}
