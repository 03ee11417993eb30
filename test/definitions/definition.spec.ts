import { contentHash } from '../../src/core/canonical-json.js';
import { ContextValidationError } from '../../src/core/errors.js';
import { Definition } from '../../src/definitions/definition.js';
import { type StepTemplate, type TaskTemplate } from '../../src/definitions/task-template.js';

const aStep = (name: string, ...dependsOn: string[]): StepTemplate => ({
  name,
  description: name,
  handler: name,
  dependentSystem: 'unknown',
  dependsOn,
  retryable: true,
  retryLimit: 3,
  timeoutSeconds: null,
  backoff: null,
  skippable: false,
  config: { url: '${URL}' },
});

const aTemplate = (change: Partial<TaskTemplate> = {}): TaskTemplate => ({
  namespace: 'shop',
  name: 'order',
  version: '1.0.0',
  description: '',
  schema: { type: 'object', required: ['id'], properties: { id: { type: 'integer' }, note: { default: 'none' } } },
  strictContext: 'reject',
  schedule: null,
  steps: [aStep('a'), aStep('b', 'a'), aStep('c', 'a'), aStep('d', 'b', 'c')],
  ...change,
});

describe('Definition', () => {
  it('knows its name and its steps with their positions', () => {
    const definition = Definition.of(aTemplate());
    expect(definition).toMatchObject({
      fullName: 'shop.order@1.0.0',
      namespace: 'shop',
      name: 'order',
      version: '1.0.0',
    });
    expect(definition.steps.map(({ name, position }) => [name, position])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 3],
    ]);
    expect(definition.step('c')).toBe(definition.steps[2]);
    expect(definition.step('constructor')).toBeUndefined();
  });

  it('gives the graph, and each list of ancestors once', () => {
    const definition = Definition.of(aTemplate());
    expect(definition.graph.levels).toEqual([0, 1, 1, 2]);
    expect(definition.graph).toBe(definition.graph);
    expect(definition.ancestors(3)).toEqual([0, 1, 2]);
    expect(definition.ancestors(3)).toBe(definition.ancestors(3));
    expect(definition.ancestors(0)).toEqual([]);
  });

  it('has the hash of its content, whatever the order of the keys', () => {
    const template = aTemplate();
    const reversed = Object.fromEntries(Object.entries(template).reverse()) as unknown as TaskTemplate;
    expect(Definition.of(template).hash).toBe(contentHash(template));
    expect(Definition.of(reversed).hash).toBe(Definition.of(template).hash);
    expect(Definition.of(aTemplate({ description: 'x' })).hash).not.toBe(Definition.of(template).hash);
  });

  it('comes back from its snapshot unchanged', () => {
    const definition = Definition.of(aTemplate());
    const stored = JSON.parse(JSON.stringify(definition.toSnapshot())) as TaskTemplate;
    const again = Definition.fromSnapshot(stored);
    expect(again.hash).toBe(definition.hash);
    expect(again.toSnapshot()).toEqual(definition.toSnapshot());
    expect(again.graph.levels).toEqual(definition.graph.levels);
    expect(again.validateContext({ id: 1 })).toEqual(definition.validateContext({ id: 1 }));
  });

  it('compiles the schema of a snapshot only when a context is checked', () => {
    const template = aTemplate({ schema: { $ref: '#/nowhere' } });
    const definition = Definition.fromSnapshot(template);
    expect(definition.steps).toHaveLength(4);
    expect(() => definition.validateContext({})).toThrow("can't resolve reference #/nowhere");
  });

  it('cannot be changed', () => {
    const definition = Definition.of(aTemplate());
    const writes = [
      () => Object.assign(definition.template, { name: 'x' }),
      () => Object.assign(definition.template.schema!, { type: 'x' }),
      () => Object.assign(definition.steps[0]!.config, { url: 'x' }),
      () => (definition.steps as unknown[]).push({}),
      () => (definition.steps[1]!.dependsOn as string[]).push('d'),
      () => (definition.ancestors(3) as number[]).push(7),
    ];
    for (const write of writes) expect(write).toThrow(TypeError);
  });

  it('checks contexts under its own name', () => {
    const definition = Definition.of(aTemplate());
    expect(definition.validateContext({ id: 7 })).toEqual({ id: 7, note: 'none' });
    expect(() => definition.validateContext({ id: 'x' })).toThrow(ContextValidationError);
    expect(() => definition.validateContext({})).toThrow(
      'The context does not fit the schema of shop.order@1.0.0: context.id is required',
    );
  });
});
