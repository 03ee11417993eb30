import { classSource, Findings } from '../../src/definitions/findings.js';
import { HandlerValidator, type HandlerValidationOptions } from '../../src/definitions/handler-validation.js';
import { StepHandlerRegistry } from '../../src/definitions/step-handler-registry.js';
import { buildTemplate } from '../../src/definitions/template-builder.js';

const registry = new StepHandlerRegistry();
const register = (token: string, className: string, configSchema?: Record<string, unknown>): void => {
  registry.register({ token, className, instance: { process: () => null }, metadata: { token, configSchema } });
};
register('validate_cart', 'ValidateCart');
register('call_api', 'CallApi', {
  type: 'object',
  required: ['url'],
  properties: { url: { type: 'string', format: 'uri' }, port: { type: 'integer', default: 80 } },
  additionalProperties: false,
});
register('mail', 'Notify');
register('sms', 'Notify');
register('Mailer', 'Post');
register('other', 'Mailer');
register('broken', 'Broken', { type: 'objec' });

const ENV = { API: 'https://api.test', SECRET: 'hunter2' };

function issues(step: Record<string, unknown>, options: Partial<HandlerValidationOptions> = {}): string[] {
  const findings = new Findings(classSource('X'));
  const template = buildTemplate({ name: 'x', steps: [{ name: 's', ...step }] }, findings, { strictContext: 'reject' });
  const all = { env: ENV, requireVariables: true, ignoreHandlers: false, ...options };
  new HandlerValidator(registry, all).validate(template, findings);
  return findings.issues.map(({ code, message }) => `${code} ${message}`);
}

describe('HandlerValidator', () => {
  it('finds handlers by token and by class name', () => {
    expect(issues({ handler: 'validate_cart' })).toEqual([]);
    expect(issues({ handler: 'ValidateCart' })).toEqual([]);
    expect(issues({ name: 'mail' })).toEqual([]);
  });

  it('names the closest handler when there is none', () => {
    expect(issues({ handler: 'validate_crat' })).toEqual([
      'UNKNOWN_STEP_HANDLER step "s": no provider of this application is marked @StepHandler(\'validate_crat\'). Did you mean "validate_cart"?',
    ]);
    expect(issues({})).toEqual([
      'UNKNOWN_STEP_HANDLER step "s": no provider of this application is marked @StepHandler(\'s\'). Is its class listed as a provider of a module?',
    ]);
  });

  it('does not guess which of two handlers is meant', () => {
    expect(issues({ handler: 'Notify' })).toEqual([
      'AMBIGUOUS_HANDLER step "s": handler "Notify" could be Notify (token "mail") and Notify (token "sms"); use a token that only one has',
    ]);
    expect(issues({ handler: 'Mailer' })[0]).toMatch(/^AMBIGUOUS_HANDLER .*Post \(token "Mailer"\) and Mailer/);
  });

  it('asks for no handler in a process that has none', () => {
    expect(issues({ handler: 'validate_crat' }, { ignoreHandlers: true })).toEqual([]);
    expect(issues({ handler: 'Notify' }, { ignoreHandlers: true })).toEqual([]);
  });

  it('holds the configuration, filled in, against the schema of the handler', () => {
    expect(issues({ handler: 'call_api', config: { url: '${API}' } })).toEqual([]);
    expect(issues({ handler: 'call_api', config: { url: '${SECRET}', prot: 1 } })).toEqual([
      'INVALID_HANDLER_CONFIG step "s": config.prot is not declared in the schema. Did you mean "port"?',
      'INVALID_HANDLER_CONFIG step "s": config.url must match format "uri"',
    ]);
    expect(issues({ handler: 'CallApi' })).toEqual(['INVALID_HANDLER_CONFIG step "s": config.url is required']);
  });

  it('never writes the value of a variable into a message', () => {
    const config = { url: '${SECRET}', port: '${SECRET}', '${SECRET}': 1 };
    expect(issues({ handler: 'call_api', config }).join()).not.toContain('hunter2');
  });

  it('does not fill defaults into the configuration that is stored', () => {
    const findings = new Findings(classSource('X'));
    const workflow = { name: 'x', steps: [{ name: 'call_api', config: { url: '${API}' } }] };
    const template = buildTemplate(workflow, findings, { strictContext: 'reject' });
    new HandlerValidator(registry, { env: ENV, requireVariables: true, ignoreHandlers: false }).validate(
      template,
      findings,
    );
    expect(template.steps[0]!.config).toEqual({ url: '${API}' });
  });

  it('reports missing variables where the workflow is in force, and only there', () => {
    const step = { name: 'mail', config: { a: '${NOPE}', b: ['${NADA:-x}', '${NULL}'] } };
    expect(issues(step)).toEqual([
      'MISSING_VARIABLE step "mail": config needs ${NOPE}, ${NULL}, not set; set it or write a default: ${NAME:-default}',
    ]);
    expect(issues(step, { requireVariables: false })).toEqual([]);
  });

  it('reports a reference that names no variable', () => {
    expect(issues({ name: 'mail', config: { a: '${API-URL}' } })).toEqual([
      'INVALID_HANDLER_CONFIG step "mail": config contains ${API-URL}, which names no variable; write $${ for a plain ${',
    ]);
  });

  it('leaves a handler whose own schema is broken to be reported there', () => {
    expect(issues({ handler: 'broken', config: { any: 1 } })).toEqual([]);
  });
});
