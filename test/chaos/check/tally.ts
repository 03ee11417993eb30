/** What there was, counted while it is checked. */
import { type Claims } from './claims.js';
import { type StepLife, type TaskLife } from './life.js';

export class Tally {
  tasks = 0;
  steps = 0;
  /** Claims, those handed back included. */
  claims = 0;
  /** Times a handler was entered. */
  executions = 0;
  /** Claims taken back because their worker stopped renewing its lease. */
  recovered = 0;
  /** Claims that a worker gave back unused, or unfinished when it stopped. */
  handedBack = 0;
  /** Executions that came to an end after their claim had been taken from them: their results did not count. */
  fenced = 0;
  timeouts = 0;
  cancelledWhileRunning = 0;
  effects = 0;
  readonly taskStates: Record<string, number> = {};
  readonly stepStates: Record<string, number> = {};

  addTask({ state }: TaskLife): void {
    this.tasks++;
    this.taskStates[state] = (this.taskStates[state] ?? 0) + 1;
  }

  addStep({ state, effects, runs }: StepLife, { claims }: Claims): void {
    this.steps++;
    this.stepStates[state] = (this.stepStates[state] ?? 0) + 1;
    this.effects += effects.length;
    this.executions += runs.length;
    for (const claim of claims) {
      this.claims++;
      if (claim.end === 'lost') this.recovered++;
      if (claim.end === 'handed_back') this.handedBack++;
      if (claim.end === 'timeout') this.timeouts++;
      if (claim.end === 'cancelled') this.cancelledWhileRunning++;
      this.fenced += claim.end === 'lost' ? claim.runs.filter(({ leftAt }) => (leftAt ?? 0) > claim.until).length : 0;
    }
  }
}
