import { type StepChange, type TaskChange } from '../../core/events/change.js';
import { type StepState, type TaskState } from '../../core/states.js';
import { type Queryable } from '../database.js';

interface Row {
  kind: 'task' | 'step';
  taskId: number;
  stepId: number | null;
  position: number | null;
  sortKey: number;
  from: string | null;
  to: string;
  metadata: string;
  at: Date;
}

const COLUMNS = (which: string): string => `
  select * from (
    select h.id, 'task' as kind, h.task_id as "taskId", null::bigint as "stepId", null::integer as position,
           h.sort_key as "sortKey", h.from_state as "from", h.to_state as "to", h.metadata, h.created_at as at
    from $schema.tasker_task_transitions h where h.task_id = any ($1) and ${which}
    union all
    select h.id, 'step', s.task_id, s.workflow_step_id, s.position, h.sort_key, h.from_state, h.to_state, h.metadata,
           h.created_at
    from $schema.tasker_workflow_steps s
    join $schema.tasker_workflow_step_transitions h on h.workflow_step_id = s.workflow_step_id
    where s.task_id = any ($1) and ${which}
  ) c order by c.id`;

/** Rows of this very transaction, which the tables mark with its id. */
const MINE = COLUMNS('h.xmin = pg_current_xact_id()::xid');
/** What a task was created with: its own first row and those of its steps, and the steps left out at its creation. */
const FIRST = COLUMNS(`(h.from_state is null or h.metadata->>'cause' = 'bypassed')`);

/** What the open transaction has written into the histories of these tasks, in order. */
export async function changesOfTransaction(
  tx: Queryable,
  taskIds: readonly number[],
): Promise<(TaskChange | StepChange)[]> {
  return (await tx.rows<Row>(MINE, [taskIds])).map(toChange);
}

/** What the creation of these tasks wrote, in order. */
export async function changesOfCreation(
  db: Queryable,
  taskIds: readonly number[],
): Promise<(TaskChange | StepChange)[]> {
  return (await db.rows<Row>(FIRST, [taskIds])).map(toChange);
}

function toChange({ kind, taskId, stepId, position, sortKey, from, to, metadata, at }: Row): TaskChange | StepChange {
  const move = { taskId, sortKey, at, metadata: JSON.parse(metadata) as Record<string, unknown> };
  if (kind === 'task') return { kind, ...move, from: from as TaskState | null, to: to as TaskState };
  return { kind, ...move, stepId: stepId!, position: position!, from: from as StepState | null, to: to as StepState };
}
