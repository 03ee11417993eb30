import fc from 'fast-check';
import { STEP_KEYS, WORKFLOW_KEYS } from '../../src/definitions/yaml-keys.js';
import { readYaml as read } from './read-yaml.js';

const FULL = `name: process_order
namespace_name: ecommerce
version: "1.0.0"
description: Order checkout 🎁
handler: OrderProcessingTask
default_dependent_system: shop
strict_context: strip
named_steps: [validate_cart, process_payment, send_mail]
schema: { type: object, required: [cart_items], properties: { cart_items: { type: array } } }
step_templates:
  - name: validate_cart
    handler_class: ValidateCartStep
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 15
    handler_config: { }
    custom_events: [{ name: cart.validated, description: Cart passed validation }]
  - name: process_payment
    description: Charges the card
    handler_class: ProcessPaymentStep
    dependent_system: bank
    depends_on_step: validate_cart
    skippable: true
    backoff: { delays_seconds: [2, 4], multiplier: 1.5, max_seconds: 60, jitter: 0 }
    handler_config: { url: https://bank/, type: api }
  - name: send_mail
    depends_on_step: process_payment
    depends_on_steps: [validate_cart, process_payment]
    default_retryable: false
environments:
  test: { step_templates: [{ name: process_payment, handler_config: { url: http://localhost:4100 } }] }
  production: { version: 1.0.1 }
`;

describe('readWorkflowFile', () => {
  it('reads the whole document', () => {
    const { active, issues } = read(FULL);
    expect(issues).toEqual([]);
    expect(active).toEqual({
      namespace: 'ecommerce',
      name: 'process_order',
      version: '1.0.0',
      description: 'Order checkout 🎁',
      schema: { type: 'object', required: ['cart_items'], properties: { cart_items: { type: 'array' } } },
      strictContext: 'strip',
      schedule: null,
      steps: [
        {
          name: 'validate_cart',
          description: 'validate_cart',
          handler: 'ValidateCartStep',
          dependentSystem: 'shop',
          dependsOn: [],
          retryable: true,
          retryLimit: 3,
          timeoutSeconds: 15,
          backoff: null,
          skippable: false,
          config: {},
          customEvents: [{ name: 'cart.validated', description: 'Cart passed validation' }],
        },
        {
          name: 'process_payment',
          description: 'Charges the card',
          handler: 'ProcessPaymentStep',
          dependentSystem: 'bank',
          dependsOn: ['validate_cart'],
          retryable: true,
          retryLimit: 3,
          timeoutSeconds: null,
          backoff: { delaysSeconds: [2, 4], multiplier: 1.5, maxSeconds: 60, jitter: 0 },
          skippable: true,
          config: { url: 'https://bank/', type: 'api' },
        },
        {
          name: 'send_mail',
          description: 'send_mail',
          handler: 'send_mail',
          dependentSystem: 'shop',
          dependsOn: ['process_payment', 'validate_cart'],
          retryable: false,
          retryLimit: 3,
          timeoutSeconds: null,
          backoff: null,
          skippable: false,
          config: {},
        },
      ],
    });
  });

  it('reads a schedule, and what a section of environments changes of it', () => {
    const text = `name: report
schedule:
  cron: 0 3 * * *
  time_zone: Europe/Berlin
  context: { kind: full, on_call: [ann] }
  missed: skip
steps: [{ name: a }]
environments:
  test: { schedule: { enabled: false, context: { kind: null } } }
  staging: { schedule: null }`;
    const schedule = {
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      context: { kind: 'full', on_call: ['ann'] },
      missed: 'skip',
      enabled: true,
    };
    expect(read(text)).toMatchObject({ issues: [], active: { schedule } });
    expect(read(text, 'test').active.schedule).toEqual({ ...schedule, context: { on_call: ['ann'] }, enabled: false });
    expect(read(text, 'staging').active.schedule).toBeNull();
  });

  it('finds the line of every slip in a schedule, also in a section that is not in force', () => {
    const text = `name: report
schema: { type: object, required: [kind], properties: { kind: { enum: [full] } } }
schedule:
  cron: 61 3 * * *
  time_zone: Europe/Berlim
  missed: sometimes
  timeout: 5
  context:
    kind: half
steps: [{ name: a }]
environments:
  production:
    schedule:
      cron: 0 3 * *
      zone: UTC`;
    expect(read(text).issues).toEqual([
      '7:3 INVALID_DEFINITION schedule: unknown key "timeout".',
      '15:7 INVALID_DEFINITION environments.production: schedule: unknown key "zone". Did you mean "time_zone"?',
      '6:3 INVALID_DEFINITION schedule: missed must be one of skip, once, all, not "sometimes"',
      '4:3 INVALID_SCHEDULE schedule: cron "61 3 * * *" is not a cron expression: Invalid value for minute: 61',
      '5:3 INVALID_SCHEDULE schedule: time_zone "Europe/Berlim" is not a time zone such as "Europe/Berlin" or "UTC"',
      '8:3 INVALID_SCHEDULE schedule: context.kind must be one of ["full"]',
      '14:7 INVALID_SCHEDULE schedule: cron "0 3 * *" is not a cron expression: five fields (minute hour day month weekday), or six with seconds first',
    ]);
  });

  it('applies the section of the environment in force and none other', () => {
    expect(read(FULL, 'test').active).toMatchObject({
      version: '1.0.0',
      steps: [{}, { config: { url: 'http://localhost:4100', type: 'api' } }, {}],
    });
    expect(read(FULL, 'production').active.version).toBe('1.0.1');
  });

  it('reads the same workflow from JSON, with lines', () => {
    const json = JSON.stringify({ name: 'x', step_templates: [{ name: 'a', retry_limit: 0 }] }, null, 2);
    expect(read(json, 'test', 'a.json').issues).toEqual([
      '6:7 INVALID_DEFINITION step "a": retry_limit counts all attempts: an integer of 1 or more, not 0',
    ]);
  });

  it('lets an overlay change a key that the base writes with its other word', () => {
    const text = `name: x
step_templates: [{ name: a }, { name: b, depends_on: [a], retry_limit: 5 }]
environments: { test: { steps: [{ name: b, default_retry_limit: 1, depends_on_steps: [] }] } }
`;
    expect(read(text, 'test').active.steps[1]).toMatchObject({ retryLimit: 1, dependsOn: [] });
  });

  it('returns to the default when an overlay deletes a key, and complains when the key is needed', () => {
    const text = `name: x
step_templates: [{ name: a, timeout_seconds: 5, depends_on_step: a }]
environments:
  test: { step_templates: [{ name: a, timeout_seconds: null, depends_on_step: null }] }
`;
    expect(read(text, 'test').active.steps[0]).toMatchObject({ timeoutSeconds: null, dependsOn: [] });
    expect(read('name: x\nsteps: [{ name: a }]\nenvironments: { test: { name: null } }\n', 'test').issues).toEqual([
      '1:1 INVALID_DEFINITION name is missing',
    ]);
  });

  it('finds a slip in the section of every environment, in force or not', () => {
    const text = `name: x
step_templates: [{ name: a }]
environments:
  staging: { verison: "2.0.0" }
  production:
    version: 2
    step_templates:
      - { name: a, depends_on_steps: [a], retry_limit: 0, handler_config: { url: "\${API-URL}" } }
      - { name: b }
  test: []
  dev: { environments: {} }
  empty:
`;
    expect(read(text, 'development').issues).toEqual([
      '4:14 INVALID_DEFINITION environments.staging: unknown key "verison". Did you mean "version"?',
      '10:3 INVALID_OVERLAY environments.test must be a map of the keys it changes',
      '11:3 INVALID_OVERLAY environments.dev cannot hold environments',
      '9:9 UNKNOWN_OVERLAY_STEP environments.production: there is no step "b" to change. Did you mean "a"?',
      '6:5 INVALID_VERSION version must be text: put it in quotes, e.g. "1.0.0" (unquoted, 2 is a number)',
      '8:43 INVALID_DEFINITION step "a": retry_limit counts all attempts: an integer of 1 or more, not 0',
      '8:39 DEPENDENCY_CYCLE step "a" depends on itself',
      '8:59 INVALID_HANDLER_CONFIG step "a": handler_config contains ${API-URL}, which names no variable; write $${ for a plain ${',
    ]);
    expect(read('name: x\nsteps: [{ name: a }]\nenvironments: [test]\n').issues).toEqual([
      '3:1 INVALID_OVERLAY environments must be a map of environment names',
    ]);
  });

  it('makes a definition of each document of a file', () => {
    const { templates, issues } = read(
      'name: x\nversion: "1.0.0"\nsteps: [{ name: a }]\n---\nname: x\nversion: "2.0.0"\nsteps: [{ name: b }]\n',
    );
    expect(issues).toEqual([]);
    expect(Object.keys(templates)).toEqual(['1.0.0', '2.0.0']);
  });

  it('passes on what keeps the text from being read', () => {
    expect(read('a: [').issues).toEqual([expect.stringMatching(/^1:\d+ INVALID_YAML /) as unknown]);
  });

  it('finds nothing to throw at, whatever the text', () => {
    const words = fc.constantFrom(
      ...Object.keys({ ...WORKFLOW_KEYS.fields, ...STEP_KEYS.fields, ...WORKFLOW_KEYS.aliases }),
      ...[
        'null',
        '~',
        '1.0',
        'true',
        '"x"',
        '*a',
        '&a',
        '<<',
        '{',
        '}',
        '[',
        ']',
        ',',
        '-',
        '---',
        '?',
        '!t',
        '|',
        '#',
      ],
      ...['test', 'a', '${A', '__proto__', 'constructor'],
    );
    const gaps = fc.constantFrom(' ', ': ', '\n', '\n  ', '\n  - ', ': { ', ' }', ', ');
    const texts = fc.array(fc.tuple(words, gaps), { maxLength: 25 }).map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: 'binary' })), (text) => {
        const { issues, active } = read(text, 'test');
        expect(issues.length > 0 || active !== undefined).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads 1,000 steps, and finds the one slip among them', () => {
    const lines = ['name: wide', 'step_templates:'];
    for (let i = 0; i < 1_000; i++)
      lines.push(`  - name: step-${i}`, `    depends_on_steps: [${i === 0 ? '' : `step-${i - 1}`}]`);
    expect(read(lines.join('\n')).issues).toEqual([]);
    expect(read(lines.join('\n')).active.steps).toHaveLength(1_000);
    lines[2 + 2 * 700 + 1] = '    depends_on_steps: [step-6999]';
    expect(read(lines.join('\n')).issues).toEqual([
      expect.stringMatching(/^1404:24 UNKNOWN_DEPENDENCY step "step-700" depends on "step-6999"/) as unknown,
    ]);
  });
});
