import fc from 'fast-check';
import { type Diagram } from '../../src/analysis/diagram.js';
import { layeredLayout } from '../../src/analysis/layered-layout.js';
import { toMermaid } from '../../src/analysis/mermaid.js';
import { toSvg } from '../../src/analysis/svg.js';

const SPACING = { nodeWidth: 10, nodeHeight: 4, gapX: 2, gapY: 3, margin: 5 };

/** Each node with some of those before it as parents. */
const dags = (maxLength: number) =>
  fc
    .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength })
    .map((lists) => lists.map((list, index) => [...new Set(index === 0 ? [] : list.map((pick) => pick % index))]));

const any = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  maxLength: 30,
});

function diagramOf(parents: readonly (readonly number[])[], names: readonly string[], title = 'a.b@1.0.0'): Diagram {
  return {
    task_id: 1,
    title,
    status: 'pending',
    nodes: parents.map((_, id) => ({
      ...{ id, name: names[id % names.length]!, state: 'pending', attempts: 0, retry_limit: 3 },
    })),
    edges: parents.flatMap((list, to) => list.map((from) => ({ from, to }))),
  };
}

describe('the layout of any graph', () => {
  it('puts every node below its parents, inside the picture, and no two on one place', () => {
    fc.assert(
      fc.property(dags(60), (parents) => {
        const { nodes, width, height } = layeredLayout(parents, SPACING);
        const places = new Set(nodes.map(({ x, y }) => `${x},${y}`));
        expect(places.size).toBe(parents.length);
        parents.forEach((list, child) => {
          for (const parent of list) expect(nodes[parent]!.y).toBeLessThan(nodes[child]!.y);
        });
        for (const { x, y } of nodes) {
          expect(x - 5 >= 0 && x + 5 <= width && y - 2 >= 0 && y + 2 <= height).toBe(true);
        }
      }),
    );
  });

  it('takes no time to speak of for a thousand steps, however they hang together', () => {
    const shapes = [
      Array.from({ length: 1_000 }, (_, at) => (at === 0 ? [] : [at - 1])),
      Array.from({ length: 1_000 }, (_, at) => (at === 0 ? [] : [0])),
      Array.from({ length: 1_000 }, (_, at) => Array.from({ length: Math.min(at, 50) }, (__, back) => at - 1 - back)),
    ];
    for (const parents of shapes) {
      const began = performance.now();
      const svg = toSvg(diagramOf(parents, ['step']));
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(svg.match(/<rect /g)).toHaveLength(1_000);
    }
  });
});

describe('a picture of steps with any names', () => {
  it('is SVG of which no name is a part of the markup', () => {
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), any, (names, title) => {
        const svg = toSvg(diagramOf([[], [0], [0, 1]], names, title));
        const plain = toSvg(diagramOf([[], [0], [0, 1]], ['x'], 'y'));
        expect(svg.match(/<\/?\w+/g)).toEqual(plain.match(/<\/?\w+/g));
        expect(svg.isWellFormed()).toBe(true);
        // eslint-disable-next-line no-control-regex
        expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      }),
    );
  });

  it('is Mermaid of one line per step and edge', () => {
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), (names) => {
        const lines = toMermaid(diagramOf([[], [0], [0, 1]], names))
          .trimEnd()
          .split('\n');
        expect(lines).toHaveLength(3 + 1 + 3 + 3 + 1);
        for (const line of lines.slice(4, 7)) expect(line).toMatch(/^ {2}s\d+\["[^"\n]*"\]:::pending$/);
      }),
    );
  });
});
