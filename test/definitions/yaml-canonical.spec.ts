import { readYaml as read } from './read-yaml.js';

describe('the keys of a definition file', () => {
  it('takes every other word for a key', () => {
    const aliases =
      'namespace: shop\nname: x\nsteps:\n- name: a\n- { name: b, depends_on: [a], retry_limit: 5, retryable: false, handler: H }\n';
    const { active, issues } = read(aliases);
    expect(issues).toEqual([]);
    expect(active).toMatchObject({
      namespace: 'shop',
      steps: [{}, { dependsOn: ['a'], retryLimit: 5, retryable: false, handler: 'H' }],
    });
  });

  it('accepts what older definitions carry and has no meaning here', () => {
    const text = `name: x
task_handler_class: X
module_namespace: M
concurrent: true
handler_config: { sla: 5 }
configuration: {}
dependent_systems: [a]
custom_events: [{ name: order.seen }]
step_templates: [{ name: a }]
`;
    expect(read(text).issues).toEqual([]);
  });

  it('knows no key that objects merely inherit', () => {
    expect(read('name: x\nconstructor: 1\nsteps: [{ name: a, toString: 1 }]\n').issues).toEqual([
      '2:1 INVALID_DEFINITION unknown key "constructor".',
      '3:20 INVALID_DEFINITION step "a": unknown key "toString".',
    ]);
  });

  it('points at the dependency itself, also behind one that is named twice', () => {
    const text = 'name: x\nsteps:\n- name: a\n- name: b\n  depends_on_step: a\n  depends_on_steps: [a, zzz]\n';
    expect(read(text).issues).toEqual(['6:25 UNKNOWN_DEPENDENCY step "b" depends on "zzz", which does not exist.']);
  });

  it('names keys as they were written, at their line', () => {
    const text = `name: x
version: 1.0
namespce: shop
schema:
  properties:
    a: { typ: string }
named_steps: [a, b, ghost]
step_templates:
  - name: a
    timeout: 5
    default_retry_limit: many
    handler_config: text
  - name: b
    depends_on_steps: [a, c]
    backoff: { max_seconds: 0, max: 1 }
  - name: extra
    depends_on_step: [a]
    retry_limit: 1
    default_retry_limit: 2
  - just text
  - name: b
`;
    expect(read(text).issues).toEqual([
      '3:1 INVALID_DEFINITION unknown key "namespce". Did you mean "namespace"?',
      '10:5 INVALID_DEFINITION step "a": unknown key "timeout". Did you mean "timeout_seconds"?',
      '15:32 INVALID_DEFINITION step "b": backoff: unknown key "max". Did you mean "max_seconds"?',
      '19:5 INVALID_DEFINITION step "extra": "default_retry_limit" and "retry_limit" mean the same; keep one',
      '17:5 INVALID_DEFINITION depends_on_step must be the name of one step',
      '2:1 INVALID_VERSION version must be text: put it in quotes, e.g. "1.0.0" (unquoted, 1 is a number)',
      '11:5 INVALID_DEFINITION step "a": default_retry_limit must be a number, not "many"',
      '12:5 INVALID_DEFINITION step "a": handler_config must be an object, not "text"',
      '20:5 INVALID_DEFINITION step 4: must be an object, not "just text"',
      '6:10 INVALID_SCHEMA schema.properties.a.typ is not a keyword of JSON schema. Did you mean "type"?',
      '15:16 INVALID_DEFINITION step "b": backoff max_seconds must be from 1 to 86400, not 0',
      '21:5 DUPLICATE_STEP step "b" is defined twice',
      '14:27 UNKNOWN_DEPENDENCY step "b" depends on "c", which does not exist. Did you mean "a"?',
      '14:27 UNDECLARED_DEPENDENCY step "b" depends on "c", which is not listed in named_steps',
      '16:5 UNDECLARED_STEP step "extra" is not listed in named_steps',
    ]);
  });

  it('refuses an unknown key of a custom event and a list of step names that is none', () => {
    expect(read('name: x\nsteps: [{ name: a, custom_events: [{ name: a.b, nmae: c }] }]\n').issues).toEqual([
      '2:49 INVALID_DEFINITION step "a": custom event: unknown key "nmae". Did you mean "name"?',
    ]);
    expect(read('name: x\nnamed_steps: a\nsteps: [{ name: a }]\n').issues).toEqual([
      '2:1 INVALID_DEFINITION named_steps must be a list of step names',
    ]);
  });
});
