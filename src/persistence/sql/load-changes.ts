import { type StepChange, type StoredEvent, type TaskChange } from '../../core/events/change.js';
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

/**
 * What was written by the commits that made certain rows of steps' histories, where the worker says that it was it that
 * sent them: whole commits, of which the answer was lost on the way.
 */
const LOST = `
  with lost as (
    select distinct h.xmin as tx, s.task_id
    from unnest($1::bigint[], $2::integer[]) as w(step_id, sort_key)
    join $schema.tasker_workflow_step_transitions h on h.workflow_step_id = w.step_id and h.sort_key = w.sort_key
    join $schema.tasker_workflow_steps s on s.workflow_step_id = w.step_id
    where (h.metadata->>'worker')::bigint = $3 and h.to_state <> 'pending'
      -- That was written, and told, by who took the claim back.
      and h.metadata->'error'->>'errorCode' is distinct from 'WORKER_LOST'
  )
  select * from (
    select h.id, 'task' as kind, h.task_id as "taskId", null::bigint as "stepId", null::integer as position,
           h.sort_key as "sortKey", h.from_state as "from", h.to_state as "to", h.metadata, h.created_at as at,
           null::integer as attempt
    from lost l join $schema.tasker_task_transitions h on h.task_id = l.task_id and h.xmin = l.tx
    union all
    select h.id, 'step', s.task_id, s.workflow_step_id, s.position, h.sort_key, h.from_state, h.to_state, h.metadata,
           h.created_at, null
    from lost l
    join $schema.tasker_workflow_steps s on s.task_id = l.task_id
    join $schema.tasker_workflow_step_transitions h on h.workflow_step_id = s.workflow_step_id and h.xmin = l.tx
    union all
    select e.id, 'event', e.task_id, e.workflow_step_id, s.position, null, e.event_id::text, e.name, e.payload,
           e.created_at, e.attempt
    from lost l
    join $schema.tasker_events e on e.task_id = l.task_id and e.xmin = l.tx
    join $schema.tasker_workflow_steps s on s.workflow_step_id = e.workflow_step_id
  ) c order by c.id`;

interface LostRow extends Omit<Row, 'kind'> {
  kind: Row['kind'] | 'event';
  attempt: number | null;
}

/** A row of a step's history. */
export interface StepRow {
  readonly stepId: number;
  readonly sortKey: number;
}

/** The whole of the commits that wrote these rows, in order; of those that this worker did not write, nothing. */
export async function changesOfLostCommits(
  db: Queryable,
  worker: number,
  rows: readonly StepRow[],
): Promise<(TaskChange | StepChange | StoredEvent)[]> {
  const values = [rows.map(({ stepId }) => stepId), rows.map(({ sortKey }) => sortKey), worker];
  const found = await db.rows<LostRow>(LOST, values);
  return found.map((row) => {
    if (row.kind !== 'event') return toChange(row as Row);
    const { from, to, taskId, stepId, position, attempt, metadata, at } = row;
    const payload = JSON.parse(metadata) as unknown;
    return { kind: 'event', id: from!, name: to, taskId, stepId, position, attempt, payload, at };
  });
}

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
