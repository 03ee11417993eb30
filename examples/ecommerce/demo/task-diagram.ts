import { type StepRecord, type TaskDetails, type TaskState } from 'nestjs-tasker';
import { duration, durationMs, GLYPHS, msToRetry, seconds, statusOf, type StepStatus } from './step-status.js';

/** Dark on light, and with a contrast of 4.5 to 1 at the least. */
export const DIAGRAM_COLOURS: Readonly<Record<StepStatus, { fill: string; stroke: string; text: string }>> = {
  pending: { fill: '#eceff1', stroke: '#607d8b', text: '#263238' },
  ready: { fill: '#e1f5fe', stroke: '#0277bd', text: '#01344f' },
  in_progress: { fill: '#e3f2fd', stroke: '#1565c0', text: '#0d2f5c' },
  backoff: { fill: '#fff3e0', stroke: '#ef6c00', text: '#5c2a00' },
  complete: { fill: '#e8f5e9', stroke: '#2e7d32', text: '#123b15' },
  error: { fill: '#ffebee', stroke: '#c62828', text: '#5f1111' },
  exhausted: { fill: '#fce4ec', stroke: '#ad1457', text: '#560a2b' },
  cancelled: { fill: '#f5f5f5', stroke: '#757575', text: '#333333' },
  resolved_manually: { fill: '#f3e5f5', stroke: '#6a1b9a', text: '#35094f' },
  skipped: { fill: '#fafafa', stroke: '#9e9e9e', text: '#424242' },
};

const SATISFYING: readonly string[] = ['complete', 'resolved_manually', 'skipped'];

interface Node {
  readonly id: string;
  readonly lines: readonly string[];
  readonly brackets: readonly [open: string, close: string];
  readonly status: StepStatus | TaskState;
}

/**
 * A task and its steps as a Mermaid flowchart: what each step's state is, how often it was tried, and which edges hold
 * nothing back any more. The same task at the same moment always gives the same text.
 */
export function taskDiagram(task: TaskDetails, now: Date): string {
  const steps = inOrder(task.steps);
  const nodes = [taskNode(task), ...steps.map((step) => stepNode(step, now))];
  const used = Object.entries(DIAGRAM_COLOURS).filter(([status]) => nodes.some((node) => node.status === status));
  return [
    'flowchart TD',
    ...nodes.map(({ id, lines, brackets, status }) => {
      return `  ${id}${brackets[0]}"${lines.map(escape).join('<br/>')}"${brackets[1]}:::${status}`;
    }),
    ...steps.filter(({ parentIds }) => parentIds.length === 0).map((root) => `  ${idOf(task)} --> ${idOf(root)}`),
    ...edges(steps),
    ...used.map(
      ([status, { fill, stroke, text }]) => `  classDef ${status} fill:${fill},stroke:${stroke},color:${text}`,
    ),
  ].join('\n');
}

function taskNode(task: TaskDetails): Node {
  const lines = [`${task.name} ${task.version}`, `${GLYPHS[task.state]} ${task.state}`];
  return { id: idOf(task), lines, brackets: ['([', '])'], status: task.state };
}

function stepNode(step: StepRecord, now: Date): Node {
  const status = statusOf(step, now);
  const took = durationMs(step, now);
  const lines = [step.name, `${GLYPHS[status]} ${status}`];
  if (step.attempts > 0) lines.push(`${step.attempts}/${step.retryLimit}`);
  if (status === 'backoff') lines.push(`again in ${seconds(msToRetry(step, now))}`);
  else if (took !== undefined) lines.push(duration(took));
  return { id: idOf(step), lines, brackets: bracketsOf(step), status };
}

/** A join is a hexagon, an end is round, everything else a box. */
function bracketsOf({ parentIds, childIds }: StepRecord): Node['brackets'] {
  if (parentIds.length > 1) return ['{{', '}}'];
  return childIds.length === 0 && parentIds.length > 0 ? ['(', ')'] : ['[', ']'];
}

/** By the parent, then by the child: solid where the parent is done, dotted where it still holds the child back. */
function edges(steps: readonly StepRecord[]): string[] {
  return steps.flatMap((parent) => {
    const arrow = SATISFYING.includes(parent.state) ? '-->' : '-.->';
    const children = steps.filter(({ parentIds }) => parentIds.includes(parent.stepId));
    return children.map((child) => `  ${idOf(parent)} ${arrow} ${idOf(child)}`);
  });
}

/** By level, the longest way from a root, then as the definition has them. */
function inOrder(steps: readonly StepRecord[]): StepRecord[] {
  const byId = new Map(steps.map((step) => [step.stepId, step]));
  const levels = new Map<number, number>();
  const levelOf = (step: StepRecord): number => {
    const known = levels.get(step.stepId);
    if (known !== undefined) return known;
    const parents = step.parentIds.flatMap((id) => byId.get(id) ?? []);
    const level = parents.reduce((deepest, parent) => Math.max(deepest, levelOf(parent) + 1), 0);
    levels.set(step.stepId, level);
    return level;
  };
  return [...steps].sort((one, other) => levelOf(one) - levelOf(other) || one.position - other.position);
}

function idOf(node: { readonly taskId: number; readonly stepId?: number }): string {
  return node.stepId === undefined ? `task_${node.taskId}` : `step_${node.stepId}`;
}

/** For a quoted label, where Mermaid reads HTML and its own `#name;` entities. */
function escape(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '#quot;')
    .replace(/\r?\n/g, '<br/>');
}
