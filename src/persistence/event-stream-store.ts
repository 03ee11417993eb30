import { type Clock } from '../core/clock.js';
import { type StepChange, type StoredEvent, type TaskChange } from '../core/events/change.js';
import { type StepState, type TaskState } from '../core/states.js';
import { type TaskerDatabase } from './database.js';

/** How far the stream has come, and who may still write below that. See `tasker_event_horizon`. */
export interface Horizon {
  readonly last: number;
  /** Transactions that hold a lock to write one of its tables, by virtual id. */
  readonly writers: readonly string[];
  /** Those of them that are prepared for a two-phase commit: they have no session, and perhaps a new id. */
  readonly prepared: readonly string[];
}

/** Which rows a reader needs; what is null is not touched. */
export interface StreamSources {
  /** Moves of tasks as `from>to`, with nothing before the sign for the first row of a history. */
  readonly taskMoves: readonly string[] | null;
  readonly stepMoves: readonly string[] | null;
  /** First segments of the names of stored events; `all` for any. */
  readonly eventRoots: readonly string[] | 'all' | null;
}

/** One committed row with its place in the stream. */
export interface StreamRow {
  readonly id: number;
  readonly change: TaskChange | StepChange | StoredEvent;
}

export interface StreamRange {
  /** Rows after this id… */
  readonly after: number;
  /** …up to this one. */
  readonly upTo: number;
  readonly limit: number;
}

/**
 * Reads what was committed, in the order of ids: moves of tasks and steps, and stored events. That nothing is missing in
 * a range that was read holds for ranges below a settled bound only (see settled-bound.ts).
 */
export class EventStreamStore {
  private readonly texts = new Map<string, string>();

  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  async horizon(): Promise<Horizon> {
    const [row] = await this.db.rows<Horizon>('select last, writers, prepared from $schema.tasker_event_horizon()');
    return row!;
  }

  /** The last id drawn, and the database's time. */
  async head(): Promise<{ last: number; now: Date }> {
    const [row] = await this.db.rows<{ last: number; now: Date }>(
      `select case when s.is_called then s.last_value else 0 end as last,
         coalesce($1::timestamptz, clock_timestamp()) as now
       from $schema.tasker_history_id s`,
      [this.clock.sqlNow()],
    );
    return row!;
  }

  /** Rows of a range by id, `limit` at the most. */
  async read(sources: StreamSources, { after, upTo, limit }: StreamRange): Promise<StreamRow[]> {
    const { taskMoves, stepMoves, eventRoots } = sources;
    const shape = [taskMoves && TASK_ROWS, stepMoves && STEP_ROWS, eventRoots && STORED_ROWS].filter(
      (part) => part !== null,
    );
    if (shape.length === 0) return [];
    const rows = await this.db.rows<Row>(this.textOf(shape), [
      after,
      upTo,
      limit,
      taskMoves,
      stepMoves,
      eventRoots === 'all' ? null : eventRoots,
    ]);
    return rows.map((row) => ({ id: row.id, change: toChange(row) }));
  }

  /** The id after which everything of that instant or later stands. */
  async positionAt(at: Date): Promise<number> {
    const [row] = await this.db.rows<{ id: number }>('select $schema.tasker_event_position_at($1) as id', [at]);
    return row!.id;
  }

  private textOf(parts: readonly string[]): string {
    const key = parts.join('');
    let text = this.texts.get(key);
    if (text === undefined) {
      const union = parts.map((part) => `(${part})`).join(' union all ');
      // Not every shape uses every value, but each must have a type.
      text = `with given as materialized (select $4::text[], $5::text[], $6::text[])
        select * from (${union}) s order by id limit $3`;
      this.texts.set(key, text);
    }
    return text;
  }
}

interface Row {
  id: number;
  kind: 'task' | 'step' | 'event';
  taskId: number | null;
  stepId: number | null;
  position: number | null;
  /** Of a stored event its attempt. */
  number: number | null;
  /** Of a stored event its own id. */
  from: string | null;
  /** Of a stored event its name. */
  to: string;
  at: Date;
  /** Of a stored event its payload. */
  metadata: string;
}

const TASK_ROWS = `
  select h.id, 'task' as kind, h.task_id as "taskId", null::bigint as "stepId", null::integer as position,
    h.sort_key as number, h.from_state as "from", h.to_state as "to", h.created_at as at, h.metadata
  from $schema.tasker_task_transitions h
  where h.id > $1 and h.id <= $2 and coalesce(h.from_state, '') || '>' || h.to_state = any ($4::text[])
  order by h.id limit $3`;

const STEP_ROWS = `
  select h.id, 'step' as kind, s.task_id as "taskId", s.workflow_step_id as "stepId", s.position,
    h.sort_key as number, h.from_state as "from", h.to_state as "to", h.created_at as at, h.metadata
  from $schema.tasker_workflow_step_transitions h
  join $schema.tasker_workflow_steps s on s.workflow_step_id = h.workflow_step_id
  where h.id > $1 and h.id <= $2 and coalesce(h.from_state, '') || '>' || h.to_state = any ($5::text[])
  order by h.id limit $3`;

const STORED_ROWS = `
  select e.id, 'event' as kind, e.task_id as "taskId", e.workflow_step_id as "stepId", s.position,
    e.attempt as number, e.event_id::text as "from", e.name as "to", e.created_at as at, e.payload as metadata
  from $schema.tasker_events e
  left join $schema.tasker_workflow_steps s on s.workflow_step_id = e.workflow_step_id
  where e.id > $1 and e.id <= $2 and ($6::text[] is null or split_part(e.name, '.', 1) = any ($6))
  order by e.id limit $3`;

function toChange(row: Row): StreamRow['change'] {
  const { kind, taskId, stepId, position, number, from, to, at } = row;
  const json = JSON.parse(row.metadata) as Record<string, unknown>;
  if (kind === 'event') {
    return { kind, id: from!, name: to, taskId, stepId, position, attempt: number, payload: json, at };
  }
  const move = { taskId: taskId!, sortKey: number!, at, metadata: json };
  if (kind === 'task') return { kind, ...move, from: from as TaskState | null, to: to as TaskState };
  return { kind, ...move, stepId: stepId!, position: position!, from: from as StepState | null, to: to as StepState };
}
