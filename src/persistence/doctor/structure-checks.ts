import { type Check } from './check.js';

const FOREIGN_KEY = 'a foreign key that forbids this is gone or was switched off: restore it, then delete the rows';
const UNIQUE = 'a unique rule that forbids this is gone: decide which row is the right one, then restore the rule';
const SHAPE = 'the steps and edges of a task are made once and never changed: cancel the task and create it anew';

/** What belongs together is there, once, and as the definition says that the task was created with. */
export const STRUCTURE_CHECKS: readonly Check[] = [
  {
    code: 'edge-across-tasks',
    group: 'structure',
    subject: 'step',
    rule: 'an edge stays within its task',
    meaning: 'A step would wait for one of another task.',
    sql: `select e.to_step_id as id, t.task_id, 'an edge of task ' || e.task_id || ' from task ' || f.task_id as found,
        'task ' || t.task_id as expected
      from $schema.tasker_workflow_step_edges e
      join $schema.tasker_workflow_steps f on f.workflow_step_id = e.from_step_id
      join $schema.tasker_workflow_steps t on t.workflow_step_id = e.to_step_id
      where e.task_id <> f.task_id or e.task_id <> t.task_id`,
    repair: null,
    left: SHAPE,
    blocksRepair: true,
  },
  {
    code: 'task-unlike-definition',
    group: 'structure',
    subject: 'task',
    rule: 'a task has as many steps as its definition',
    meaning: 'Steps were lost or added: the task does not do what it was created for.',
    sql: `select c.id, c.id as task_id, c.steps || ' steps' as found, coalesce(d.steps, 0) || ' steps' as expected
      from counted c
      left join (
        select definition_id, count(*) as steps from $schema.tasker_definition_steps group by definition_id
      ) d on d.definition_id = c.definition_id
      where c.steps <> coalesce(d.steps, 0) or c.steps = 0`,
    repair: null,
    left: SHAPE,
    blocksRepair: true,
  },
  {
    code: 'step-unlike-definition',
    group: 'structure',
    subject: 'step',
    rule: 'a step is what its definition says',
    meaning: 'A worker would run another handler than the one the task was created with.',
    sql: `select s.workflow_step_id as id, s.task_id,
        'position ' || s.position || ', named step ' || s.named_step_id || ', lane ' || s.lane_id as found,
        coalesce('named step ' || d.named_step_id || ', lane ' || d.lane_id, 'no such position') as expected
      from $schema.tasker_workflow_steps s
      join $schema.tasker_tasks t on t.task_id = s.task_id
      left join $schema.tasker_definition_steps d on d.definition_id = t.definition_id and d.position = s.position
      where (d.named_step_id, d.lane_id) is distinct from (s.named_step_id, s.lane_id)`,
    repair: null,
    left: SHAPE,
    blocksRepair: true,
  },
  {
    code: 'edges-unlike-definition',
    group: 'structure',
    subject: 'step',
    rule: 'a step waits for exactly what its definition says',
    meaning: 'It would run too early, or wait for what it does not need.',
    sql: `select s.workflow_step_id as id, s.task_id,
        'waits for positions ' || coalesce(e.positions::text, '{}') as found, d.parents::text as expected
      from $schema.tasker_workflow_steps s
      join $schema.tasker_tasks t on t.task_id = s.task_id
      join $schema.tasker_definition_steps d on d.definition_id = t.definition_id and d.position = s.position
      left join (
        select e.to_step_id as id, array_agg(p.position) as positions
        from $schema.tasker_workflow_step_edges e
        join $schema.tasker_workflow_steps p on p.workflow_step_id = e.from_step_id
        group by e.to_step_id
      ) e on e.id = s.workflow_step_id
      where not (coalesce(e.positions, '{}') @> d.parents and d.parents @> coalesce(e.positions, '{}'))`,
    repair: null,
    left: SHAPE,
    blocksRepair: true,
  },
  orphan('task-without-definition', 'task', 'every task has its definition', 't.task_id', 't.task_id', {
    from: '$schema.tasker_tasks t left join $schema.tasker_task_definitions o on o.definition_id = t.definition_id',
    owner: `'definition ' || t.definition_id`,
    gone: 'o.definition_id is null',
    meaning: 'No worker can tell what to run.',
  }),
  orphan('step-without-task', 'step', 'every step has its task', 's.workflow_step_id', 's.task_id', {
    from: '$schema.tasker_workflow_steps s left join $schema.tasker_tasks o on o.task_id = s.task_id',
    owner: `'task ' || s.task_id`,
    gone: 'o.task_id is null',
    meaning: 'Nothing will ever run or show them.',
  }),
  orphan('step-without-lane', 'step', 'every step has its lane', 's.workflow_step_id', 's.task_id', {
    from: '$schema.tasker_workflow_steps s left join $schema.tasker_lanes o on o.lane_id = s.lane_id',
    owner: `'lane ' || s.lane_id`,
    gone: 'o.lane_id is null',
    meaning: 'No worker looks for them.',
  }),
  orphan('edge-without-step', 'step', 'every edge has both its steps', 'e.to_step_id', 'e.task_id', {
    from: `$schema.tasker_workflow_step_edges e
      left join $schema.tasker_workflow_steps f on f.workflow_step_id = e.from_step_id
      left join $schema.tasker_workflow_steps o on o.workflow_step_id = e.to_step_id`,
    owner: `'an end of the edge ' || e.from_step_id || ' to ' || e.to_step_id`,
    gone: 'f.workflow_step_id is null or o.workflow_step_id is null',
    meaning: 'A step may run without what it was to wait for.',
  }),
  orphan('history-without-task', 'task', 'every task history has its task', 'l.id', 'l.id', {
    from: 'task_last l left join $schema.tasker_tasks o on o.task_id = l.id',
    owner: `'task ' || l.id`,
    gone: 'o.task_id is null',
    meaning: 'It tells of a task that is gone.',
  }),
  orphan('history-without-step', 'step', 'every step history has its step', 'l.id', 'null::bigint', {
    from: 'step_last l left join $schema.tasker_workflow_steps o on o.workflow_step_id = l.id',
    owner: `'step ' || l.id`,
    gone: 'o.workflow_step_id is null',
    meaning: 'It tells of a step that is gone.',
  }),
  orphan('annotation-without-task', 'task', 'every annotation has its task', 'a.task_id', 'a.task_id', {
    from: '$schema.tasker_task_annotations a left join $schema.tasker_tasks o on o.task_id = a.task_id',
    owner: `'task ' || a.task_id`,
    gone: 'o.task_id is null',
    meaning: 'It belongs to a task that is gone.',
  }),
  duplicate('duplicate-step', 'step', 'a task has each step once', 'tasker_workflow_steps', {
    key: 'task_id, named_step_id',
    id: 'min(workflow_step_id)',
    task: 'task_id',
    shown: `'named step ' || named_step_id`,
  }),
  duplicate('duplicate-position', 'step', 'every position of a task is taken once', 'tasker_workflow_steps', {
    key: 'task_id, position',
    id: 'min(workflow_step_id)',
    task: 'task_id',
    shown: `'position ' || position`,
  }),
  duplicate('duplicate-identity', 'task', 'an identity makes one task', 'tasker_tasks', {
    key: 'identity_hash',
    id: 'min(task_id)',
    task: 'min(task_id)',
    shown: `'identity ' || identity_hash`,
  }),
];

function orphan(
  code: string,
  subject: Check['subject'],
  rule: string,
  id: string,
  task: string,
  { from, owner, gone, meaning }: { from: string; owner: string; gone: string; meaning: string },
): Check {
  const sql = `select ${id} as id, ${task} as task_id, ${owner} || ' is gone' as found, 'there' as expected
    from ${from} where ${gone}`;
  return { code, group: 'structure', subject, rule, meaning, sql, repair: null, left: FOREIGN_KEY, blocksRepair: true };
}

function duplicate(
  code: string,
  subject: Check['subject'],
  rule: string,
  table: string,
  { key, id, task, shown }: { key: string; id: string; task: string; shown: string },
): Check {
  const sql = `select ${id} as id, ${task} as task_id, ${shown} || ', ' || count(*) || ' times' as found,
      'once' as expected
    from $schema.${table} group by ${key} having count(*) > 1`;
  const meaning = 'One of them was not meant to be: work is done twice.';
  return { code, group: 'structure', subject, rule, meaning, sql, repair: null, left: UNIQUE, blocksRepair: true };
}
