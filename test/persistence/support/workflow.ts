/** Definitions written straight into the tables, so that the functions are tested without the layers above them. */

/** A step by what matters to the database. Positions are indices in the list. */
export interface StepShape {
  /** Positions of the steps it waits for. */
  readonly parents?: readonly number[];
  readonly retryable?: boolean;
  readonly retryLimit?: number;
  readonly skippable?: boolean;
  /** Steps of one handler share a lane. @default 'handler' */
  readonly handler?: string;
}

export interface Workflow {
  readonly definitionId: number;
  readonly name: string;
  /** The lane of each step, by position. */
  readonly lanes: readonly number[];
}

interface Queryable {
  rows<T>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

export const CHAIN: readonly StepShape[] = [{}, { parents: [0] }, { parents: [1] }];
export const DIAMOND: readonly StepShape[] = [{}, { parents: [0] }, { parents: [0] }, { parents: [1, 2] }];

/** The shapes of spec 01 §6: how many steps, and for each the positions it waits for. */
export const SHAPES = {
  dummy: [[], [], [1], [2]],
  linear: [[], [0], [1], [2], [3], [4]],
  diamond: [[], [0], [0], [1], [2], [3, 4], [5]],
  parallelMerge: [[], [], [], [], [0], [1], [2, 3, 4, 5]],
  tree: [[], [0], [0], [1], [1], [2], [2], [3, 4, 5, 6]],
  mixed: [[], [], [0], [1], [2, 3], [4], [4], [3], [5, 7]],
  apiIntegration: [[], [], [0, 1], [2], [3]],
} as const satisfies Record<string, readonly (readonly number[])[]>;

let defined = 0;

/** Steps are named s0, s1, … and share one dependent system; each call makes a definition of its own. */
export async function defineWorkflow(db: Queryable, steps: readonly StepShape[]): Promise<Workflow> {
  const name = `workflow ${++defined}`;
  const [row] = await db.rows<{ definition_id: number; lanes: number[] }>(DEFINE, [
    name,
    JSON.stringify(
      steps.map(({ parents = [], retryable = true, retryLimit = 3, skippable = true, handler = 'handler' }) => {
        return { parents, retryable, retry_limit: retryLimit, skippable, handler };
      }),
    ),
  ]);
  return { definitionId: row!.definition_id, name, lanes: row!.lanes };
}

/** What was inserted by a statement is not seen by it, hence the unions of new and old. */
const DEFINE = `
  with input as (
    select (n - 1)::integer as position, 's' || (n - 1) as name, x.*
    from jsonb_array_elements($2::jsonb) with ordinality as e(value, n),
         jsonb_to_record(e.value) as x(
           parents integer[], retryable boolean, retry_limit integer, skippable boolean, handler text)
  ),
  new_system as (
    insert into tasker_dependent_systems (name) values ('system') on conflict do nothing returning dependent_system_id
  ),
  system as (
    select dependent_system_id from new_system
    union select dependent_system_id from tasker_dependent_systems where name = 'system'
  ),
  namespace as (
    select task_namespace_id from tasker_task_namespaces where name = 'default'
  ),
  named_task as (
    insert into tasker_named_tasks (task_namespace_id, name) select task_namespace_id, $1 from namespace
    returning named_task_id
  ),
  definition as (
    insert into tasker_task_definitions (named_task_id, content_hash, template)
    select named_task_id, repeat('0', 64), '{}' from named_task
    returning definition_id
  ),
  new_lane as (
    insert into tasker_lanes (task_namespace_id, dependent_system_id, handler)
    select distinct task_namespace_id, dependent_system_id, handler from namespace, system, input
    on conflict do nothing
    returning lane_id, handler
  ),
  lane as (
    select lane_id, handler from new_lane
    union
    select lane_id, handler from tasker_lanes
    where (task_namespace_id, dependent_system_id) in (select task_namespace_id, dependent_system_id from namespace, system)
  ),
  new_step as (
    insert into tasker_named_steps (dependent_system_id, name) select dependent_system_id, name from system, input
    on conflict do nothing
    returning named_step_id, dependent_system_id, name
  ),
  step as (
    select named_step_id, name from new_step
    union
    select named_step_id, name from tasker_named_steps where dependent_system_id in (select dependent_system_id from system)
  ),
  definition_step as (
    insert into tasker_definition_steps (
      definition_id, position, named_step_id, lane_id, retryable, retry_limit, skippable, parents)
    select definition_id, position, named_step_id, lane_id, retryable, retry_limit, skippable, parents
    from definition, input join step using (name) join lane using (handler)
    returning position, lane_id
  )
  select definition_id, array_agg(lane_id order by position) as lanes from definition, definition_step group by 1`;
