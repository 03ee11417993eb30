import fc from 'fast-check';
import { StepGraph, type GraphNode } from '../../src/core/graph.js';

/** A random graph without cycles, its nodes in random order: an edge always leads to a later rank. */
const dag: fc.Arbitrary<GraphNode[]> = fc.integer({ min: 1, max: 25 }).chain((size) =>
  fc
    .tuple(
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: size * 3 }),
    )
    .map(([positionOfRank, edges]) => {
      const dependsOn = positionOfRank.map((): string[] => []);
      for (const [a, b] of edges) {
        if (a === b) continue;
        const [early, late] = a < b ? [a, b] : [b, a];
        dependsOn[positionOfRank[late]!]!.push(`s${positionOfRank[early]!}`);
      }
      return dependsOn.map((list, position) => ({ name: `s${position}`, dependsOn: list }));
    }),
);

/** A DAG with a ring of two or more nodes laid over it. */
const cyclic: fc.Arbitrary<GraphNode[]> = dag
  .filter((nodes) => nodes.length >= 2)
  .chain((nodes) =>
    fc
      .shuffledSubarray(
        nodes.map(({ name }) => name),
        { minLength: 2 },
      )
      .map((ring) =>
        nodes.map(({ name, dependsOn }) => {
          const at = ring.indexOf(name);
          return { name, dependsOn: at < 0 ? dependsOn : [...dependsOn, ring[(at + 1) % ring.length]!] };
        }),
      ),
  );

function parentsOf(nodes: readonly GraphNode[]): number[][] {
  return nodes.map(({ dependsOn }) => [...new Set(dependsOn)].map((name) => nodes.findIndex((n) => n.name === name)));
}

/** above[i][j]: i waits for j, directly or through others. */
function closure(nodes: readonly GraphNode[]): boolean[][] {
  const above = parentsOf(nodes).map((list) => nodes.map((_, j) => list.includes(j)));
  for (let k = 0; k < nodes.length; k++) {
    for (let i = 0; i < nodes.length; i++) {
      for (let j = 0; j < nodes.length; j++) above[i]![j] ||= above[i]![k]! && above[k]![j]!;
    }
  }
  return above;
}

const node = (name: string, ...dependsOn: string[]): GraphNode => ({ name, dependsOn });

describe('StepGraph', () => {
  it('puts each node one level below the deepest it waits for', () => {
    fc.assert(
      fc.property(dag, (nodes) => {
        const parents = parentsOf(nodes);
        const level = (i: number): number => Math.max(-1, ...parents[i]!.map(level)) + 1;
        expect(StepGraph.of(nodes).levels).toEqual(nodes.map((_, i) => level(i)));
      }),
    );
  });

  it('finds ancestors and descendants as the transitive closure has them', () => {
    fc.assert(
      fc.property(dag, (nodes) => {
        const graph = StepGraph.of(nodes);
        const above = closure(nodes);
        const all = nodes.map((_, i) => i);
        for (const i of all) {
          expect(graph.ancestors(i)).toEqual(all.filter((j) => above[i]![j]));
          expect(graph.descendants(i)).toEqual(all.filter((j) => above[j]![i]));
        }
      }),
    );
  });

  it('makes exactly those nodes ready whose last parent has ended, whatever the order of completion', () => {
    fc.assert(
      fc.property(dag, fc.infiniteStream(fc.nat()), (nodes, picks) => {
        const graph = StepGraph.of(nodes);
        const parents = parentsOf(nodes);
        const pending = graph.pendingParents();
        const done = new Set<number>();
        const ready = graph.roots;
        while (ready.length > 0) {
          const [position] = ready.splice(picks.next().value % ready.length, 1) as [number];
          done.add(position);
          const expected = nodes
            .map((_, i) => i)
            .filter((i) => parents[i]!.includes(position) && parents[i]!.every((parent) => done.has(parent)));
          const became = graph.complete(position, pending);
          expect(became).toEqual(expected);
          ready.push(...became);
        }
        expect(done.size).toBe(nodes.length);
      }),
    );
  });

  it('describes roots, leaves and edges as the list has them', () => {
    fc.assert(
      fc.property(dag, (nodes) => {
        const graph = StepGraph.of(nodes);
        const parents = parentsOf(nodes);
        expect(graph.size).toBe(nodes.length);
        expect(graph.edgeCount).toBe(parents.flat().length);
        expect(graph.roots).toEqual(parents.flatMap((list, i) => (list.length === 0 ? [i] : [])));
        expect(graph.leaves).toEqual(nodes.flatMap((_, i) => (parents.flat().includes(i) ? [] : [i])));
        expect(graph.children.map((list) => list.length).reduce((a, b) => a + b)).toBe(graph.edgeCount);
      }),
    );
  });

  it('takes every graph without a cycle', () => {
    fc.assert(fc.property(dag, (nodes) => expect(StepGraph.problems(nodes)).toEqual([])));
  });

  it('finds a cycle in every graph that has one, and names a real one', () => {
    fc.assert(
      fc.property(cyclic, (nodes) => {
        const [problem] = StepGraph.problems(nodes);
        expect(problem?.code).toBe('DEPENDENCY_CYCLE');
        const path = problem!.message.split(': ')[1]!.split(' → ');
        expect(path.length).toBeGreaterThan(2);
        expect(path[0]).toBe(path.at(-1));
        path.slice(1).forEach((dependency, i) => {
          expect(nodes.find(({ name }) => name === path[i])!.dependsOn).toContain(dependency);
        });
        expect(() => StepGraph.of(nodes)).toThrow(problem!.message);
      }),
    );
  });

  it('names the entry that is wrong', () => {
    expect(StepGraph.problems([node('cart'), node('pay', 'cart', 'crat')])).toEqual([
      {
        code: 'UNKNOWN_DEPENDENCY',
        node: 'pay',
        index: 1,
        dependency: 'crat',
        message: 'step "pay" depends on "crat", which does not exist. Did you mean "cart"?',
      },
    ]);
    expect(StepGraph.problems([node('a', 'a')])).toEqual([
      { code: 'DEPENDENCY_CYCLE', node: 'a', index: 0, dependency: 'a', message: 'step "a" depends on itself' },
    ]);
  });

  it('finds all problems of different kinds at once', () => {
    const nodes = [node('a', 'b'), node('b', 'a'), node('a'), node('c', 'c'), node('d', 'nobody')];
    const codes = StepGraph.problems(nodes).map(({ code, index }) => `${code} ${index}`);
    expect(codes).toEqual(['DUPLICATE_STEP 2', 'DEPENDENCY_CYCLE 3', 'UNKNOWN_DEPENDENCY 4', 'DEPENDENCY_CYCLE 0']);
  });

  it('counts an edge that is written twice once', () => {
    const graph = StepGraph.of([node('a'), node('b', 'a', 'a')]);
    expect(graph.edgeCount).toBe(1);
    expect(graph.complete(0, graph.pendingParents())).toEqual([1]);
  });

  it('takes names that objects know already', () => {
    const graph = StepGraph.of([node('__proto__'), node('constructor', '__proto__'), node('toString', 'constructor')]);
    expect(graph.levels).toEqual([0, 1, 2]);
  });

  it('visits an ancestor once, however many paths lead to it', () => {
    const layer = (i: number): string[] => (i < 0 ? [] : [`a${i}`, `b${i}`]);
    const ladder = Array.from({ length: 60 }, (_, i) => layer(i).map((name) => node(name, ...layer(i - 1)))).flat();
    const graph = StepGraph.of(ladder);
    expect(graph.ancestors(119)).toHaveLength(118);
    expect(graph.descendants(0)).toHaveLength(118);
  });

  it('is not limited by the depth of a chain', () => {
    const chain = Array.from({ length: 50_000 }, (_, i) => node(`s${i}`, ...(i === 0 ? [] : [`s${i - 1}`])));
    const graph = StepGraph.of(chain);
    expect(graph.levels.at(-1)).toBe(49_999);
    expect(graph.ancestors(49_999)).toHaveLength(49_999);
    const ring = chain.map(({ name, dependsOn }, i) => (i === 0 ? node(name, 's49999') : { name, dependsOn }));
    expect(StepGraph.problems(ring).map(({ code }) => code)).toEqual(['DEPENDENCY_CYCLE']);
  });

  it('touches only the direct dependents of a step that ended, in a graph of 1,000 steps and 3,000 edges', () => {
    const nodes = Array.from({ length: 1_000 }, (_, i) => {
      const wanted = [i - 1, i - 7, i - 31, i - 101].filter((j) => j >= 0).slice(0, i % 100 === 0 ? 4 : 3);
      return node(`s${i}`, ...wanted.map((j) => `s${j}`));
    });
    const graph = StepGraph.of(nodes);
    expect(graph.edgeCount).toBeGreaterThanOrEqual(2_900);
    let reads = 0;
    const pending = new Proxy(graph.pendingParents(), {
      get(target, key) {
        reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
    for (let position = 0; position < nodes.length; position++) {
      reads = 0;
      graph.complete(position, pending);
      expect(reads).toBe(graph.children[position]!.length);
    }
    expect([...graph.pendingParents()].reduce((a, b) => a + b)).toBe(graph.edgeCount);
  });
});
