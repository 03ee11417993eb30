import { didYouMean } from './nearest-name.js';

/** A node as a definition writes it: its name and the names it waits for. */
export interface GraphNode {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** Something that keeps a list of nodes from being a graph of steps. */
export interface GraphProblem {
  readonly code: 'DUPLICATE_STEP' | 'UNKNOWN_DEPENDENCY' | 'DEPENDENCY_CYCLE';
  /** The node the problem is found at. */
  readonly node: string;
  /** Index of that node in the list. */
  readonly index: number;
  /** The entry of `dependsOn` that is wrong, when it is a single one: lets a file reader point at it. */
  readonly dependency?: string;
  readonly message: string;
}

/**
 * A directed acyclic graph of steps, by position (the index in the list it was made from). Immutable; every look-up is
 * O(degree) of the step concerned.
 */
export class StepGraph {
  private constructor(
    readonly names: readonly string[],
    /** For each position, the positions it waits for, ascending, without repeats. */
    readonly parents: readonly (readonly number[])[],
    /** For each position, the positions that wait for it, ascending. */
    readonly children: readonly (readonly number[])[],
    /** For each position, the length of the longest path from a root (a root is 0). */
    readonly levels: readonly number[],
  ) {}

  /** Every problem of the list; empty when it is a valid graph. */
  static problems(nodes: readonly GraphNode[]): GraphProblem[] {
    const problems: GraphProblem[] = [];
    const positions = new Map<string, number>();
    nodes.forEach(({ name }, index) => {
      if (positions.has(name)) {
        problems.push({ code: 'DUPLICATE_STEP', node: name, index, message: `step "${name}" is defined twice` });
      } else positions.set(name, index);
    });
    nodes.forEach(({ name, dependsOn }, index) => {
      for (const wanted of new Set(dependsOn)) {
        if (wanted === name) {
          const message = `step "${name}" depends on itself`;
          problems.push({ code: 'DEPENDENCY_CYCLE', node: name, index, dependency: wanted, message });
        } else if (!positions.has(wanted)) {
          const message = `step "${name}" depends on "${wanted}", which does not exist.${didYouMean(wanted, positions.keys())}`;
          problems.push({ code: 'UNKNOWN_DEPENDENCY', node: name, index, dependency: wanted, message });
        }
      }
    });
    const cycle = findCycle(nodes, positions);
    if (cycle) {
      const path = [...cycle, cycle[0]!].map((index) => nodes[index]!.name).join(' → ');
      const message = `the steps wait for each other: ${path}`;
      problems.push({ code: 'DEPENDENCY_CYCLE', node: nodes[cycle[0]!]!.name, index: cycle[0]!, message });
    }
    return problems;
  }

  /** @throws Error when the list has problems; call {@link problems} first for input that is not yet checked. */
  static of(nodes: readonly GraphNode[]): StepGraph {
    const [problem] = StepGraph.problems(nodes);
    if (problem) throw new Error(problem.message);
    const positions = new Map(nodes.map(({ name }, index) => [name, index]));
    const parents = nodes.map(({ dependsOn }) =>
      [...new Set(dependsOn)].map((name) => positions.get(name)!).sort((a, b) => a - b),
    );
    const children: number[][] = nodes.map(() => []);
    parents.forEach((list, position) => list.forEach((parent) => children[parent]!.push(position)));
    return new StepGraph(
      nodes.map(({ name }) => name),
      parents,
      children,
      longestPaths(parents, children),
    );
  }

  get size(): number {
    return this.names.length;
  }

  get edgeCount(): number {
    return this.parents.reduce((sum, list) => sum + list.length, 0);
  }

  /** Positions without parents. */
  get roots(): number[] {
    return this.parents.flatMap((list, position) => (list.length === 0 ? [position] : []));
  }

  /** Positions without children. */
  get leaves(): number[] {
    return this.children.flatMap((list, position) => (list.length === 0 ? [position] : []));
  }

  /** All positions that must end before this one may start, ascending. O(edges above it). */
  ancestors(position: number): number[] {
    return reach(this.parents, position);
  }

  /** All positions that can only start after this one, ascending. */
  descendants(position: number): number[] {
    return reach(this.children, position);
  }

  /** A fresh count of what each step still waits for; hand it to {@link complete} as the run goes on. */
  pendingParents(): Int32Array {
    return Int32Array.from(this.parents, (list) => list.length);
  }

  /**
   * Marks one step as done in `pending` (from {@link pendingParents}) and returns the positions that became ready by it.
   * O(out-degree).
   */
  complete(position: number, pending: Int32Array): number[] {
    const ready: number[] = [];
    for (const child of this.children[position]!) if (--pending[child]! === 0) ready.push(child);
    return ready;
  }
}

function reach(neighbours: readonly (readonly number[])[], from: number): number[] {
  const seen = new Set<number>();
  const stack = [...neighbours[from]!];
  while (stack.length > 0) {
    const next = stack.pop()!;
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...neighbours[next]!);
  }
  return [...seen].sort((a, b) => a - b);
}

function longestPaths(parents: readonly (readonly number[])[], children: readonly (readonly number[])[]): number[] {
  const levels = parents.map(() => 0);
  const pending = parents.map((list) => list.length);
  const queue = parents.flatMap((list, position) => (list.length === 0 ? [position] : []));
  for (let head = 0; head < queue.length; head++) {
    const position = queue[head]!;
    for (const child of children[position]!) {
      levels[child] = Math.max(levels[child]!, levels[position]! + 1);
      if (--pending[child]! === 0) queue.push(child);
    }
  }
  return levels;
}

/** One cycle of at least two nodes as positions in the order "waits for the next", or undefined. Iterative: depth is no limit. */
function findCycle(nodes: readonly GraphNode[], positions: ReadonlyMap<string, number>): number[] | undefined {
  const state = new Uint8Array(nodes.length); // 0 unseen, 1 on the path, 2 done
  const edges = nodes.map(({ name, dependsOn }) =>
    dependsOn.flatMap((wanted) => (wanted === name ? [] : (positions.get(wanted) ?? []))),
  );
  for (let start = 0; start < nodes.length; start++) {
    if (state[start] !== 0) continue;
    const path = [start];
    const cursor = [0];
    state[start] = 1;
    while (path.length > 0) {
      const node = path[path.length - 1]!;
      const next = edges[node]![cursor[cursor.length - 1]!++];
      if (next === undefined) {
        state[node] = 2;
        path.pop();
        cursor.pop();
      } else if (state[next] === 1) {
        return path.slice(path.indexOf(next));
      } else if (state[next] === 0) {
        state[next] = 1;
        path.push(next);
        cursor.push(0);
      }
    }
  }
  return undefined;
}
