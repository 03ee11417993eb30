import fc from 'fast-check';
import semver from 'semver';
import { NotFoundError, type TaskerError, ValidationError } from '../../src/core/errors.js';
import { Definition } from '../../src/definitions/definition.js';
import { DefinitionRegistry } from '../../src/definitions/definition-registry.js';
import { type TaskTemplate } from '../../src/definitions/task-template.js';

const define = (name: string, version: string, change: Partial<TaskTemplate> = {}): Definition =>
  Definition.of({
    namespace: 'default',
    name,
    version,
    description: '',
    schema: null,
    strictContext: 'reject',
    schedule: null,
    steps: [],
    ...change,
  });

function registryOf(...definitions: Definition[]): DefinitionRegistry {
  const registry = new DefinitionRegistry();
  for (const definition of definitions) registry.register(definition, 'test');
  return registry;
}

function refusal(run: () => unknown): TaskerError {
  try {
    run();
  } catch (error) {
    return error as TaskerError;
  }
  throw new Error('nothing was thrown');
}

describe('DefinitionRegistry', () => {
  it('finds exactly what was asked for', () => {
    const [one, two] = [define('order', '1.0.0'), define('order', '1.0.0', { namespace: 'shop' })];
    const registry = registryOf(one, two);
    expect(registry.get('default', 'order', '1.0.0')).toBe(one);
    expect(registry.get('shop', 'order', '1.0.0')).toBe(two);
    for (const key of [
      ['default', 'order', '1.0'],
      ['default', 'ordr', '1.0.0'],
      ['x', 'order', '1.0.0'],
      ['__proto__', 'constructor', '1.0.0'],
    ]) {
      expect(registry.get(key[0]!, key[1]!, key[2]!)).toBeUndefined();
    }
  });

  it('takes the same definition twice and refuses another under its key, unless told to replace', () => {
    const registry = new DefinitionRegistry();
    expect(registry.register(define('order', '1.0.0'), 'a.yaml')).toBeUndefined();
    expect(registry.register(define('order', '1.0.0'), 'b.yaml')).toBeUndefined();
    const other = define('order', '1.0.0', { description: 'other' });
    expect(registry.register(other, 'c.yaml')).toEqual({
      code: 'DUPLICATE_HANDLER',
      message: 'default.order@1.0.0 is already defined in a.yaml, with other content',
      source: 'c.yaml',
    });
    expect(registry.get('default', 'order', '1.0.0')).not.toBe(other);
    expect(registry.register(other, 'c.yaml', { replace: true })).toBeUndefined();
    expect(registry.get('default', 'order', '1.0.0')).toBe(other);
  });

  it('takes nothing any more once frozen', () => {
    const registry = registryOf(define('order', '1.0.0'));
    registry.freeze();
    expect(refusal(() => registry.register(define('late', '1.0.0'), 'x'))).toMatchObject({ code: 'REGISTRY_FROZEN' });
    expect(registry.size).toBe(1);
  });

  it.each([
    [['0.1.0', '1.0.0'], undefined, '0.1.0'],
    [['2.3.4'], undefined, '2.3.4'],
    [['9.0.0', '10.0.0', '11.0.0-rc.1'], 'latest', '10.0.0'],
    [['1.0.0', '1.4.2', '2.0.0'], '^1.0', '1.4.2'],
    [['1.0.0', '1.4.2', '2.0.0'], '1.x', '1.4.2'],
    [['1.0.0', '1.1.0-beta.1'], '^1.0', '1.0.0'],
    [['1.0.0', '1.1.0-beta.1'], '1.1.0-beta.1', '1.1.0-beta.1'],
    [['1.0.0', '1.1.0-beta.2'], '>=1.1.0-beta.1', '1.1.0-beta.2'],
    [['1.0.0+build.1', '1.0.0+build.2'], '1.0.0+build.2', '1.0.0+build.2'],
    [['1.0.0'], '*', '1.0.0'],
    [['1.2.3'], 'v1.2.3', '1.2.3'],
  ])('among %j, %p means %s', (versions, version, expected) => {
    const registry = registryOf(...versions.map((known) => define('order', known)));
    expect(registry.resolve('order', { version }).version).toBe(expected);
  });

  it('takes the highest release for latest, as semantic versions order them', () => {
    const part = fc.nat({ max: 30 });
    const version = fc.tuple(part, part, part).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.uniqueArray(version, { minLength: 1, maxLength: 12 }), (versions) => {
        const registry = registryOf(...versions.map((known) => define('order', known)));
        expect(registry.resolve('order', { version: 'latest' }).version).toBe(semver.rsort([...versions])[0]);
      }),
    );
  });

  it.each(['banana', '', '  ', '1.2.3.4', 'LATEST!'])('refuses %j as a version, naming the field', (version) => {
    const error = refusal(() => registryOf(define('order', '1.0.0')).resolve('order', { version }));
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).errors).toEqual([
      { path: 'version', code: 'format', message: 'must be a version (1.2.3), a range (^1.0) or "latest"' },
    ]);
  });

  it('names the known versions when none fits', () => {
    const registry = registryOf(define('order', '10.0.0'), define('order', '9.0.0'));
    const error = refusal(() => registry.resolve('order', { version: '^8' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toContain('No workflow default.order@^8; there is 9.0.0, 10.0.0.');
    expect(error.details).toEqual({
      namespace: 'default',
      name: 'order',
      version: '^8',
      known_versions: ['9.0.0', '10.0.0'],
      close_names: [],
    });
  });

  it('does not choose among versions that the request could mean', () => {
    const error = refusal(() => registryOf(define('order', '1.0.0'), define('order', '2.0.0')).resolve('order'));
    expect(error).toMatchObject({ code: 'HANDLER_NOT_FOUND' });
    expect(error.message).toContain('there is 1.0.0, 2.0.0');
  });

  it('has no latest when there are only pre-releases', () => {
    const registry = registryOf(define('order', '1.0.0-rc.1'));
    expect(refusal(() => registry.resolve('order', { version: 'latest' }))).toMatchObject({
      code: 'HANDLER_NOT_FOUND',
    });
    expect(registry.resolve('order').version).toBe('1.0.0-rc.1');
  });

  it.each([
    ['proces_order', 'shop', ['process_order']],
    ['process_order', 'default', ['shop.process_order']],
    ['process_order', 'shpo', ['shop.process_order']],
    ['process_order', undefined, ['shop.process_order']],
    ['something_else', 'shop', []],
  ])('for %s in %s suggests %j', (name, namespace, expected) => {
    const registry = registryOf(define('process_order', '1.0.0', { namespace: 'shop' }));
    const error = refusal(() => registry.resolve(name, { namespace }));
    expect(error).toMatchObject({ code: 'HANDLER_NOT_FOUND', details: { known_versions: [], close_names: expected } });
    for (const close of expected) expect(error.hint).toContain(`Did you mean ${close}`);
  });

  it('lists snapshots in order, that nobody can change', () => {
    const registry = registryOf(
      define('b', '10.0.0'),
      define('b', '9.0.0'),
      define('a', '1.0.0', { namespace: 'shop' }),
      define('a', '1.0.0'),
    );
    expect(registry.namespaces()).toEqual(['default', 'shop']);
    const listed = registry.definitions();
    expect(listed.map(({ fullName }) => fullName)).toEqual([
      'default.a@1.0.0',
      'default.b@9.0.0',
      'default.b@10.0.0',
      'shop.a@1.0.0',
    ]);
    expect(registry.definitions('shop').map(({ name }) => name)).toEqual(['a']);
    expect(registry.definitions('nowhere')).toEqual([]);
    expect(() => (listed as unknown[]).pop()).toThrow(TypeError);
    expect(registry.size).toBe(4);
  });
});
