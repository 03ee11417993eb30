import { PermanentError, RetryableError, type StepContext, type StepHandler } from 'nestjs-tasker';
import { CreateOrder } from '../steps/create-order.step.js';
import { ProcessPayment } from '../steps/process-payment.step.js';
import { SendConfirmation } from '../steps/send-confirmation.step.js';
import { UpdateInventory } from '../steps/update-inventory.step.js';
import { ValidateCart } from '../steps/validate-cart.step.js';
import { OrderBook } from '../systems/order-book.js';
import { SimulatedCatalogue } from '../systems/simulated-catalogue.js';
import { SimulatedInventory } from '../systems/simulated-inventory.js';
import { SimulatedMailer } from '../systems/simulated-mailer.js';
import { SimulatedPaymentGateway } from '../systems/simulated-payment-gateway.js';
import { type GivenContext, stepContext } from './support/step-context.js';
import { widgetOrder, WIDGETS } from './support/widget-order.js';

/** What the steps before a step have left, when all went well. */
const CART = { total: 124.76, validated_items: [{ product_id: 1, name: 'Widget A', quantity: 2 }] };
const PAYMENT = { payment_id: 'pay_1', currency: 'USD' };
const STOCK = { updated_products: [{ reservation_id: 'res_1' }] };
const ORDER = { order_number: 'ORD-20260131-0A1B2C3D' };
const EARLIER = { validate_cart: CART, process_payment: PAYMENT, update_inventory: STOCK, create_order: ORDER };

describe('validate_cart', () => {
  const catalogue = new SimulatedCatalogue();
  catalogue.products = [...WIDGETS, { id: 3, name: 'Old Widget', price: 100, stock: 1, active: false }];
  const step = new ValidateCart(catalogue);
  const items = (...cart_items: unknown[]) => ({ context: { cart_items } });

  it.each([
    ['an empty cart', items(), 'MISSING_CART_ITEMS'],
    ['no cart', {}, 'MISSING_CART_ITEMS'],
    ['no product', items({ quantity: 1 }), 'MISSING_PRODUCT_ID'],
    ['no quantity', items({ product_id: 1 }), 'INVALID_QUANTITY'],
    ['half a widget', items({ product_id: 1, quantity: 0.5 }), 'INVALID_QUANTITY'],
    ['less than nothing', items({ product_id: 1, quantity: -1 }), 'INVALID_QUANTITY'],
    ['an unknown product', items({ product_id: 99, quantity: 1 }), 'PRODUCT_NOT_FOUND'],
    ['a product that is no longer sold', items({ product_id: 3, quantity: 1 }), 'PRODUCT_INACTIVE'],
  ])('gives up on %s', (_, given, code) => expectPermanent(step, given, code));

  it('tries again when the stock is short', () =>
    expectRetryable(step, items({ product_id: 1, quantity: 11 }), 'INSUFFICIENT_STOCK'));
});

describe('process_payment', () => {
  const order = (payment: object) => ({
    context: { payment_info: { ...widgetOrder().payment_info, ...payment } },
    results: EARLIER,
  });
  const step = (status?: string) => {
    const gateway = new SimulatedPaymentGateway();
    if (status !== undefined) gateway.respond('charge', { status });
    return new ProcessPayment(gateway);
  };

  it.each([
    ['no method', order({ method: undefined }), 'MISSING_PAYMENT_METHOD'],
    ['no payment at all', { results: EARLIER }, 'MISSING_PAYMENT_METHOD'],
    ['no token', order({ token: '' }), 'MISSING_PAYMENT_TOKEN'],
    ['no total', { ...order({}), results: {} }, 'MISSING_CART_TOTAL'],
    ['a cent too little', order({ amount: 124.75 }), 'PAYMENT_AMOUNT_MISMATCH'],
    ['a tenth of a cent too much', order({ amount: 124.761 }), 'PAYMENT_AMOUNT_MISMATCH'],
  ])('gives up on %s', (_, given, code) => expectPermanent(step(), given, code));

  it.each([
    ['insufficient_funds', 'PAYMENT_DECLINED'],
    ['card_declined', 'PAYMENT_DECLINED'],
    ['invalid_card', 'PAYMENT_DECLINED'],
    ['invalid_request', 'INVALID_REQUEST'],
    ['authentication_failed', 'AUTHENTICATION_FAILED'],
  ])('gives up when the service says %s', (status, code) => expectPermanent(step(status), order({}), code));

  it.each([
    ['rate_limited', 'RATE_LIMITED', 30],
    ['service_unavailable', 'SERVICE_UNAVAILABLE', undefined],
    ['gateway_timeout', 'GATEWAY_TIMEOUT', undefined],
    ['temporary_failure', 'TEMPORARY_FAILURE', undefined],
    ['something_new', 'SOMETHING_NEW', undefined],
  ])('tries again when the service says %s', (status, code, seconds) =>
    expectRetryable(step(status), order({}), code, seconds),
  );
});

describe('update_inventory', () => {
  const order = { context: widgetOrder(), results: EARLIER };
  const step = (reservation?: string) => {
    const inventory = new SimulatedInventory();
    if (reservation !== undefined) inventory.respond('reserve', { status: reservation });
    return new UpdateInventory(inventory);
  };

  it.each([
    ['no validated items', { ...order, results: {} }, 'MISSING_VALIDATED_ITEMS'],
    ['no customer', { results: EARLIER }, 'MISSING_CUSTOMER_INFO'],
  ])('gives up on %s', (_, given, code) => expectPermanent(step(), given, code));

  it.each([
    ['insufficient_stock', 'INSUFFICIENT_STOCK'],
    ['reservation_failed', 'RESERVATION_FAILED'],
    ['something_new', 'SOMETHING_NEW'],
  ])('tries again when the inventory says %s', (status, code) => expectRetryable(step(status), order, code));
});

describe('create_order', () => {
  const context = widgetOrder();
  const without = (name: keyof typeof EARLIER) => ({ context, results: { ...EARLIER, [name]: null } });
  const step = new CreateOrder(new OrderBook());

  it.each([
    ['no customer', { results: EARLIER }, 'MISSING_CUSTOMER_INFO'],
    ['no cart', without('validate_cart'), 'MISSING_CART_VALIDATION'],
    ['no payment', without('process_payment'), 'MISSING_PAYMENT_RESULT'],
    ['no reservation', without('update_inventory'), 'MISSING_INVENTORY_RESULT'],
  ])('gives up on %s', (_, given, code) => expectPermanent(step, given, code));

  it('gives up on an order that cannot be written, and says all that is wrong', async () => {
    const customer_info = { name: ' ', email: 'nobody' };
    const results = { ...EARLIER, validate_cart: { ...CART, total: 0 } };
    const error = await expectPermanent(step, { context: { customer_info }, results }, 'ORDER_VALIDATION_FAILED');
    expect(error.context.problems).toHaveLength(3);
  });
});

describe('send_confirmation', () => {
  const context = widgetOrder();
  const order = { context, results: EARLIER };
  const step = (status?: string) => {
    const mailer = new SimulatedMailer();
    if (status !== undefined) mailer.respond('send', { status });
    return new SendConfirmation(mailer);
  };

  it.each([
    ['no address', { context: { customer_info: { name: 'Nobody' } }, results: EARLIER }, 'MISSING_CUSTOMER_EMAIL'],
    ['no order', { context, results: { validate_cart: CART } }, 'MISSING_ORDER_RESULT'],
    ['no cart', { context, results: { create_order: ORDER } }, 'MISSING_CART_VALIDATION'],
  ])('gives up on %s', (_, given, code) => expectPermanent(step(), given, code));

  it('gives up on an address that is none', () => expectPermanent(step('invalid_email'), order, 'INVALID_EMAIL'));

  it.each([
    ['rate_limited', 'RATE_LIMITED', 60],
    ['service_unavailable', 'SERVICE_UNAVAILABLE', undefined],
    ['timeout', 'TIMEOUT', undefined],
    ['something_new', 'SOMETHING_NEW', undefined],
  ])('tries again when the mailer says %s', (status, code, seconds) =>
    expectRetryable(step(status), order, code, seconds),
  );
});

async function expectPermanent(step: StepHandler, given: GivenContext, code: string): Promise<PermanentError> {
  const error = await thrownBy(step, stepContext(given));
  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toMatchObject({ errorCode: code });
  return error as PermanentError;
}

async function expectRetryable(step: StepHandler, given: GivenContext, code: string, seconds?: number): Promise<void> {
  const error = await thrownBy(step, stepContext(given));
  expect(error).toBeInstanceOf(RetryableError);
  expect(error).toMatchObject({ errorCode: code, retryAfter: seconds });
}

async function thrownBy(step: StepHandler, context: StepContext): Promise<unknown> {
  try {
    await step.process(context);
  } catch (error) {
    return error;
  }
  throw new Error('The step succeeded.');
}
