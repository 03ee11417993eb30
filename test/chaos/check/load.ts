/** Reads the lives of tasks from the database, a page at a time. */
import type pg from 'pg';
import { type Effect, type Move, type Run, type StepLife, type TaskLife } from './life.js';

const PAGE = 500;

const MS = (column: string): string => `extract(epoch from ${column})::double precision * 1000`;

const TASKS = `
  select task_id::integer as "taskId", (context->>'n')::integer as n, state, paused_at is not null as paused
  from tasker_tasks where task_id > $1 order by task_id limit ${PAGE}`;

const STEPS = `
  select s.task_id::integer as "taskId", s.workflow_step_id::integer as "stepId", n.name,
         l.handler = 'chaos_effect' as transactional, s.state, s.attempts, s.retryable, s.retry_limit as "retryLimit",
         d.retry_limit as "firstLimit", s.worker_losses as losses,
         (case when s.state = 'complete' then s.results->>'run' end)::integer as "resultRun",
         array(select e.from_step_id::integer from tasker_workflow_step_edges e
               where e.to_step_id = s.workflow_step_id order by 1) as "parentIds"
  from tasker_workflow_steps s
  join tasker_tasks t using (task_id)
  join tasker_definition_steps d on d.definition_id = t.definition_id and d.position = s.position
  join tasker_lanes l on l.lane_id = s.lane_id
  join tasker_named_steps n on n.named_step_id = s.named_step_id
  where s.task_id = any ($1) order by s.workflow_step_id`;

const MOVES = `
  select workflow_step_id::integer as "stepId", from_state as from, to_state as to, ${MS('created_at')} as at,
         (metadata->>'attempt')::integer as attempt, (metadata->>'worker')::integer as worker,
         metadata->>'cause' as cause, metadata->>'action' as action,
         metadata->'error'->>'errorCode' as "errorCode",
         coalesce((metadata->'error'->>'permanent')::boolean, false) as permanent,
         (metadata->'error'->'context'->>'run')::integer as "errorRun"
  from tasker_workflow_step_transitions where workflow_step_id = any ($1) order by workflow_step_id, sort_key`;

const RUNS = `
  select step_id::integer as "stepId", run_id::integer as "runId", attempt, worker_id::integer as worker, deaf,
         ${MS('entered_at')} as "enteredAt", ${MS('left_at')} as "leftAt", outcome
  from chaos_runs where step_id = any ($1) order by step_id, entered_at`;

const EFFECTS = `
  select step_id::integer as "stepId", attempt, run_id::integer as "runId" from chaos_effects
  where step_id = any ($1) order by step_id, run_id`;

type OfStep<T> = T & { readonly stepId: number };

export async function* taskLives(client: pg.Client): AsyncGenerator<TaskLife> {
  for (let last = 0; ;) {
    const tasks = await rows<Omit<TaskLife, 'steps'>>(client, TASKS, [last]);
    if (tasks.length === 0) return;
    last = tasks.at(-1)!.taskId;
    const steps = await stepLives(
      client,
      tasks.map(({ taskId }) => taskId),
    );
    for (const task of tasks) yield { ...task, steps: steps.get(task.taskId) ?? [] };
  }
}

async function stepLives(client: pg.Client, taskIds: number[]): Promise<Map<number, StepLife[]>> {
  type Row = Omit<StepLife, 'history' | 'runs' | 'effects'> & { taskId: number };
  const steps = await rows<Row>(client, STEPS, [taskIds]);
  const ids = [steps.map(({ stepId }) => stepId)];
  const history = byStep(await rows<OfStep<Move>>(client, MOVES, ids));
  const runs = byStep(await rows<OfStep<Run>>(client, RUNS, ids));
  const effects = byStep(await rows<OfStep<Effect>>(client, EFFECTS, ids));
  const lives = new Map<number, StepLife[]>();
  for (const { taskId, ...step } of steps) {
    const { stepId } = step;
    const of = <T>(map: Map<number, T[]>): T[] => map.get(stepId) ?? [];
    const life = { ...step, history: of(history), runs: of(runs), effects: of(effects) };
    lives.set(taskId, [...(lives.get(taskId) ?? []), life]);
  }
  return lives;
}

function byStep<T extends { readonly stepId: number }>(list: readonly T[]): Map<number, T[]> {
  const map = new Map<number, T[]>();
  for (const one of list) {
    const same = map.get(one.stepId);
    if (same) same.push(one);
    else map.set(one.stepId, [one]);
  }
  return map;
}

async function rows<T>(client: pg.Client, text: string, values: unknown[]): Promise<T[]> {
  return (await client.query(text, values)).rows as T[];
}
