/** Depths worked out by looking at every path, which small graphs allow. */
import { type Engine } from './engine.js';

/** For each step the lengths of all paths from a root to it. Acyclic graphs only. */
export function pathLengths(parents: readonly (readonly number[])[]): Set<number>[] {
  const known = new Map<number, Set<number>>();
  const of = (step: number): Set<number> => {
    let lengths = known.get(step);
    if (lengths === undefined) {
      const list = parents[step]!;
      lengths = list.length === 0 ? new Set([0]) : new Set(list.flatMap((p) => [...of(p)].map((n) => n + 1)));
      known.set(step, lengths);
    }
    return lengths;
  };
  return parents.map((_, step) => of(step));
}

export async function createGraph(engine: Engine, parents: readonly (readonly number[])[]): Promise<number> {
  return engine.create(await engine.define(parents.map((list) => ({ parents: list }))));
}

/** Adds an edge that no definition could have, past everything that would refuse it. */
export async function addEdge(
  engine: Engine,
  taskId: number,
  from: number,
  to: number,
  toTask = taskId,
): Promise<void> {
  await engine.rows(
    `insert into tasker_workflow_step_edges (from_step_id, to_step_id, task_id)
     select f.workflow_step_id, t.workflow_step_id, f.task_id from tasker_workflow_steps f, tasker_workflow_steps t
     where f.task_id = $1 and f.position = $2 and t.task_id = $3 and t.position = $4`,
    [taskId, from, toTask, to],
  );
}

/** Layers of that many steps, each waiting for all of the layer before: width ^ layers paths. */
export function layered(layers: number, width: number): number[][] {
  return Array.from({ length: layers * width }, (_, step) => {
    const layer = Math.floor(step / width);
    return layer === 0 ? [] : Array.from({ length: width }, (_, i) => (layer - 1) * width + i);
  });
}
