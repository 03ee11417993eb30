import { type EventDeclaration, eventNameProblem } from '../core/events/event-declaration.js';
import { type Findings } from './findings.js';
import { type Path } from './plain-json.js';
import { schemaProblems } from './schema-compiler.js';
import { type TaskTemplate } from './task-template.js';

/** Finds events of the application's own that cannot be declared as they are. */
export function checkCustomEvents({ customEvents = [], steps }: TaskTemplate, findings: Findings): void {
  checkEvents(customEvents, ['customEvents'], '', findings);
  steps.forEach(({ name, customEvents: events = [] }, index) => {
    checkEvents(events, ['steps', index, 'customEvents'], `step "${name}": `, findings);
  });
}

function checkEvents(events: readonly EventDeclaration[], at: Path, prefix: string, findings: Findings): void {
  events.forEach(({ name, schema }, index) => {
    const problem = eventNameProblem(name);
    if (problem !== undefined) findings.add('INVALID_CUSTOM_EVENT', [...at, index, 'name'], `${prefix}${problem}`);
    const flaws = schema === undefined ? [] : schemaProblems(schema);
    for (const { path, message } of flaws) {
      const where = [...at, index, 'schema', ...path];
      const what = `the schema of the event "${name}" cannot be used: ${['schema', ...path].join('.')} ${message}`;
      findings.add('INVALID_CUSTOM_EVENT', where, `${prefix}${what}`);
    }
  });
}
