/** How faults are planted: rows as no statement of the engine leaves them. */
import { type Engine } from '../../support/engine.js';
import { CHAIN, type StepShape } from '../../support/workflow.js';

export interface Fault {
  readonly code: string;
  /** Tells faults of one code apart. */
  readonly what: string;
  /** Rules of the schema that forbid the fault, by a piece of their text; they are gone while it lasts. */
  readonly rules?: readonly string[];
  /** What must be there before those rules are gone. */
  readonly given?: (engine: Engine) => Promise<unknown>;
  /** Makes the fault; gives the id it must be named with. */
  readonly plant: (engine: Engine) => Promise<number>;
  /** True: the repair puts it right. */
  readonly fixed: boolean;
}

export async function newTask(engine: Engine, shape: readonly StepShape[] = CHAIN): Promise<number> {
  return engine.create(await engine.define(shape));
}

/** Changes columns of one step of a new task, and names the step. */
export function onStep(
  position: number,
  change: string,
  prepare?: (engine: Engine) => Promise<unknown>,
): Fault['plant'] {
  return async (engine) => {
    const task = await newTask(engine);
    await prepare?.(engine);
    const [row] = await engine.rows<{ id: number }>(
      `update tasker_workflow_steps set ${change} where task_id = $1 and position = $2 returning workflow_step_id as id`,
      [task, position],
    );
    return row!.id;
  };
}

/** Changes columns of a new task, and names it. */
export function onTask(change: string, prepare?: (engine: Engine) => Promise<unknown>): Fault['plant'] {
  return async (engine) => {
    const task = await newTask(engine);
    await prepare?.(engine);
    await engine.rows(`update tasker_tasks set ${change} where task_id = $1`, [task]);
    return task;
  };
}

/** Makes the task's history end in another state, with the row to fit. */
export async function claimHistory(engine: Engine, task: number, moves: readonly string[]): Promise<void> {
  await engine.rows('delete from tasker_task_transitions where task_id = $1', [task]);
  await engine.rows(
    `insert into tasker_task_transitions (task_id, sort_key, from_state, to_state)
     select $1, n, lag(state) over (order by n), state from unnest($2::text[]) with ordinality as m(state, n)`,
    [task, moves],
  );
  const final = !['pending', 'in_progress'].includes(moves.at(-1)!);
  await engine.rows(
    `update tasker_tasks set state = $2, transition_count = $3, finished_at = case when $4 then $5::timestamptz end,
       started_at = case when $6 then $5::timestamptz end
     where task_id = $1`,
    [task, moves.at(-1), moves.length, final, engine.now, moves.includes('in_progress')],
  );
}

export async function stepId(engine: Engine, task: number, position: number): Promise<number> {
  return (await engine.steps(task))[position]!.workflow_step_id;
}

/** Rows as only a superuser can leave them: no foreign key is asked. */
export async function unasked(engine: Engine, sql: string, values: readonly unknown[]): Promise<void> {
  await engine.rows(`set session_replication_role = 'replica'`);
  await engine.rows(sql, values);
  await engine.rows(`set session_replication_role = 'origin'`);
}

export async function register(engine: Engine): Promise<number> {
  const [row] = await engine.rows<{ id: number }>(
    `insert into tasker_workers (host, pid, version, concurrency) values ('here', 1, '1.0.0', 1)
     returning worker_id as id`,
  );
  return row!.id;
}
