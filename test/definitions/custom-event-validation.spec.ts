import { Findings } from '../../src/definitions/findings.js';
import { classSource } from '../../src/definitions/findings.js';
import { buildTemplate } from '../../src/definitions/template-builder.js';
import { type TaskTemplate } from '../../src/definitions/task-template.js';
import { validateTemplate } from '../../src/definitions/template-validation.js';

function build(workflow: object): { template: TaskTemplate; issues: string[] } {
  const findings = new Findings(classSource('ProcessOrder'));
  const template = buildTemplate({ name: 'order', ...workflow }, findings, { strictContext: 'reject' });
  validateTemplate(template, findings);
  return { template, issues: findings.issues.map(({ code, message }) => `${code} ${message}`) };
}

const issuesOf = (events: unknown): string[] => build({ steps: [{ name: 'a', customEvents: events }] }).issues;

describe('events of the application', () => {
  it('are kept with the workflow and its steps, and left out where there are none', () => {
    const shipped = { name: 'order.shipped', description: 'On its way', schema: { type: 'object' } };
    const { template, issues } = build({
      customEvents: [{ name: 'order.seen' }],
      steps: [{ name: 'a', customEvents: [shipped] }, { name: 'b' }],
    });
    expect(issues).toEqual([]);
    expect(template.customEvents).toEqual([{ name: 'order.seen' }]);
    expect(template.steps[0]!.customEvents).toEqual([shipped]);
    expect(template.steps[1]).not.toHaveProperty('customEvents');
  });

  it.each([
    [5, 'INVALID_DEFINITION step "a": customEvents must be a list, not 5'],
    [['order.seen'], 'INVALID_DEFINITION step "a": custom event: must be an object, not "order.seen"'],
    [
      [{ name: 'a.b', description: 5 }],
      'INVALID_DEFINITION step "a": custom event: description must be a string, not 5',
    ],
    [[{ name: 'a.b', nmae: 1 }], 'INVALID_DEFINITION step "a": custom event: unknown key "nmae". Did you mean "name"?'],
    [[{ description: 'x' }], 'INVALID_CUSTOM_EVENT step "a": the name of an event must be a text'],
    [
      [{ name: 'seen' }],
      'INVALID_CUSTOM_EVENT step "a": the event "seen" needs a namespace before its name, such as "order.seen"',
    ],
    [
      [{ name: 'Task.seen' }],
      'INVALID_CUSTOM_EVENT step "a": the event "Task.seen" must not begin with "Task", which is the library\'s own',
    ],
    [
      [{ name: 'task.completed' }],
      'INVALID_CUSTOM_EVENT step "a": the event "task.completed" is one of the library\'s own',
    ],
    [
      [{ name: 'order..seen' }],
      'INVALID_CUSTOM_EVENT step "a": the event "order..seen" must be lower-case letters, digits and _, in words joined by dots',
    ],
  ])('are refused as %j', (events, expected) => {
    expect(issuesOf(events)).toContain(expected);
  });

  it('are refused with a schema that is none', () => {
    expect(issuesOf([{ name: 'order.seen', schema: { type: 'nothing' } }])).toEqual([
      expect.stringContaining('the schema of the event "order.seen" cannot be used: schema.type') as unknown,
    ]);
  });
});
