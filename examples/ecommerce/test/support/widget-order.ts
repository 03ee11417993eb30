/** The small world of the scenario table: two widgets, and an order of both that costs 124.76. */
import { type OrderContext } from '../../order-context.js';
import { type Product } from '../../systems/catalogue.js';

export const WIDGETS: readonly Product[] = [
  { id: 1, name: 'Widget A', price: 2_999, stock: 10, active: true },
  { id: 2, name: 'Widget B', price: 4_999, stock: 10, active: true },
];

export function widgetOrder(changes: Partial<OrderContext> = {}): OrderContext {
  return {
    cart_items: [
      { product_id: 1, quantity: 2, price: 29.99 },
      { product_id: 2, quantity: 1, price: 49.99 },
    ],
    payment_info: { method: 'credit_card', amount: 124.76, currency: 'USD', token: 'test_success_visa' },
    customer_info: { id: 123, email: 'customer@example.com', name: 'Test Customer' },
    ...changes,
  };
}

export function paying(amount: number, token = 'test_success_visa'): Pick<OrderContext, 'payment_info'> {
  return { payment_info: { ...widgetOrder().payment_info, amount, token } };
}
