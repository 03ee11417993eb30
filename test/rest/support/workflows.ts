/** Workflows that the tests of the interfaces create: what is refused, what runs, and what fails in which way. */
import { PermanentError, RetryableError, type StepContext, StepHandler, type WorkflowDefinition } from 'nestjs-tasker';

@StepHandler('work')
class Work implements StepHandler {
  process({ step }: StepContext) {
    return { done: step.name };
  }
}

@StepHandler('refuse')
class Refuse implements StepHandler {
  process(): never {
    throw new PermanentError('card declined', { errorCode: 'CARD_DECLINED', context: { card: 'visa' } });
  }
}

@StepHandler('ask_later')
class AskLater implements StepHandler {
  process(): never {
    throw new RetryableError('come back later', { retryAfter: 300 });
  }
}

export const HANDLERS = [Work, Refuse, AskLater];

const work = { handler: 'work', skippable: true } as const;

/** A diamond with a tail, of an order. */
const order = {
  name: 'process_order',
  namespace: 'ecommerce',
  schema: {
    type: 'object',
    required: ['order_id'],
    properties: { order_id: { type: 'integer' }, cart: { type: 'array', items: { type: 'string' } } },
  },
  steps: [
    { name: 'validate', handler: 'work' },
    { name: 'reserve', ...work, dependsOn: ['validate'] },
    { name: 'charge', ...work, dependsOn: ['validate'] },
    { name: 'ship', ...work, dependsOn: ['reserve', 'charge'] },
    { name: 'invoice', ...work, dependsOn: ['reserve', 'charge'] },
  ],
} satisfies Partial<WorkflowDefinition>;

export const WORKFLOWS: readonly WorkflowDefinition[] = [
  { ...order, version: '1.0.0' },
  { ...order, version: '1.2.0' },
  { name: 'anything', steps: [{ name: 'first', ...work }] },
  { name: 'declined', steps: [{ name: 'charge', handler: 'refuse' }] },
  { name: 'waiting', steps: [{ name: 'poll', handler: 'ask_later' }] },
];
