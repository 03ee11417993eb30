/** A node with its place; the place is that of its middle. */
export interface PlacedNode {
  readonly index: number;
  readonly layer: number;
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly width: number;
  readonly height: number;
}

export interface LayoutSpacing {
  readonly nodeWidth: number;
  readonly nodeHeight: number;
  readonly gapX: number;
  readonly gapY: number;
  readonly margin: number;
}

/** Rounds in which the nodes of each layer are put near their neighbours; more change little. */
const SWEEPS = 4;

/**
 * Places the nodes of an acyclic graph in layers from top to bottom: every node below all its parents, no two nodes on one
 * place, neighbours near each other. Takes time in proportion to nodes and edges (and a sort of each layer).
 * @param parents of each node, by index
 */
export function layeredLayout(parents: readonly (readonly number[])[], spacing: LayoutSpacing): Layout {
  const children: number[][] = parents.map(() => []);
  parents.forEach((list, child) => list.forEach((parent) => children[parent]!.push(child)));
  const layerOf = layersOf(parents, children);
  const layers: number[][] = [];
  layerOf.forEach((layer, node) => (layers[layer] ??= []).push(node));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? parents : children;
    const at = placesOf(layers, layerOf.length);
    for (const layer of down ? layers : [...layers].reverse()) {
      sortByNeighbours(layer, neighbours, at);
      spread(layer, at);
    }
  }
  return placed(layers, layerOf.length, spacing);
}

/** The longest way from a root. */
function layersOf(parents: readonly (readonly number[])[], children: readonly (readonly number[])[]): number[] {
  const open = parents.map((list) => list.length);
  const layer = parents.map(() => 0);
  const queue = parents.flatMap((list, node) => (list.length === 0 ? [node] : []));
  for (const node of queue) {
    for (const child of children[node]!) {
      layer[child] = Math.max(layer[child]!, layer[node]! + 1);
      open[child]!--;
      if (open[child] === 0) queue.push(child);
    }
  }
  return layer;
}

/** Where each node stands in its layer, the middle of which is 0. */
function placesOf(layers: readonly (readonly number[])[], count: number): number[] {
  const at = new Array<number>(count).fill(0);
  for (const layer of layers) spread(layer, at);
  return at;
}

function spread(layer: readonly number[], at: number[]): void {
  layer.forEach((node, index) => (at[node] = index - (layer.length - 1) / 2));
}

function sortByNeighbours(layer: number[], neighbours: readonly (readonly number[])[], at: readonly number[]): void {
  const wish = new Map(
    layer.map((node) => {
      const list = neighbours[node]!;
      const sum = list.reduce((total, other) => total + at[other]!, 0);
      return [node, list.length === 0 ? at[node]! : sum / list.length];
    }),
  );
  layer.sort((a, b) => wish.get(a)! - wish.get(b)! || at[a]! - at[b]! || a - b);
}

function placed(
  layers: readonly (readonly number[])[],
  count: number,
  { nodeWidth, nodeHeight, gapX, gapY, margin }: LayoutSpacing,
): Layout {
  const widest = layers.reduce((max, layer) => Math.max(max, layer.length), 0);
  const width = 2 * margin + Math.max(0, widest * (nodeWidth + gapX) - gapX);
  const height = 2 * margin + Math.max(0, layers.length * (nodeHeight + gapY) - gapY);
  const nodes = new Array<PlacedNode>(count);
  layers.forEach((layer, row) =>
    layer.forEach((index, column) => {
      const x = width / 2 + (column - (layer.length - 1) / 2) * (nodeWidth + gapX);
      nodes[index] = { index, layer: row, x, y: margin + nodeHeight / 2 + row * (nodeHeight + gapY) };
    }),
  );
  return { nodes, width, height };
}
