import { readFile } from 'node:fs/promises';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { SCHEDULE_KEYS, STEP_KEYS, WORKFLOW_KEYS, writableKeys } from '../../src/definitions/yaml-keys.js';

const FILE = new URL('../../schemas/definition.schema.json', import.meta.url);

interface Schema {
  readonly definitions: Record<string, { properties: object; enum: string[] }>;
}

let schema: Schema;
let fits: ValidateFunction;

beforeAll(async () => {
  schema = JSON.parse(await readFile(FILE, 'utf8')) as Schema;
  fits = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(schema);
});

const problems = (text: string): string[] =>
  fits(parse(text)) ? [] : [...new Set(fits.errors!.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`))];

describe('definition.schema.json', () => {
  it('knows the keys that the reader knows, in workflows and in sections of environments', () => {
    const { workflow, step, schedule, overlayKey, overlayStepKey } = schema.definitions;
    expect(Object.keys(workflow!.properties).sort()).toEqual(writableKeys(WORKFLOW_KEYS).sort());
    expect(Object.keys(step!.properties).sort()).toEqual(writableKeys(STEP_KEYS).sort());
    expect(Object.keys(schedule!.properties).sort()).toEqual(writableKeys(SCHEDULE_KEYS).sort());
    expect([...overlayKey!.enum, 'environments'].sort()).toEqual(writableKeys(WORKFLOW_KEYS).sort());
    expect([...overlayStepKey!.enum].sort()).toEqual(writableKeys(STEP_KEYS).sort());
  });

  it.each([
    'name: x\nsteps: [{ name: a }]',
    `name: process_order
namespace_name: ecommerce
version: "1.0.0"
description: Order checkout 🎁
handler: OrderProcessingTask
default_dependent_system: shop
strict_context: strip
named_steps: [validate_cart, process_payment]
schema: { type: object, required: [cart_items], properties: { cart_items: { type: array } } }
schedule: { cron: 0 3 * * 1-5, time_zone: Europe/Berlin, context: { cart_items: [] }, missed: all, enabled: true }
step_templates:
  - name: validate_cart
    handler_class: ValidateCartStep
    default_retryable: true
    default_retry_limit: 3
    timeout_seconds: 15
    handler_config: { }
    custom_events: [{ name: cart.validated, description: Cart passed validation }]
  - name: process_payment
    depends_on_step: validate_cart
    depends_on_steps: [validate_cart]
    backoff: { delays_seconds: [2, 4], multiplier: 1.5, max_seconds: 60, jitter: 0 }
environments:
  test: { step_templates: [{ name: process_payment, timeout_seconds: null, handler_config: { url: http://localhost:4100 } }] }
  production: { description: null, version: 1.0.1, schedule: { enabled: false } }
  empty:`,
  ])('takes a document that the reader takes: %#', (text) => {
    expect(problems(text)).toEqual([]);
  });

  it.each([
    ['steps: [{ name: a }]', [' required']],
    ['name: x', [' required', ' anyOf']],
    ['name: X\nsteps: [{ name: a }]', ['/name pattern']],
    ['name: x\nversion: 1.0\nsteps: [{ name: a }]', ['/version type']],
    ['name: x\nversion: "1.0"\nsteps: [{ name: a }]', ['/version pattern']],
    ['name: x\nsteps: []', ['/steps minItems']],
    ['name: x\nsteps: [{ name: a, retries: 3 }]', ['/steps/0 additionalProperties']],
    ['name: x\nsteps: [{ name: a, retry_limit: 0 }]', ['/steps/0/retry_limit minimum']],
    ['name: x\nsteps: [{ name: a, timeout_seconds: 0 }]', ['/steps/0/timeout_seconds exclusiveMinimum']],
    ['name: x\nsteps: [{ name: a, custom_events: [{ name: seen }] }]', ['/steps/0/custom_events/0/name pattern']],
    ['name: x\nsteps: [{ name: a }]\nschedule: { cron: 0 3 * * }', ['/schedule/cron pattern']],
    [
      'name: x\nsteps: [{ name: a }]\nschedule: { missed: some, zone: x }',
      ['/schedule additionalProperties', '/schedule/missed enum'],
    ],
    [
      'name: x\nsteps: [{ name: a }]\nenvironments: { test: { environments: {} } }',
      ['/environments/test enum', '/environments/test propertyNames'],
    ],
    [
      'name: x\nsteps: [{ name: a }]\nenvironments: { test: { steps: [{ retry_limit: 3 }] } }',
      ['/environments/test/steps/0 required'],
    ],
    [
      'name: x\nsteps: [{ name: a }]\nenvironments: { test: { steps: [{ name: a, retries: 3 }], verison: x } }',
      [
        '/environments/test enum',
        '/environments/test propertyNames',
        '/environments/test/steps/0 enum',
        '/environments/test/steps/0 propertyNames',
      ],
    ],
  ])('refuses %j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });
});
