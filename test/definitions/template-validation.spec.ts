import { classSource, Findings } from '../../src/definitions/findings.js';
import { type StepTemplate, type TaskTemplate } from '../../src/definitions/task-template.js';
import { validateTemplate } from '../../src/definitions/template-validation.js';

const aStep = (name: string, change: Partial<StepTemplate> = {}): StepTemplate => ({
  name,
  description: name,
  handler: name,
  dependentSystem: 'unknown',
  dependsOn: [],
  retryable: true,
  retryLimit: 3,
  timeoutSeconds: null,
  backoff: null,
  skippable: false,
  config: {},
  ...change,
});

const aTemplate = (change: Partial<TaskTemplate> = {}): TaskTemplate => ({
  namespace: 'default',
  name: 'x',
  version: '1.0.0',
  description: '',
  schema: null,
  strictContext: 'reject',
  schedule: null,
  steps: [aStep('a')],
  ...change,
});

function issues(template: TaskTemplate): string[] {
  const findings = new Findings(classSource('X'));
  validateTemplate(template, findings);
  return findings.issues.map(({ code, message }) => `${code} ${message}`);
}

const ofTemplate = (change: Partial<TaskTemplate>): string[] => issues(aTemplate(change));
const ofStep = (change: Partial<StepTemplate>): string[] => ofTemplate({ steps: [aStep('a', change)] });

describe('validateTemplate', () => {
  it('has nothing against a plain template', () => {
    expect(issues(aTemplate())).toEqual([]);
  });

  it.each(['a', 'process_order', 'blog/post-01', 'x1', `a${'b'.repeat(63)}`])(
    'takes %s for a name and a namespace',
    (name) => {
      expect(ofTemplate({ name, namespace: name })).toEqual([]);
    },
  );

  it.each([
    ['', 'INVALID_DEFINITION name is missing'],
    ['Order', 'INVALID_DEFINITION name "Order" must be lower case letters, digits, _, / or -, beginning with a letter'],
    ['1a', 'INVALID_DEFINITION name "1a" must be lower case letters, digits, _, / or -, beginning with a letter'],
    ['a.b', 'INVALID_DEFINITION name "a.b" must be lower case letters, digits, _, / or -, beginning with a letter'],
    ['a\nb', 'INVALID_DEFINITION name "a\nb" must be lower case letters, digits, _, / or -, beginning with a letter'],
    ['a'.repeat(65), 'NAME_TOO_LONG name has 65 characters; at most 64 are kept'],
  ])('refuses the name %j', (name, expected) => {
    expect(ofTemplate({ name })).toEqual([expected]);
    expect(ofTemplate({ namespace: name })).toEqual([expected.replace(' name', ' namespace')]);
  });

  it.each(['0.0.0', '1.2.3', '10.20.30-beta.1', '1.0.0+build.5', '1.0.0-rc.1+5'])('takes the version %s', (version) => {
    expect(ofTemplate({ version })).toEqual([]);
  });

  it.each([
    ['1.0', ' Did you mean "1.0.0"?'],
    ['v1.0.0', ' Did you mean "1.0.0"?'],
    ['01.0.0', ''],
    [' 1.0.0', ' Did you mean "1.0.0"?'],
    ['banana', ''],
    ['', ''],
    ['latest', ''],
  ])('refuses the version %j', (version, hint) => {
    expect(ofTemplate({ version })).toEqual([
      `INVALID_VERSION version "${version}" is not a full version such as "1.0.0".${hint}`,
    ]);
  });

  it('refuses a version that its column would not hold', () => {
    expect(ofTemplate({ version: `1.0.0-${'a'.repeat(60)}` })).toEqual([
      'NAME_TOO_LONG version has 66 characters; at most 64 are kept',
    ]);
  });

  it('demands a step', () => {
    expect(ofTemplate({ steps: [] })).toEqual(['INVALID_DEFINITION a workflow has at least one step']);
  });

  it('takes any printable step name up to 128 characters, and counts characters as the database does', () => {
    for (const name of ['step-one', 'Validate Cart', 'prüfung', '🎁'.repeat(128)]) {
      expect(ofTemplate({ steps: [aStep(name, { description: '' })] })).toEqual([]);
    }
  });

  it.each<[Partial<StepTemplate>, string]>([
    [{ name: '', handler: '' }, 'INVALID_DEFINITION step 1: name is missing'],
    [{ name: ' a' }, 'INVALID_DEFINITION step " a": name has space around it or control characters in it'],
    [{ name: 'a\tb' }, 'INVALID_DEFINITION step "a\tb": name has space around it or control characters in it'],
    [{ dependentSystem: '' }, 'INVALID_DEFINITION step "a": dependentSystem is empty'],
    [
      { dependentSystem: 's'.repeat(65) },
      'NAME_TOO_LONG step "a": dependentSystem has 65 characters; at most 64 are kept',
    ],
    [{ handler: '' }, 'INVALID_DEFINITION step "a": handler is empty'],
    [{ handler: 'h'.repeat(256) }, 'NAME_TOO_LONG step "a": handler has 256 characters; at most 255 are kept'],
    [{ description: 'd'.repeat(256) }, 'NAME_TOO_LONG step "a": description has 256 characters; at most 255 are kept'],
    [{ retryLimit: 0 }, 'INVALID_DEFINITION step "a": retryLimit counts all attempts: an integer of 1 or more, not 0'],
    [
      { retryLimit: 1.5 },
      'INVALID_DEFINITION step "a": retryLimit counts all attempts: an integer of 1 or more, not 1.5',
    ],
    [
      { retryLimit: 2 ** 31 },
      'INVALID_DEFINITION step "a": retryLimit counts all attempts: an integer of 1 or more, not 2147483648',
    ],
    [{ timeoutSeconds: 0 }, 'INVALID_DEFINITION step "a": timeoutSeconds must be above 0 and at most 2147483, not 0'],
    [
      { timeoutSeconds: 2_147_484 },
      'INVALID_DEFINITION step "a": timeoutSeconds must be above 0 and at most 2147483, not 2147484',
    ],
    [{ backoff: { maxSeconds: 0 } }, 'INVALID_DEFINITION step "a": backoff maxSeconds must be from 1 to 86400, not 0'],
    [
      { backoff: { maxSeconds: 86_401 } },
      'INVALID_DEFINITION step "a": backoff maxSeconds must be from 1 to 86400, not 86401',
    ],
    [{ backoff: { multiplier: 0.5 } }, 'INVALID_DEFINITION step "a": backoff multiplier must be from 1 to 10, not 0.5'],
    [{ backoff: { jitter: 1.1 } }, 'INVALID_DEFINITION step "a": backoff jitter must be from 0 to 1, not 1.1'],
    [
      { backoff: { delaysSeconds: [1, -1] } },
      'INVALID_DEFINITION step "a": backoff delaysSeconds must be from 0 to 86400, not -1',
    ],
    [
      { backoff: { delaysSeconds: [61], maxSeconds: 60 } },
      'INVALID_DEFINITION step "a": backoff delaysSeconds must be from 0 to 60, not 61',
    ],
  ])('refuses %j', (change, expected) => {
    expect(ofStep(change)).toEqual([expected]);
  });

  it('takes the bounds themselves', () => {
    const backoff = { maxSeconds: 86_400, multiplier: 10, jitter: 1, delaysSeconds: [0, 86_400] };
    expect(ofStep({ backoff, retryLimit: 2 ** 31 - 1, timeoutSeconds: 2_147_483 })).toEqual([]);
    expect(
      ofStep({
        backoff: { maxSeconds: 1, multiplier: 1, jitter: 0, delaysSeconds: [] },
        retryLimit: 1,
        timeoutSeconds: 0.001,
      }),
    ).toEqual([]);
  });

  it('finds what is wrong with the graph', () => {
    const steps = [
      aStep('cart'),
      aStep('pay', { dependsOn: ['crat'] }),
      aStep('cart'),
      aStep('me', { dependsOn: ['me'] }),
    ];
    expect(ofTemplate({ steps })).toEqual([
      'DUPLICATE_STEP step "cart" is defined twice',
      'UNKNOWN_DEPENDENCY step "pay" depends on "crat", which does not exist. Did you mean "cart"?',
      'DEPENDENCY_CYCLE step "me" depends on itself',
    ]);
    const ring = [aStep('a', { dependsOn: ['c'] }), aStep('b', { dependsOn: ['a'] }), aStep('c', { dependsOn: ['b'] })];
    expect(ofTemplate({ steps: ring })).toEqual(['DEPENDENCY_CYCLE the steps wait for each other: a → c → b → a']);
  });

  it('does not call two steps without names the same step', () => {
    expect(ofTemplate({ steps: [aStep(''), aStep('')] })).toEqual([
      'INVALID_DEFINITION step 1: name is missing',
      'INVALID_DEFINITION step 2: name is missing',
    ]);
  });

  it('names the place in the schema that is wrong', () => {
    expect(ofTemplate({ schema: { properties: { a: { type: 'objec' } } } })).toEqual([
      'INVALID_SCHEMA schema.properties.a.type must be one of array, boolean, integer, null, number, object, string',
    ]);
  });

  it('does not repeat what is known to be wrong', () => {
    const findings = new Findings(classSource('X'));
    for (const path of [['name'], ['version'], ['steps']]) findings.add('KNOWN', path, path.join('.'));
    validateTemplate(aTemplate({ name: '', version: '', steps: [] }), findings);
    expect(findings.issues.map(({ code }) => code)).toEqual(['KNOWN', 'KNOWN', 'KNOWN']);
  });
});
