import { type StepRecord } from '../../../src/core/records.js';
import { Definition } from '../../../src/definitions/definition.js';
import { DefinitionRegistry } from '../../../src/definitions/definition-registry.js';
import { classSource, Findings } from '../../../src/definitions/findings.js';
import { type WorkflowDefinition } from '../../../src/definitions/task-handler.decorator.js';
import { buildTemplate } from '../../../src/definitions/template-builder.js';
import { type DefinitionCatalog } from '../../../src/engine/definition-catalog.js';
import { type EngineOptions } from '../../../src/engine/engine.options.js';
import { TaskerRedaction } from '../../../src/engine/redaction/tasker-redaction.js';
import { type TaskDetails } from '../../../src/engine/tasker.service.js';
import { resolveRedaction } from '../../../src/redaction-options.js';

const MASK = '[FILTERED]';
const definitionOf = (workflow: Partial<WorkflowDefinition>): Definition => {
  const defaults = { strictContext: 'reject' } as const;
  const steps = [{ name: 'charge', sensitive: ['receipt.signature_text'] }, { name: 'mail' }];
  return Definition.of(buildTemplate({ name: 'order', steps, ...workflow }, new Findings(classSource('X')), defaults));
};
const MARKED = definitionOf({ sensitive: ['payment.holder', 'items[].note'] });
const UNMARKED = Definition.of({ ...definitionOf({ steps: [{ name: 'charge' }] }).template });

function redaction(options = {}, stored: Definition | Error = MARKED, declared?: Definition): TaskerRedaction {
  const registry = new DefinitionRegistry();
  if (declared) registry.register(declared, 'test');
  const catalog = {
    byDefinitionId: async () => {
      if (stored instanceof Error) throw stored;
      return stored;
    },
  } as unknown as DefinitionCatalog;
  return new TaskerRedaction(catalog, registry, { redaction: resolveRedaction(options) } as EngineOptions);
}

const step = (name: string, change: Partial<StepRecord>): StepRecord =>
  ({ name, inputs: {}, results: null, error: null, ...change }) as StepRecord;

const task = {
  ...{ taskId: 7, definitionId: 1, namespace: 'default', name: 'order', version: '0.1.0' },
  ...{ initiator: 'ann@example.org', sourceSystem: 'shop', reason: 'for Ann Smith', tags: ['token', 'Ann Smith'] },
  context: { payment: { holder: 'Ann Smith', api_key: 'k-1' }, items: [{ note: 'for grandma', sku: 'x' }] },
  steps: [
    step('charge', { results: { receipt: { signature_text: 'scrawl', total: 3 }, payer: 'Ann Smith' } }),
    step('mail', {
      inputs: { holder: 'A. S.' },
      error: {
        message: 'no mail for Ann Smith, password=hunter2, "scrawl"',
        errorClass: 'Error',
        permanent: true,
        context: { note: 'n', token: 't', who: 'Ann Smith', code: 550 },
      },
    }),
  ],
  annotations: [{ annotation: { text: 'call Ann Smith', secret: 1 } }],
} as unknown as TaskDetails;

it('hides sensitive paths, their values wherever they turn up, and names of secrets', async () => {
  const before = JSON.stringify(task);
  expect(await redaction().task(task)).toEqual({
    ...task,
    ...{ reason: `for ${MASK}`, tags: ['token', MASK] },
    context: { payment: { holder: MASK, api_key: MASK }, items: [{ note: MASK, sku: 'x' }] },
    steps: [
      { ...task.steps[0], results: { receipt: { signature_text: MASK, total: 3 }, payer: MASK } },
      {
        ...task.steps[1],
        inputs: { holder: MASK },
        error: {
          ...task.steps[1]!.error,
          message: `no mail for ${MASK}, password=${MASK}, "${MASK}"`,
          context: { note: MASK, token: MASK, who: MASK, code: 550 },
        },
      },
    ],
    annotations: [{ annotation: { text: `call ${MASK}`, secret: MASK } }],
  });
  expect(JSON.stringify(task)).toBe(before);
});

it('shows names of secrets when the host wants it, and sensitive paths never', async () => {
  const shown = await redaction({ api: false }).task(task);
  expect(shown.context).toEqual({ payment: { holder: MASK, api_key: 'k-1' }, items: [{ note: MASK, sku: 'x' }] });
  expect(shown.steps[1]!.error!.message).toBe(`no mail for ${MASK}, password=hunter2, "${MASK}"`);
});

it('hides e-mail addresses wherever they stand, when asked to', async () => {
  expect(await redaction({ emails: true }).task(task)).toMatchObject({ initiator: MASK, sourceSystem: 'shop' });
});

it('counts paths that were added after the task was created', async () => {
  const [shown] = await redaction({}, UNMARKED, MARKED).tasks([task]);
  expect(shown!.context).toMatchObject({ payment: { holder: MASK } });
});

it('withholds everything when it cannot be known what is sensitive', async () => {
  const shown = JSON.stringify(await redaction({}, new Error('gone')).task(task));
  for (const secret of ['Ann', 'k-1', 'grandma', 'scrawl', 'hunter2', '550']) expect(shown).not.toContain(secret);
  expect(shown).toContain('[WITHHELD]');
});

describe('an event', () => {
  const event = {
    ...{ id: 'e1', name: 'order.shipped', taskId: 7, namespace: 'default', taskName: 'order', version: '0.1.0' },
    stepName: 'token_step',
    payload: { holder: 'A. S.', password: 'x', to: 'Ann Smith', log: 'token=abc' },
    error: { message: 'refused Ann Smith', errorClass: 'E', errorCode: null },
  };

  it('loses what its payload and error must not tell, and keeps what is ours', () => {
    const shown = redaction().event(event, { definition: MARKED, context: task.context });
    expect(shown).toEqual({
      ...event,
      payload: { holder: MASK, password: MASK, to: MASK, log: `token=${MASK}` },
      error: { message: `refused ${MASK}`, errorClass: 'E', errorCode: null },
    });
  });

  it('finds its definition by its own words', () => {
    expect(redaction({}, MARKED, MARKED).event(event).payload).toMatchObject({ holder: MASK, to: 'Ann Smith' });
    expect(redaction().event(event).payload).toMatchObject({ holder: 'A. S.', password: MASK });
  });

  it('is withheld when it cannot be read', () => {
    const broken = { id: 'e1', name: 'x.y', get payload(): never { throw new Error('no'); } }; // prettier-ignore
    expect(redaction().event(broken)).toEqual({ id: 'e1', name: 'x.y', withheld: '[WITHHELD]' });
  });
});
