import { PermanentError, type StepContext, StepHandler } from 'nestjs-tasker';
import { fromCents, toCents } from '../money.js';
import { type OrderContext } from '../order-context.js';
import { InvalidOrder, type NewOrder, type Order, OrderBook } from '../systems/order-book.js';
import { type PaymentResult } from './process-payment.step.js';
import { required } from './required.js';
import { type InventoryResult } from './update-inventory.step.js';
import { type ValidatedCart } from './validate-cart.step.js';

export interface OrderResult {
  readonly order_id: number;
  readonly order_number: string;
  readonly status: 'confirmed';
  readonly total_amount: number;
  readonly customer_email: string;
  readonly created_at: string;
  /** `January 31, 2026` */
  readonly estimated_delivery: string;
}

const DELIVERY_DAYS = 7;
const DAY = new Intl.DateTimeFormat('en-US', { month: 'long', day: '2-digit', year: 'numeric', timeZone: 'UTC' });

/** Writes the order into the shop's own book. */
@StepHandler('create_order')
export class CreateOrder implements StepHandler {
  constructor(private readonly orders: OrderBook) {}

  process(context: StepContext): Order {
    try {
      return this.orders.write(toOrder(context), context.idempotencyKey);
    } catch (error) {
      if (!(error instanceof InvalidOrder)) throw error;
      const { message, problems } = error;
      throw new PermanentError(message, { errorCode: 'ORDER_VALIDATION_FAILED', context: { problems }, cause: error });
    }
  }

  processResults(order: Order): OrderResult {
    const delivery = new Date(order.createdAt);
    delivery.setUTCDate(delivery.getUTCDate() + DELIVERY_DAYS);
    return {
      order_id: order.id,
      order_number: order.number,
      status: order.status,
      total_amount: fromCents(order.total),
      customer_email: order.customerEmail,
      created_at: order.createdAt.toISOString(),
      estimated_delivery: DAY.format(delivery),
    };
  }
}

function toOrder({ task, sequence }: StepContext): NewOrder {
  const context = task.context as Partial<OrderContext>;
  const cart = sequence.results('validate_cart') as Partial<ValidatedCart> | null;
  const payment = sequence.results('process_payment') as Partial<PaymentResult> | null;
  const inventory = sequence.results('update_inventory') as Partial<InventoryResult> | null;
  const customer = required(context.customer_info, 'MISSING_CUSTOMER_INFO', 'the customer');
  const products = required(inventory?.updated_products, 'MISSING_INVENTORY_RESULT', 'the result of the inventory');
  return {
    customerName: customer.name,
    customerEmail: customer.email,
    total: required(toCents(cart?.total ?? NaN), 'MISSING_CART_VALIDATION', 'the validated cart'),
    currency: required(payment?.currency, 'MISSING_PAYMENT_RESULT', 'the result of the payment'),
    paymentId: required(payment?.payment_id, 'MISSING_PAYMENT_RESULT', 'the result of the payment'),
    reservationIds: products.map((product) => product.reservation_id),
  };
}
