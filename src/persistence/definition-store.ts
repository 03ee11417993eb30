import { type TaskTemplate } from '../definitions/task-template.js';
import { type Queryable, type TaskerDatabase } from './database.js';

/** A lane: the steps that one namespace sends to one handler and one dependent system. */
export interface Lane {
  readonly laneId: number;
  readonly namespace: string;
  readonly dependentSystem: string;
  readonly handler: string;
  /** Under a pause, a limit or a breaker: its steps are claimed apart. */
  readonly isControlled: boolean;
  /** Its system has a circuit breaker, which wants to know how attempts end. */
  readonly hasBreaker: boolean;
}

/** A snapshot to register, with the graph already resolved to positions. */
export interface DefinitionToStore {
  readonly template: TaskTemplate;
  readonly hash: string;
  /** For each step, the positions it waits for. */
  readonly parents: readonly (readonly number[])[];
}

export interface StoredDefinition {
  readonly definitionId: number;
  /** True when this version was stored before with other contents: tasks in flight keep the older one. */
  readonly changed: boolean;
}

/** Keeps the snapshots of definitions, and the dictionary rows they bring. */
export class DefinitionStore {
  constructor(private readonly db: TaskerDatabase) {}

  /** Stores what is not stored yet, one process at a time; the answer is in the order of the list. */
  async register(definitions: readonly DefinitionToStore[]): Promise<StoredDefinition[]> {
    const known = await this.find(this.db, definitions);
    if (known.every((id) => id !== undefined)) return known.map((definitionId) => ({ definitionId, changed: false }));
    return this.db.transaction(async (tx) => {
      await tx.rows(`select pg_advisory_xact_lock(hashtext('tasker_definitions'), hashtext($1))`, [this.db.schema]);
      const stored: StoredDefinition[] = [];
      const again = await this.find(tx, definitions);
      for (const [index, definition] of definitions.entries()) {
        const definitionId = again[index];
        if (definitionId !== undefined) stored.push({ definitionId, changed: false });
        else stored.push(await insertDefinition(tx, definition));
      }
      return stored;
    });
  }

  /** The snapshot of one definition, or undefined. */
  async load(definitionId: number): Promise<TaskTemplate | undefined> {
    const [row] = await this.db.rows<{ template: string }>(
      'select template from $schema.tasker_task_definitions where definition_id = $1',
      [definitionId],
    );
    return row && (JSON.parse(row.template) as TaskTemplate);
  }

  async lanes(): Promise<Lane[]> {
    return this.db.rows<Lane>(
      `select l.lane_id as "laneId", n.name as namespace, d.name as "dependentSystem", l.handler,
         exists (select 1 from $schema.tasker_controls c
                 where (c.task_namespace_id is null and c.dependent_system_id is null)
                    or c.task_namespace_id = l.task_namespace_id
                    or c.dependent_system_id = l.dependent_system_id) as "isControlled",
         exists (select 1 from $schema.tasker_controls c
                 where c.dependent_system_id = l.dependent_system_id
                   and c.breaker_failure_rate is not null) as "hasBreaker"
       from $schema.tasker_lanes l
       join $schema.tasker_task_namespaces n using (task_namespace_id)
       join $schema.tasker_dependent_systems d using (dependent_system_id)`,
    );
  }

  private async find(on: Queryable, definitions: readonly DefinitionToStore[]): Promise<(number | undefined)[]> {
    const keys = definitions.map(({ template }) => [template.namespace, template.name, template.version] as const);
    const rows = await on.rows<{ ordinal: number; definition_id: number }>(
      `select w.ordinal::integer, d.definition_id
       from unnest($1::text[], $2::text[], $3::text[], $4::text[])
         with ordinality as w(namespace, name, version, hash, ordinal)
       join $schema.tasker_task_namespaces n on n.name = w.namespace
       join $schema.tasker_named_tasks t
         on t.task_namespace_id = n.task_namespace_id and t.name = w.name and t.version = w.version
       join $schema.tasker_task_definitions d on d.named_task_id = t.named_task_id and d.content_hash = w.hash`,
      [keys.map((k) => k[0]), keys.map((k) => k[1]), keys.map((k) => k[2]), definitions.map((d) => d.hash)],
    );
    const found: (number | undefined)[] = definitions.map(() => undefined);
    for (const row of rows) found[row.ordinal - 1] = row.definition_id;
    return found;
  }
}

async function insertDefinition(tx: Queryable, definition: DefinitionToStore): Promise<StoredDefinition> {
  const { template, hash } = definition;
  const namespaceId = await upsert(tx, 'tasker_task_namespaces', 'task_namespace_id', template.namespace);
  const snapshot = JSON.stringify(template);
  const [named] = await tx.rows<{ id: number; fresh: boolean }>(
    `insert into $schema.tasker_named_tasks (task_namespace_id, name, version, description, configuration)
     values ($1, $2, $3, $4, $5)
     on conflict (task_namespace_id, name, version)
       do update set description = excluded.description, configuration = excluded.configuration, updated_at = now()
     returning named_task_id as id, xmax = 0 as fresh`,
    [namespaceId, template.name, template.version, template.description.slice(0, 255), snapshot],
  );
  const [stored] = await tx.rows<{ id: number }>(
    `insert into $schema.tasker_task_definitions (named_task_id, content_hash, template) values ($1, $2, $3)
     returning definition_id as id`,
    [named!.id, hash, snapshot],
  );
  await insertSteps(tx, namespaceId, named!.id, stored!.id, definition);
  return { definitionId: stored!.id, changed: !named!.fresh };
}

/** A definition may have a hundred thousand steps: in a few statements, however many there are. */
async function insertSteps(
  tx: Queryable,
  namespaceId: number,
  namedTaskId: number,
  definitionId: number,
  { template, parents }: DefinitionToStore,
): Promise<void> {
  const lanes = new Map(template.steps.map((step) => [JSON.stringify([step.dependentSystem, step.handler]), step]));
  const [systems, handlers] = [
    [...lanes.values()].map((s) => s.dependentSystem),
    [...lanes.values()].map((s) => s.handler),
  ];
  await tx.rows(INSERT_SYSTEMS, [systems]);
  await tx.rows(INSERT_LANES, [namespaceId, systems, handlers]);
  // The planner cannot know how long the list is; a nested loop over it would cost its square.
  await tx.rows('set local enable_nestloop = off');
  const steps = template.steps.map((step, position) => ({
    position,
    name: step.name,
    description: step.description.slice(0, 255),
    system: step.dependentSystem,
    handler: step.handler,
    retryable: step.retryable,
    retry_limit: step.retryLimit,
    skippable: step.skippable,
    parents: parents[position],
  }));
  await tx.rows(INSERT_STEPS, [definitionId, namedTaskId, namespaceId, JSON.stringify(steps)]);
  await tx.rows('set local enable_nestloop to default');
}

/** Finds or creates a dictionary row by name. Plain conflict handling would burn an id on every look-up. */
async function upsert(tx: Queryable, table: string, key: string, name: string): Promise<number> {
  const select = `select ${key} as id from $schema.${table} where name = $1`;
  const [found] = await tx.rows<{ id: number }>(select, [name]);
  if (found) return found.id;
  const insert = `insert into $schema.${table} (name) values ($1) on conflict (name) do nothing`;
  await tx.rows(insert, [name]);
  return (await tx.rows<{ id: number }>(select, [name]))[0]!.id;
}

/** Plain conflict handling would burn an id for every row that is there. */
const INSERT_SYSTEMS = `
  insert into $schema.tasker_dependent_systems (name)
  select distinct w.name from unnest($1::text[]) as w(name)
  where not exists (select from $schema.tasker_dependent_systems d where d.name = w.name)
  on conflict (name) do nothing`;

const INSERT_LANES = `
  insert into $schema.tasker_lanes (task_namespace_id, dependent_system_id, handler)
  select $1, d.dependent_system_id, w.handler
  from unnest($2::text[], $3::text[]) as w(system, handler)
  join $schema.tasker_dependent_systems d on d.name = w.system
  where not exists (
    select from $schema.tasker_lanes l
    where l.task_namespace_id = $1 and l.dependent_system_id = d.dependent_system_id and l.handler = w.handler
  )
  on conflict (task_namespace_id, dependent_system_id, handler) do nothing`;

const INSERT_STEPS = `
  with input as materialized (
    select * from jsonb_to_recordset($4) as s(position integer, name text, description text, system text, handler text,
      retryable boolean, retry_limit integer, skippable boolean, parents integer[])
  ),
  named as (
    insert into $schema.tasker_named_steps (dependent_system_id, name, description)
    select d.dependent_system_id, i.name, i.description
    from input i join $schema.tasker_dependent_systems d on d.name = i.system
    order by i.position
    on conflict (dependent_system_id, name) do update set description = excluded.description, updated_at = now()
    returning named_step_id, dependent_system_id, name
  ),
  step as materialized (
    select i.*, n.named_step_id, l.lane_id
    from input i
    join $schema.tasker_dependent_systems d on d.name = i.system
    join named n on n.dependent_system_id = d.dependent_system_id and n.name = i.name
    join $schema.tasker_lanes l
      on l.task_namespace_id = $3 and l.dependent_system_id = d.dependent_system_id and l.handler = i.handler
  ),
  link as (
    insert into $schema.tasker_named_tasks_named_steps
      (named_task_id, named_step_id, skippable, default_retryable, default_retry_limit)
    select $2, s.named_step_id, s.skippable, s.retryable, s.retry_limit from step s
    on conflict (named_task_id, named_step_id) do update set skippable = excluded.skippable,
      default_retryable = excluded.default_retryable, default_retry_limit = excluded.default_retry_limit,
      updated_at = now()
  )
  insert into $schema.tasker_definition_steps
    (definition_id, position, named_step_id, lane_id, retryable, retry_limit, skippable, parents)
  select $1, s.position, s.named_step_id, s.lane_id, s.retryable, s.retry_limit, s.skippable, s.parents
  from step s`;
