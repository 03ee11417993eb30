import { PermanentError, type StepContext, StepHandler } from 'nestjs-tasker';
import { OrdersService } from './orders.service.js';

@StepHandler('validate_order')
export class ValidateOrder implements StepHandler {
  constructor(private readonly orders: OrdersService) {}

  async process({ task }: StepContext): Promise<{ total: number }> {
    const { order_id: orderId } = task.context as { order_id?: number };
    if (orderId === undefined) throw new PermanentError('order not found', { errorCode: 'ORDER_NOT_FOUND' });
    return { total: this.orders.total(orderId) };
  }
}

@StepHandler('process_payment')
export class ProcessPayment implements StepHandler {
  constructor(private readonly orders: OrdersService) {}

  async process({ sequence, attempt }: StepContext): Promise<{ paid: number }> {
    const { total } = sequence.results('validate_order') as { total: number };
    console.log(`paying ${total} in attempt ${attempt}, one order costs ${this.orders.total(1)}`);
    return { paid: total };
  }
}
