import { type EventInfo, SYSTEM_EVENTS } from '../../core/events/catalogue.js';
import { type EventDeclaration } from '../../core/events/event-declaration.js';
import { isPattern, matchesPattern } from '../../core/events/patterns.js';
import { type JsonSchema, type TaskTemplate } from '../../definitions/task-template.js';

/** What is known of an event without the application: ours from the code, its own from the definitions it stored. */
export interface KnownEvent extends EventInfo {
  readonly schema?: JsonSchema;
}

/** Everything, the library's own first. Of declarations that differ from one version to the next the newest counts. */
export function knownEvents(templates: readonly TaskTemplate[]): readonly KnownEvent[] {
  const custom = new Map<string, KnownEvent>();
  const declare = ({ name, description, schema }: EventDeclaration, firedBy: string): void => {
    const known = custom.get(name);
    const all = [...new Set([...(known?.firedBy ?? []), firedBy])];
    const said = description ?? known?.description ?? `Published by ${firedBy}.`;
    const shape = schema ?? known?.schema;
    const fields = ['attempt', 'payload'];
    const info: EventInfo = { name, category: 'custom', description: said, firedBy: all, durable: true, fields };
    custom.set(name, { ...info, ...(shape && { schema: shape }) });
  };
  for (const template of templates) {
    const fullName = `${template.namespace}.${template.name}@${template.version}`;
    for (const event of template.customEvents ?? []) declare(event, fullName);
    for (const step of template.steps) {
      for (const event of step.customEvents ?? []) declare(event, `step "${step.name}" of ${fullName}`);
    }
  }
  return [...SYSTEM_EVENTS, ...[...custom.values()].sort((a, b) => (a.name < b.name ? -1 : 1))];
}

export interface EventSearch {
  /** A pattern, or a text of the name or the description. */
  readonly query?: string | undefined;
  readonly namespace?: string | undefined;
}

export function searchEvents(events: readonly KnownEvent[], { query, namespace }: EventSearch): readonly KnownEvent[] {
  const text = query?.toLowerCase();
  return events.filter(({ name, description }) => {
    if (namespace !== undefined && !name.startsWith(`${namespace}.`)) return false;
    if (text === undefined) return true;
    if (isPattern(text)) return matchesPattern(text, name);
    return name.includes(text) || description.toLowerCase().includes(text);
  });
}
