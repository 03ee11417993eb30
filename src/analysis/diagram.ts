import { type StepRecord, type TaskRecord } from '../core/records.js';
import { type StepState } from '../core/states.js';
import { fullName } from '../definitions/task-template.js';

/** A task as it is drawn: keys as they are shown. */
export interface Diagram {
  readonly task_id: number;
  /** `namespace.name@version` */
  readonly title: string;
  readonly status: string;
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly { readonly from: number; readonly to: number }[];
}

export interface DiagramNode {
  readonly id: number;
  readonly name: string;
  readonly state: StepState;
  readonly attempts: number;
  readonly retry_limit: number;
}

export function diagramOf(task: TaskRecord & { readonly steps: readonly StepRecord[] }): Diagram {
  const known = new Set(task.steps.map(({ stepId }) => stepId));
  return {
    task_id: task.taskId,
    title: fullName(task),
    status: task.state,
    nodes: task.steps.map((step) => ({
      id: step.stepId,
      name: step.name,
      state: step.state,
      attempts: step.attempts,
      retry_limit: step.retryLimit,
    })),
    edges: task.steps.flatMap((step) =>
      step.childIds.filter((id) => known.has(id)).map((to) => ({ from: step.stepId, to })),
    ),
  };
}

/** One colour per state, in every drawing: what fills a node, and what is written and drawn on it. */
export const STATE_COLOURS: Readonly<Record<StepState, { readonly fill: string; readonly ink: string }>> = {
  pending: { fill: '#eceff1', ink: '#37474f' },
  in_progress: { fill: '#bbdefb', ink: '#0d47a1' },
  complete: { fill: '#c8e6c9', ink: '#1b5e20' },
  error: { fill: '#ffcdd2', ink: '#b71c1c' },
  cancelled: { fill: '#d7ccc8', ink: '#4e342e' },
  resolved_manually: { fill: '#dcedc8', ink: '#33691e' },
  skipped: { fill: '#fff9c4', ink: '#827717' },
};
