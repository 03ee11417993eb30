import { PermanentError, StepHandler, type StepContext, type WorkflowDefinition } from 'nestjs-tasker';

/** Fails as the context of its task says. */
@StepHandler('charge')
export class Charge implements StepHandler {
  process({ task, attempt }: StepContext): void {
    const { failures = 0, declined = false } = task.context as { failures?: number; declined?: boolean };
    if (declined) throw new PermanentError('the card was declined', { errorCode: 'CARD_DECLINED' });
    if (attempt <= failures) throw Object.assign(new Error('the bank hung up'), { code: 'ECONNRESET' });
  }
}

@StepHandler('thank')
export class Thank implements StepHandler {
  process(): void {}
}

export const PAYMENT: WorkflowDefinition = {
  name: 'payment',
  namespace: 'shop',
  steps: [
    { name: 'charge_card', handler: 'charge', retryLimit: 3 },
    { name: 'say_thanks', handler: 'thank', dependsOn: ['charge_card'] },
  ],
};
