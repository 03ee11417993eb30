import { TaskHandler } from 'nestjs-tasker';
import { ProcessPayment, ValidateOrder } from './order-steps.js';

@TaskHandler({
  name: 'process_order',
  namespace: 'ecommerce',
  version: '1.0.0',
  schema: { type: 'object', properties: { order_id: { type: 'integer' } } },
  steps: [
    { name: 'validate_order', handler: ValidateOrder },
    { name: 'process_payment', handler: ProcessPayment, dependsOn: ['validate_order'], retryLimit: 3 },
  ],
})
export class ProcessOrder {}
