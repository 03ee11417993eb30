/** The engine's functions as tests call them: typed, on one connection, at an instant the test chooses. */
import pg from 'pg';
import { type StepState, type TaskState } from '../../../src/core/states.js';
import { defineWorkflow, type StepShape, type Workflow } from './workflow.js';

export interface TaskRow {
  task_id: number;
  definition_id: number;
  state: TaskState;
  priority: number;
  total_steps: number;
  open_steps: number;
  live_steps: number;
  failed_steps: number;
  transition_count: number;
  requested_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  identity_hash: string;
  context: unknown;
}

export interface StepRow {
  workflow_step_id: number;
  task_id: number;
  position: number;
  lane_id: number;
  state: StepState;
  pending_parents: number;
  ready_at: Date | null;
  attempts: number;
  retryable: boolean;
  retry_limit: number;
  transition_count: number;
  claimed_by: number | null;
  claim_expires_at: Date | null;
  last_attempted_at: Date | null;
  processed_at: Date | null;
  backoff_request_seconds: number | null;
  results: unknown;
  error: unknown;
}

export interface Claimed {
  workflow_step_id: number;
  task_id: number;
  position: number;
  attempt: number;
}

/** A row of `tasker_advance`. */
export interface Advanced extends Claimed {
  kind: 'applied' | 'claimed' | 'task' | 'ready';
  state: string | null;
  ready_at: Date | null;
}

export interface Result {
  readonly outcome: 'complete' | 'retry' | 'fail';
  readonly results?: unknown;
  readonly delay_ms?: number;
  readonly requested_seconds?: number;
  readonly attempt?: number;
  readonly worker?: number;
}

export interface Move {
  readonly from: string | null;
  readonly to: string;
  readonly metadata: Record<string, unknown>;
}

/** The instant at which every test begins. */
export const START = new Date('2031-03-30T00:30:00Z');
export const LEASE_MS = 30_000;

export class Engine {
  /** What the functions take as now; null lets the database say. */
  now: Date | null = START;
  private identities = 0;

  private constructor(
    readonly client: pg.Client,
    private readonly laneIds: Set<number>,
  ) {}

  /** @param like another connection to the same database, whose workflows this one shall know */
  static async open(connectionString: string, like?: Engine): Promise<Engine> {
    const client = new pg.Client({ connectionString, types: NUMBERS });
    await client.connect();
    return new Engine(client, like?.laneIds ?? new Set());
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async rows<T>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query(text, values as unknown[])).rows as T[];
  }

  /** Moves the instant; returns it. */
  after(seconds: number): Date {
    this.now = new Date(this.now!.getTime() + seconds * 1000);
    return this.now;
  }

  /** The lanes of every workflow defined so far. */
  get lanes(): number[] {
    return [...this.laneIds];
  }

  async define(steps: readonly StepShape[]): Promise<Workflow> {
    const workflow = await defineWorkflow(this, steps);
    for (const lane of workflow.lanes) this.laneIds.add(lane);
    return workflow;
  }

  /** Creates one task and returns its id. */
  async create(workflow: Workflow, options: Record<string, unknown> = {}): Promise<number> {
    const [row] = await this.createMany([this.request(workflow, options)]);
    return row!.task_id;
  }

  request(workflow: Workflow, options: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      definition: workflow.definitionId,
      context: {},
      identity: `request ${++this.identities}`,
      correlation: 'correlation',
      initiator: 'test',
      source: 'test',
      reason: 'test',
      tags: [],
      bypass: [],
      priority: 0,
      ...options,
    };
  }

  createMany(requests: readonly object[]): Promise<{ ordinal: number; task_id: number; created: boolean }[]> {
    return this.rows('select * from tasker_create_tasks($1, $2)', [JSON.stringify(requests), this.now]);
  }

  claim(options: { worker?: number; lanes?: readonly number[]; limit?: number } = {}): Promise<Claimed[]> {
    const { worker = 1, lanes = this.lanes, limit = 100 } = options;
    return this.rows('select * from tasker_claim($1, $2, $3, $4, $5)', [worker, lanes, limit, LEASE_MS, this.now]);
  }

  advance(
    results: readonly (readonly [Claimed, Result])[],
    options: { worker?: number; capacity?: number; lanes?: readonly number[] | null } = {},
  ): Promise<Advanced[]> {
    const { worker = 1, capacity = 0, lanes = this.lanes } = options;
    const tasks = [...new Set(results.map(([claim]) => claim.task_id))];
    const json = results.map(([{ task_id: task, workflow_step_id: step, attempt }, result]) => ({
      task,
      step,
      attempt,
      duration_ms: 5,
      ...(result.outcome === 'complete' ? {} : { error: { message: 'no' }, delay_ms: 1000 }),
      ...result,
    }));
    const values = [worker, tasks, JSON.stringify(json), capacity, lanes, LEASE_MS, this.now];
    return this.rows('select * from tasker_advance($1, $2, $3, $4, $5, $6, $7)', values);
  }

  /** Claims whatever is due and completes it, until nothing is. */
  async run(worker = 1): Promise<void> {
    for (let claims = await this.claim({ worker }); claims.length > 0; claims = await this.claim({ worker })) {
      await this.advance(
        claims.map((claim) => [claim, { outcome: 'complete', results: {} }] as const),
        { worker },
      );
    }
  }

  async renew(claims: readonly Claimed[], worker = 1): Promise<number[]> {
    const values = [worker, claims.map((c) => c.workflow_step_id), claims.map((c) => c.attempt), LEASE_MS, this.now];
    const rows = await this.rows<{ id: number }>('select tasker_renew($1, $2, $3, $4, $5) as id', values);
    return rows.map(({ id }) => id);
  }

  async release(claims: readonly Claimed[], worker = 1): Promise<number[]> {
    const tasks = [...new Set(claims.map((c) => c.task_id))];
    const steps = claims.map((c) => c.workflow_step_id);
    const values = [worker, tasks, steps, claims.map((c) => c.attempt), this.now];
    const rows = await this.rows<{ id: number }>(
      'select workflow_step_id as id from tasker_release($1, $2, $3, $4, $5)',
      values,
    );
    return rows.map(({ id }) => id);
  }

  /** What an operator's action does: some steps are put into a state, then the task is settled. */
  async operate(taskId: number, positions: readonly number[], to: StepState, task?: TaskState): Promise<TaskState> {
    await this.rows('begin');
    try {
      await this.rows('select 1 from tasker_tasks where task_id = $1 for no key update', [taskId]);
      await this.rows('select 1 from tasker_workflow_steps where task_id = $1 for no key update', [taskId]);
      await this.rows(OPERATE, [taskId, positions, to, this.now]);
      if (task) await this.rows('select tasker_move_task($1, $2, $3, $4)', [taskId, task, '{}', this.now]);
      const settle = 'select tasker_settle_task($1, $2, $3) as state';
      const [row] = await this.rows<{ state: TaskState }>(settle, [taskId, '{"cause": "test"}', this.now]);
      await this.rows('commit');
      return row!.state;
    } catch (error) {
      await this.rows('rollback');
      throw error;
    }
  }

  async task(taskId: number): Promise<TaskRow> {
    const [row] = await this.rows<TaskRow>('select * from tasker_tasks where task_id = $1', [taskId]);
    return row!;
  }

  /** The task's steps by position. */
  steps(taskId: number): Promise<StepRow[]> {
    return this.rows('select * from tasker_workflow_steps where task_id = $1 order by position', [taskId]);
  }

  async states(taskId: number): Promise<StepState[]> {
    return (await this.steps(taskId)).map((step) => step.state);
  }

  taskHistory(taskId: number): Promise<Move[]> {
    return this.rows(
      `select from_state as "from", to_state as "to", metadata from tasker_task_transitions
       where task_id = $1 order by sort_key`,
      [taskId],
    );
  }

  stepHistory(taskId: number, position: number): Promise<Move[]> {
    return this.rows(
      `select from_state as "from", to_state as "to", metadata
       from tasker_workflow_step_transitions join tasker_workflow_steps using (workflow_step_id)
       where task_id = $1 and position = $2 order by sort_key`,
      [taskId, position],
    );
  }
}

const OPERATE = `
  with was as (
    select workflow_step_id, state from tasker_workflow_steps where task_id = $1 and position = any ($2)
  ),
  changed as (
    update tasker_workflow_steps s
    set state = $3, ready_at = null, claimed_by = null, claim_expires_at = null, updated_at = $4,
        transition_count = s.transition_count + 1
    from was where s.workflow_step_id = was.workflow_step_id
    returning s.workflow_step_id, s.transition_count, was.state
  )
  insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, from_state, to_state, created_at)
  select workflow_step_id, transition_count, state, $3, $4 from changed`;

const INT8 = 20;
const INT8_ARRAY = 1016;

/** bigint columns, and arrays of them, as numbers. */
const NUMBERS = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const parse = pg.types.getTypeParser(oid, format) as (value: string) => unknown;
    if (oid === INT8_ARRAY) return (value: string) => (parse(value) as string[]).map(Number);
    return oid === INT8 ? Number : parse;
  },
};
