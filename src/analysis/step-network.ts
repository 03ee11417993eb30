import { type StepRecord } from '../core/records.js';
import { satisfiesDependents } from '../core/states.js';

/** How a step stands among the others at a moment. */
export type Standing = 'complete' | 'running' | 'ready' | 'waiting_for_retry' | 'failed' | 'blocked' | 'cancelled';

/** The steps of a task as a graph, each by its id; everything here is linear in steps and edges. */
export class StepNetwork {
  readonly byId: ReadonlyMap<number, StepRecord>;
  /** Every step after all its parents. */
  readonly order: readonly StepRecord[];
  /** The longest way from a root: 0 for roots. */
  readonly levels: ReadonlyMap<number, number>;
  private readonly standings = new Map<number, Standing>();

  constructor(
    readonly steps: readonly StepRecord[],
    now: Date,
  ) {
    this.byId = new Map(steps.map((step) => [step.stepId, step]));
    const { order, levels } = sort(steps, this.byId);
    this.order = order;
    this.levels = levels;
    for (const step of steps) this.standings.set(step.stepId, this.judge(step, now));
  }

  standing(step: StepRecord): Standing {
    return this.standings.get(step.stepId)!;
  }

  parents(step: StepRecord): StepRecord[] {
    return step.parentIds.flatMap((id) => this.byId.get(id) ?? []);
  }

  children(step: StepRecord): StepRecord[] {
    return step.childIds.flatMap((id) => this.byId.get(id) ?? []);
  }

  /** Every step that waits for this one, directly or through others. */
  downstream(step: StepRecord): StepRecord[] {
    const seen = new Map<number, StepRecord>();
    const stack = [step];
    for (let at = stack.pop(); at; at = stack.pop()) {
      for (const child of this.children(at)) {
        if (seen.has(child.stepId)) continue;
        seen.set(child.stepId, child);
        stack.push(child);
      }
    }
    return [...seen.values()];
  }

  count(standing: Standing, steps: readonly StepRecord[] = this.steps): number {
    return steps.filter((step) => this.standing(step) === standing).length;
  }

  private judge(step: StepRecord, now: Date): Standing {
    if (satisfiesDependents(step.state)) return 'complete';
    if (step.state === 'cancelled') return 'cancelled';
    if (step.state === 'in_progress') return 'running';
    if (step.state === 'error') {
      if (step.readyAt === null) return 'failed';
      return step.readyAt > now ? 'waiting_for_retry' : 'ready';
    }
    return this.parents(step).every(({ state }) => satisfiesDependents(state)) ? 'ready' : 'blocked';
  }
}

function sort(
  steps: readonly StepRecord[],
  byId: ReadonlyMap<number, StepRecord>,
): { order: StepRecord[]; levels: Map<number, number> } {
  const open = new Map(steps.map((step) => [step.stepId, step.parentIds.filter((id) => byId.has(id)).length]));
  const order = steps.filter((step) => open.get(step.stepId) === 0);
  const levels = new Map(order.map((step) => [step.stepId, 0]));
  // The list grows while it is walked.
  for (const step of order) {
    for (const id of step.childIds) {
      const child = byId.get(id);
      if (!child) continue;
      levels.set(id, Math.max(levels.get(id) ?? 0, levels.get(step.stepId)! + 1));
      const left = open.get(id)! - 1;
      open.set(id, left);
      if (left === 0) order.push(child);
    }
  }
  return { order, levels };
}
