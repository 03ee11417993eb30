import { type Diagram, STATE_COLOURS } from './diagram.js';

/** A diagram as a Mermaid flowchart, with the states as classes. Names are written so that none can end its own text. */
export function toMermaid({ title, nodes, edges }: Diagram): string {
  const states = new Set(nodes.map(({ state }) => state));
  const lines = [
    '---',
    `title: ${JSON.stringify(label(title))}`,
    '---',
    'flowchart TD',
    ...nodes.map(({ id, name, state }) => `  s${id}["${label(name)}"]:::${state}`),
    ...edges.map(({ from, to }) => `  s${from} --> s${to}`),
    ...[...states].map((state) => {
      const { fill, ink } = STATE_COLOURS[state];
      return `  classDef ${state} fill:${fill},stroke:${ink},color:${ink}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

/** All but letters, digits and a few marks as Mermaid's `#code;`. */
function label(text: string): string {
  return [...text].map((char) => (/[\p{L}\p{N} _.@-]/u.test(char) ? char : `#${char.codePointAt(0)!};`)).join('');
}
