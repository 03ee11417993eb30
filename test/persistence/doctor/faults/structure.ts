import { type Engine } from '../../support/engine.js';
import { type Fault, newTask, stepId, unasked } from './plant.js';

export const STRUCTURE_FAULTS: readonly Fault[] = [
  {
    code: 'edge-across-tasks',
    what: 'of another task',
    plant: async (engine) => {
      const task = await newTask(engine);
      const second = await stepId(engine, task, 1);
      await engine.rows('update tasker_workflow_step_edges set task_id = -1 where to_step_id = $1', [second]);
      return second;
    },
    fixed: false,
  },
  {
    code: 'task-unlike-definition',
    what: 'a step less',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.rows('delete from tasker_workflow_steps where task_id = $1 and position = 2', [task]);
      return task;
    },
    fixed: false,
  },
  {
    code: 'task-unlike-definition',
    what: 'no step at all',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.rows('delete from tasker_workflow_steps where task_id = $1', [task]);
      return task;
    },
    fixed: false,
  },
  { code: 'step-unlike-definition', what: 'in another lane', plant: inAnotherLane, fixed: false },
  {
    code: 'edges-unlike-definition',
    what: 'an edge less',
    plant: async (engine) => {
      const task = await newTask(engine);
      const second = await stepId(engine, task, 1);
      await engine.rows('delete from tasker_workflow_step_edges where to_step_id = $1', [second]);
      return second;
    },
    fixed: false,
  },
  {
    code: 'task-without-definition',
    what: 'deleted',
    plant: async (engine) => {
      const task = await newTask(engine);
      await unasked(engine, 'update tasker_tasks set definition_id = -1 where task_id = $1', [task]);
      return task;
    },
    fixed: false,
  },
  {
    code: 'step-without-task',
    what: 'deleted',
    plant: async (engine) => {
      const step = await stepId(engine, await newTask(engine, [{}]), 0);
      await unasked(engine, 'delete from tasker_tasks', []);
      return step;
    },
    fixed: false,
  },
  {
    code: 'step-without-lane',
    what: 'deleted',
    plant: async (engine) => {
      const step = await stepId(engine, await newTask(engine), 1);
      await unasked(engine, 'update tasker_workflow_steps set lane_id = -1 where workflow_step_id = $1', [step]);
      return step;
    },
    fixed: false,
  },
  {
    code: 'edge-without-step',
    what: 'its parent deleted',
    plant: async (engine) => {
      const task = await newTask(engine);
      const [first, second] = [await stepId(engine, task, 0), await stepId(engine, task, 1)];
      await unasked(engine, 'delete from tasker_workflow_steps where workflow_step_id = $1', [first]);
      return second;
    },
    fixed: false,
  },
  {
    code: 'history-without-task',
    what: 'deleted',
    plant: async (engine) => {
      const task = await newTask(engine);
      await unasked(engine, 'delete from tasker_tasks', []);
      return task;
    },
    fixed: false,
  },
  {
    code: 'history-without-step',
    what: 'deleted',
    plant: async (engine) => {
      const step = await stepId(engine, await newTask(engine), 1);
      await unasked(engine, 'delete from tasker_workflow_steps where workflow_step_id = $1', [step]);
      return step;
    },
    fixed: false,
  },
  {
    code: 'annotation-without-task',
    what: 'deleted',
    plant: async (engine) => {
      const task = await newTask(engine);
      await engine.rows(
        `with kind as (insert into tasker_annotation_types (name) values (gen_random_uuid()::text)
          returning annotation_type_id)
        insert into tasker_task_annotations (task_id, annotation_type_id, annotation)
        select $1, annotation_type_id, '{}' from kind`,
        [task],
      );
      await unasked(engine, 'delete from tasker_tasks', []);
      return task;
    },
    fixed: false,
  },
  {
    code: 'duplicate-step',
    what: 'the same named step twice',
    rules: ['UNIQUE (task_id, named_step_id)'],
    plant: async (engine) => {
      const [first, second] = await engine.steps(await newTask(engine));
      await engine.rows(
        `update tasker_workflow_steps s set named_step_id = o.named_step_id from tasker_workflow_steps o
         where s.workflow_step_id = $1 and o.workflow_step_id = $2`,
        [second!.workflow_step_id, first!.workflow_step_id],
      );
      return first!.workflow_step_id;
    },
    fixed: false,
  },
  {
    code: 'duplicate-position',
    what: 'two steps in one place',
    plant: async (engine) => {
      const [first, second] = await engine.steps(await newTask(engine));
      await engine.rows('update tasker_workflow_steps set position = 0 where workflow_step_id = $1', [
        second!.workflow_step_id,
      ]);
      return first!.workflow_step_id;
    },
    fixed: false,
  },
  {
    code: 'duplicate-identity',
    what: 'two tasks of one identity',
    rules: ['UNIQUE (identity_hash)'],
    given: async (engine) => [await newTask(engine), await newTask(engine)],
    plant: async (engine) => {
      const rows = await engine.rows<{ id: number }>(
        `update tasker_tasks set identity_hash = 'same' returning task_id as id`,
      );
      return Math.min(...rows.map(({ id }) => id));
    },
    fixed: false,
  },
];

async function inAnotherLane(engine: Engine): Promise<number> {
  const task = await newTask(engine);
  const other = await engine.define([{ handler: `other ${task}` }]);
  const id = await stepId(engine, task, 0);
  await engine.rows('update tasker_workflow_steps set lane_id = $2 where workflow_step_id = $1', [id, other.lanes[0]]);
  return id;
}
