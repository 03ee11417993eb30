import 'reflect-metadata';
import { classSource, Findings } from '../../src/definitions/findings.js';
import { buildTemplate } from '../../src/definitions/template-builder.js';
import { type TaskTemplate } from '../../src/definitions/task-template.js';
import { StepHandler } from '../../src/handlers/step-handler.js';

@StepHandler('charge_card')
class ChargeCard implements StepHandler {
  process(): unknown {
    return null;
  }
}

@StepHandler()
class SendMail implements StepHandler {
  process(): unknown {
    return null;
  }
}

class Unmarked implements StepHandler {
  process(): unknown {
    return null;
  }
}

function build(workflow: unknown): { template: TaskTemplate; issues: string[] } {
  const findings = new Findings(classSource('ProcessOrder'));
  const template = buildTemplate(workflow, findings, { strictContext: 'reject' });
  return { template, issues: findings.issues.map(({ code, message }) => `${code} ${message}`) };
}

describe('buildTemplate', () => {
  it('completes a workflow of a name and a step with every default', () => {
    expect(build({ name: 'process_order', steps: [{ name: 'validate' }] })).toEqual({
      issues: [],
      template: {
        namespace: 'default',
        name: 'process_order',
        version: '0.1.0',
        description: '',
        schema: null,
        strictContext: 'reject',
        schedule: null,
        steps: [
          {
            name: 'validate',
            description: 'validate',
            handler: 'validate',
            dependentSystem: 'unknown',
            dependsOn: [],
            retryable: true,
            retryLimit: 3,
            timeoutSeconds: null,
            backoff: null,
            skippable: false,
            config: {},
          },
        ],
      },
    });
  });

  it('keeps everything that was written', () => {
    const step = {
      name: 'charge',
      description: 'Charges the card 💳',
      handler: 'charge_card',
      dependentSystem: 'bank',
      dependsOn: ['validate'],
      retryable: false,
      retryLimit: 7,
      timeoutSeconds: 1.5,
      backoff: { delaysSeconds: [1, 5], multiplier: 1.5, maxSeconds: 60, jitter: 0 },
      skippable: true,
      config: { url: '${URL}', nested: { list: [1, null] } },
    };
    const workflow = {
      namespace: ' shop ',
      name: 'order\n',
      version: '2.0.0-beta.1',
      description: 'x',
      schema: { type: 'object' },
      strictContext: 'strip',
      schedule: {
        cron: '0 3 * * *',
        timeZone: 'Europe/Berlin',
        context: { day: 'yesterday', nested: [1, null] },
        missed: 'all',
        enabled: false,
      },
      steps: [step],
    };
    const { template, issues } = build(workflow);
    expect(issues).toEqual([]);
    expect(template).toEqual({ ...workflow, namespace: 'shop', name: 'order' });
  });

  it('completes a schedule of a cron expression with every default', () => {
    expect(build({ name: 'x', schedule: { cron: '@daily' }, steps: [{ name: 'a' }] })).toMatchObject({
      issues: [],
      template: { schedule: { cron: '@daily', timeZone: 'UTC', context: {}, missed: 'once', enabled: true } },
    });
  });

  it.each([
    [{ cron: 5 }, ['INVALID_DEFINITION schedule: cron must be a string, not 5']],
    [
      { cron: '@daily', timezone: 'UTC' },
      ['INVALID_DEFINITION schedule: unknown key "timezone". Did you mean "timeZone"?'],
    ],
    [
      { cron: '@daily', missed: 'some' },
      ['INVALID_DEFINITION schedule: missed must be one of skip, once, all, not "some"'],
    ],
    [{ cron: '@daily', enabled: 'yes' }, ['INVALID_DEFINITION schedule: enabled must be true or false, not "yes"']],
    [{ cron: '@daily', context: [] }, ['INVALID_DEFINITION schedule: context must be an object, not a list']],
    [
      { cron: '@daily', context: { a: NaN } },
      ['INVALID_DEFINITION schedule: context.a must be a finite number, not NaN'],
    ],
    ['@daily', ['INVALID_DEFINITION schedule: must be an object, not "@daily"']],
  ])('reports what is wrong with the schedule %j', (schedule, expected) => {
    expect(build({ name: 'x', schedule, steps: [{ name: 'a' }] }).issues).toEqual(expected);
  });

  it('resolves a handler class to the token of its mark', () => {
    const steps = [
      { name: 'a', handler: ChargeCard },
      { name: 'b', handler: SendMail },
      { name: 'c', handler: 'SendMail' },
      { name: 'd' },
    ];
    expect(build({ name: 'x', steps }).template.steps.map(({ handler }) => handler)).toEqual([
      'charge_card',
      'SendMail',
      'SendMail',
      'd',
    ]);
  });

  it('refuses a handler class without a mark', () => {
    expect(build({ name: 'x', steps: [{ name: 'a', handler: Unmarked }] }).issues).toEqual([
      'UNKNOWN_STEP_HANDLER step "a": the class Unmarked is not marked with @StepHandler',
    ]);
  });

  it('gives the dependent system of the workflow to the steps that name none', () => {
    const steps = [{ name: 'a' }, { name: 'b', dependentSystem: 'bank' }];
    const { template } = build({ name: 'x', dependentSystem: 'shop', steps });
    expect(template.steps.map(({ dependentSystem }) => dependentSystem)).toEqual(['shop', 'bank']);
  });

  it('counts a dependency that is named twice once', () => {
    expect(
      build({ name: 'x', steps: [{ name: 'a', dependsOn: ['b', 'c', 'b'] }] }).template.steps[0]!.dependsOn,
    ).toEqual(['b', 'c']);
  });

  it('does not change when its author changes the object afterwards', () => {
    const config = { list: [1] };
    const schema = { properties: { a: {} } };
    const { template } = build({ name: 'x', schema, steps: [{ name: 'a', config }] });
    config.list.push(2);
    Object.assign(schema.properties, { b: {} });
    expect(template.steps[0]!.config).toEqual({ list: [1] });
    expect(template.schema).toEqual({ properties: { a: {} } });
  });

  it('finds every wrong type and unknown key in one look', () => {
    const workflow = {
      name: 7,
      nmespace: 'x',
      description: null,
      schema: [],
      strictContext: 'maybe',
      dependentSystem: {},
      steps: [
        'validate',
        {
          name: 'a',
          handler: 5,
          dependsOn: 'b',
          retryable: 'yes',
          retryLimit: '3',
          timeoutSeconds: NaN,
          skippable: 1,
          config: [],
        },
        { name: 'b', dependsOn: [1], retries: 2, backoff: { maxSecond: 3, delaysSeconds: 1 } },
        { backoff: 5 },
      ],
    };
    expect(build(workflow).issues).toEqual([
      'INVALID_DEFINITION unknown key "nmespace". Did you mean "namespace"?',
      'INVALID_DEFINITION dependentSystem must be a string, not an object',
      'INVALID_DEFINITION name must be a string, not 7',
      'INVALID_DEFINITION description must be a string, not null',
      'INVALID_DEFINITION schema must be an object, not a list',
      'INVALID_DEFINITION strictContext must be one of reject, strip, allow, not "maybe"',
      'INVALID_DEFINITION step 1: must be an object, not "validate"',
      'INVALID_DEFINITION step "a": handler must be a string, not 5',
      'INVALID_DEFINITION step "a": dependsOn must be a list of strings, not "b"',
      'INVALID_DEFINITION step "a": retryable must be true or false, not "yes"',
      'INVALID_DEFINITION step "a": retryLimit must be a number, not "3"',
      'INVALID_DEFINITION step "a": timeoutSeconds must be a number, not NaN',
      'INVALID_DEFINITION step "a": skippable must be true or false, not 1',
      'INVALID_DEFINITION step "a": config must be an object, not a list',
      'INVALID_DEFINITION step "b": unknown key "retries".',
      'INVALID_DEFINITION step "b": dependsOn must be a list of strings, not a list',
      'INVALID_DEFINITION step "b": backoff unknown key "maxSecond". Did you mean "maxSeconds"?',
      'INVALID_DEFINITION step "b": backoff delaysSeconds must be a list of numbers, not 1',
      'INVALID_DEFINITION step 4: backoff must be an object, not 5',
    ]);
  });

  it.each([undefined, null, 'x', [], 5])('takes %p for a workflow without throwing', (workflow) => {
    expect(build(workflow).issues[0]).toMatch(/^INVALID_DEFINITION must be an object, not /);
  });

  it('asks to quote a version that is a number', () => {
    expect(build({ name: 'x', version: 1.5, steps: [{ name: 'a' }] }).issues).toEqual([
      'INVALID_VERSION version must be text: put it in quotes, e.g. "1.0.0" (unquoted, 1.5 is a number)',
    ]);
  });

  it('refuses a configuration that cannot be stored, and says where', () => {
    const config = { deep: [{ call: (): number => 1 }], text: 'a\0', at: new Map() };
    expect(build({ name: 'x', steps: [{ name: 'a', config }] }).issues).toEqual([
      'INVALID_DEFINITION step "a": config.deep.0.call must be JSON, not a function',
      'INVALID_DEFINITION step "a": config.text contains a NUL character, which PostgreSQL cannot store',
      'INVALID_DEFINITION step "a": config.at must be JSON, not a Map',
    ]);
  });
});
