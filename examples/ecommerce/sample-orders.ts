import { priceCart } from './cart-pricing.js';
import { fromCents } from './money.js';
import { type OrderContext } from './order-context.js';
import { PRODUCTS } from './systems/simulated-catalogue.js';

/** Orders of which each shows something; how the payment token begins decides what the payment service does. */
export const SAMPLE_ORDERS = {
  /** Headphones × 2 and a bottle: 324.56. */
  successfulCheckout: order({ 1: 2, 3: 1 }, 'test_success_visa'),
  /** The same, with a payment service that is not there at the first attempt. */
  flakyPayment: order({ 1: 2, 3: 1 }, 'test_flaky_visa'),
  /** T-shirt × 3: 86.96, more than there is on the account. */
  paymentFailure: order({ 2: 3 }, 'test_insufficient_funds'),
  /** Twenty coffee grinders; the catalogue has fifteen. */
  inventoryConflict: order({ 5: 20 }, 'test_success_mastercard'),
  /** A yoga mat: 49.18, and a bank that never answers. */
  paymentTimeout: order({ 4: 1 }, 'test_timeout_gateway'),
} satisfies Record<string, OrderContext>;

/** @param cart how many of which product */
function order(cart: Readonly<Record<number, number>>, token: string): OrderContext {
  const lines = PRODUCTS.flatMap(({ id, name, price }) => {
    const quantity = cart[id];
    return quantity === undefined ? [] : [{ productId: id, name, price, quantity }];
  });
  return {
    cart_items: lines.map(({ productId, name, price, quantity }) => ({
      product_id: productId,
      name,
      price: fromCents(price),
      quantity,
    })),
    payment_info: {
      method: 'credit_card',
      amount: fromCents(priceCart(lines).total),
      currency: 'USD',
      card_last_four: '4242',
      token,
    },
    customer_info: { id: 123, email: 'jordan@example.com', name: 'Jordan Lee', tier: 'standard' },
    shipping_info: { address: '12 Harbour Street', city: 'Portland', state: 'OR', zip: '97201' },
    priority: 'standard',
  };
}
