/** The part of docs/events.md that the code knows better than anybody who writes. */
import { type EventCategory, type EventInfo, SYSTEM_EVENTS } from '../../src/core/events/catalogue.js';
import { LEFT_OUT, type LeftOut } from '../../src/core/events/left-out.js';

const HEADINGS: Readonly<Partial<Record<EventCategory, string>>> = {
  task: 'Of tasks',
  step: 'Of steps',
  workflow: 'Of the work on a task',
  observability: 'For those who watch',
  delivery: 'Of deliveries',
};

export function renderCatalogue(): string {
  const categories = [...new Set(SYSTEM_EVENTS.map(({ category }) => category))];
  return categories
    .map((category) => [`### ${HEADINGS[category] ?? category}`, '', ...table(category)].join('\n'))
    .join('\n\n');
}

export function renderLeftOut(): string {
  const rows = LEFT_OUT.map(({ names, reason, instead }: LeftOut) => [codes(names), reason, codes(instead) || '–']);
  return ['| Not here | Because | Instead |', '|---|---|---|', ...rows.map(row)].join('\n');
}

/** The text between the marks of a generated part; undefined when the page has none. */
export function generatedPart(page: string, name: string): string | undefined {
  return marks(name).exec(page)?.[2];
}

export function withGenerated(page: string, name: string, text: string): string {
  return page.replace(marks(name), (_all, before: string, _old, after: string) => `${before}${text}${after}`);
}

function marks(name: string): RegExp {
  return new RegExp(`(<!-- generated: ${name} -->\\n\\n)((?:(?!<!-- end -->)[\\s\\S])*?)(\\n\\n<!-- end -->)`);
}

function table(category: EventCategory): string[] {
  const events = SYSTEM_EVENTS.filter((info) => info.category === category);
  return ['| Event | Told when | Fields of its own | Durable |', '|---|---|---|---|', ...events.map(eventRow)];
}

function eventRow({ name, description, firedBy, fields, durable }: EventInfo): string {
  const told = `${description}<br>Fired by ${firedBy.join(', ')}.`;
  return row([`\`${name}\``, told, codes(fields), durable ? 'yes' : 'no']);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
