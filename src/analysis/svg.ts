import { type Diagram, type DiagramNode, STATE_COLOURS } from './diagram.js';
import { layeredLayout, type LayoutSpacing, type PlacedNode } from './layered-layout.js';

const SPACING: LayoutSpacing = { nodeWidth: 180, nodeHeight: 46, gapX: 24, gapY: 48, margin: 24 };
const TITLE = 32;
/** Letters of a name that fit its node; the whole is in the title that a pointer shows. */
const LETTERS = 22;

/** A diagram as SVG, with nothing that comes from elsewhere, and every text escaped. */
export function toSvg(diagram: Diagram): string {
  const { nodes, edges, title, status } = diagram;
  const index = new Map(nodes.map(({ id }, at) => [id, at]));
  const parents: number[][] = nodes.map(() => []);
  for (const { from, to } of edges) parents[index.get(to)!]!.push(index.get(from)!);
  const { nodes: places, width, height } = layeredLayout(parents, SPACING);
  const wide = Math.max(width, 2 * SPACING.margin + 8 * title.length);
  const shift = (wide - width) / 2;
  const body = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${height + TITLE}" viewBox="0 0 ${wide} ${height + TITLE}" role="img" font-family="system-ui, sans-serif">`,
    `<title>${escape(`${title}: ${status}`)}</title>`,
    `<text x="${SPACING.margin}" y="26" font-size="15" font-weight="600">${escape(title)}</text>`,
    `<g transform="translate(${shift} ${TITLE})">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#78909c"/></marker></defs>',
    ...edges.map(({ from, to }) => edge(places[index.get(from)!]!, places[index.get(to)!]!)),
    ...nodes.map((node, at) => box(node, places[at]!)),
    '</g></svg>',
  ];
  return `${body.join('\n')}\n`;
}

function edge(from: PlacedNode, to: PlacedNode): string {
  const top = from.y + SPACING.nodeHeight / 2;
  const bottom = to.y - SPACING.nodeHeight / 2;
  const bend = Math.min(SPACING.gapY, (bottom - top) / 2);
  const path = `M${from.x} ${top}C${from.x} ${top + bend} ${to.x} ${bottom - bend} ${to.x} ${bottom}`;
  return `<path d="${path}" fill="none" stroke="#78909c" stroke-width="1.5" marker-end="url(#arrow)"/>`;
}

function box({ name, state, attempts, retry_limit }: DiagramNode, { x, y }: PlacedNode): string {
  const { fill, ink } = STATE_COLOURS[state];
  const { nodeWidth: width, nodeHeight: height } = SPACING;
  const tries = attempts > 1 || state === 'error' ? `, attempt ${attempts} of ${retry_limit}` : '';
  return [
    `<g class="${state}"><title>${escape(`${name}: ${state}${tries}`)}</title>`,
    `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${ink}"/>`,
    `<text x="${x}" y="${y - 3}" font-size="13" text-anchor="middle" fill="${ink}">${escape(short(name))}</text>`,
    `<text x="${x}" y="${y + 14}" font-size="10" text-anchor="middle" fill="${ink}">${escape(state + tries)}</text></g>`,
  ].join('');
}

function short(name: string): string {
  const letters = [...name];
  return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join('')}…` : name;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that XML has no way to write are shown as �. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (char) => ENTITIES[char]!);
}
