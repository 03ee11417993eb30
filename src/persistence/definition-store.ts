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
  const { template, hash, parents } = definition;
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
  const steps = [];
  for (const [position, step] of template.steps.entries()) {
    const systemId = await upsert(tx, 'tasker_dependent_systems', 'dependent_system_id', step.dependentSystem);
    const [namedStep] = await tx.rows<{ id: number }>(
      `insert into $schema.tasker_named_steps (dependent_system_id, name, description) values ($1, $2, $3)
       on conflict (dependent_system_id, name) do update set description = excluded.description, updated_at = now()
       returning named_step_id as id`,
      [systemId, step.name, step.description.slice(0, 255)],
    );
    const [lane] = await tx.rows<{ id: number }>(
      `insert into $schema.tasker_lanes (task_namespace_id, dependent_system_id, handler) values ($1, $2, $3)
       on conflict (task_namespace_id, dependent_system_id, handler) do update set handler = excluded.handler
       returning lane_id as id`,
      [namespaceId, systemId, step.handler],
    );
    await tx.rows(
      `insert into $schema.tasker_named_tasks_named_steps
         (named_task_id, named_step_id, skippable, default_retryable, default_retry_limit) values ($1, $2, $3, $4, $5)
       on conflict (named_task_id, named_step_id) do update set skippable = excluded.skippable,
         default_retryable = excluded.default_retryable, default_retry_limit = excluded.default_retry_limit,
         updated_at = now()`,
      [named!.id, namedStep!.id, step.skippable, step.retryable, step.retryLimit],
    );
    steps.push({
      position,
      named_step_id: namedStep!.id,
      lane_id: lane!.id,
      retryable: step.retryable,
      retry_limit: step.retryLimit,
      skippable: step.skippable,
      parents: parents[position],
    });
  }
  await tx.rows(
    `insert into $schema.tasker_definition_steps
       (definition_id, position, named_step_id, lane_id, retryable, retry_limit, skippable, parents)
     select $1, s.position, s.named_step_id, s.lane_id, s.retryable, s.retry_limit, s.skippable, s.parents
     from jsonb_to_recordset($2) as s(position integer, named_step_id integer, lane_id integer, retryable boolean,
       retry_limit integer, skippable boolean, parents integer[])`,
    [stored!.id, JSON.stringify(steps)],
  );
  return { definitionId: stored!.id, changed: !named!.fresh };
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
