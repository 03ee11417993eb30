import { contentHash } from '../../src/core/canonical-json.js';
import { Findings, classSource } from '../../src/definitions/findings.js';
import { Definition } from '../../src/definitions/definition.js';
import { buildTemplate } from '../../src/definitions/template-builder.js';
import { validateTemplate } from '../../src/definitions/template-validation.js';
import { type TaskTemplate } from '../../src/definitions/task-template.js';
import { readYaml } from './read-yaml.js';

const address = { type: 'object', properties: { city: {}, street: {} } };
const schema = {
  type: 'object',
  properties: {
    payment: { type: 'object', properties: { card_number: { type: 'string' }, cvv: { type: 'string' } } },
    items: { type: 'array', items: { type: 'object', properties: { iban: {} } } },
    address: { $ref: '#/$defs/address' },
    free: { type: 'object' },
    open: { type: 'object', properties: { a: {} }, additionalProperties: true },
    either: { anyOf: [{ properties: { left: {} } }, { properties: { right: {} } }] },
  },
  $defs: { address },
};

function read(workflow: object): { template: TaskTemplate; issues: string[] } {
  const findings = new Findings(classSource('X'));
  const template = buildTemplate({ name: 'x', steps: [{ name: 'a' }], ...workflow }, findings, {
    strictContext: 'reject',
  });
  validateTemplate(template, findings);
  return { template, issues: findings.issues.map(({ code, message }) => `${code} ${message}`) };
}

it('keeps the paths of workflow and steps in the template', () => {
  const { template, issues } = read({
    sensitive: ['payment.card_number'],
    steps: [{ name: 'a', sensitive: ['token'] }],
  });
  expect(issues).toEqual([]);
  expect(template).toMatchObject({ sensitive: ['payment.card_number'], steps: [{ sensitive: ['token'] }] });
});

it('leaves the hash of a workflow without any as it was before there were any', () => {
  const { template } = read({ sensitive: [] });
  expect('sensitive' in template || 'sensitive' in template.steps[0]!).toBe(false);
  expect(Definition.fromSnapshot(template).hash).toBe(contentHash(template));
});

it.each(['payment.card_number', 'payment.*', 'items[].iban', 'items.iban', 'items[0].iban', 'address.city', 'free.x.y', 'open.z', 'either.left', 'either.right', '**.anything', '*.iban'])(
  'accepts %s of the schema',
  (path) => expect(read({ schema, sensitive: [path] }).issues).toEqual([]),
); // prettier-ignore

it.each([
  ['payment.card_numbr', 'the schema does not declare "card_numbr". Did you mean "card_number"?'],
  ['paymnt.cvv', 'the schema does not declare "paymnt". Did you mean "payment"?'],
  ['items[].ibn', 'the schema does not declare "ibn". Did you mean "iban"?'],
  ['address.zip', 'the schema does not declare "zip".'],
  ['either.middle', 'the schema does not declare "middle".'],
])('refuses %s, which the schema does not allow to exist', (path, why) => {
  expect(read({ schema, sensitive: [path] }).issues).toEqual([
    `INVALID_SENSITIVE_PATH sensitive: "${path}" leads nowhere: ${why}`,
  ]);
});

it('does not ask a schema that leaves other properties alone', () => {
  expect(read({ schema, strictContext: 'allow', sensitive: ['extra.secret'] }).issues).toEqual([]);
});

it.each([
  [{ sensitive: ['a..b'] }, /INVALID_SENSITIVE_PATH sensitive: "a\.\.b" cannot be read/],
  [{ sensitive: [''] }, /INVALID_SENSITIVE_PATH sensitive: "" is empty/],
  [{ sensitive: 'a' }, /INVALID_DEFINITION sensitive must be a list of strings, not "a"/],
  [{ sensitive: [7] }, /INVALID_DEFINITION sensitive must be a list of strings/],
  [{ sensitive: Array(101).fill('a') }, /INVALID_SENSITIVE_PATH sensitive has more than 100 paths/],
  [{ steps: [{ name: 'a', sensitive: ['x.'] }] }, /INVALID_SENSITIVE_PATH step "a": sensitive: "x\." ends with a dot/],
])('refuses %j', (workflow, issue) => {
  const { issues } = read(workflow);
  expect(issues).toHaveLength(1);
  expect(issues[0]).toMatch(issue);
});

it('says where in the file a wrong path stands', () => {
  const yaml = `name: x
sensitive:
  - payment.card_number
  - payment..cvv
steps:
  - name: a
    sensitive: [token, "b["]
environments:
  production: { sensitive: ["**"] }
`;
  expect(readYaml(yaml).issues).toEqual([
    expect.stringMatching(/^4:5 INVALID_SENSITIVE_PATH sensitive: "payment\.\.cvv" cannot be read/),
    expect.stringMatching(/^7:24 INVALID_SENSITIVE_PATH step "a": sensitive: "b\[" cannot be read/),
    expect.stringMatching(/^9:29 INVALID_SENSITIVE_PATH sensitive: "\*\*" ends with \*\*/),
  ]);
});
