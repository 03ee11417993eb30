import { createTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { expectInvariants } from '../../../test/support/invariants.js';
import { type ChargeRequest } from '../systems/payment-gateway.js';
import { attemptsOf, openShop, type Shop, statesOf, stepOf } from './support/shop.js';
import { paying, widgetOrder, WIDGETS } from './support/widget-order.js';

describe('an order of two widgets', () => {
  let database: TestDatabase;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase({ label: 'shop' });
  });
  beforeEach(async () => {
    shop = await openShop(database.url);
    shop.catalogue.products = WIDGETS;
  });
  afterEach(async () => {
    await shop.app.close();
    await expectInvariants(database.url);
  });
  afterAll(() => database.drop());

  const networkError = () => new Error('connect ETIMEDOUT');

  it('goes through all five steps', async () => {
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('complete');
    expect(statesOf(task)).toEqual({
      validate_cart: 'complete',
      process_payment: 'complete',
      update_inventory: 'complete',
      create_order: 'complete',
      send_confirmation: 'complete',
    });
    expect(attemptsOf(task)).toEqual([1, 1, 1, 1, 1]);
    expect(task.steps.map(({ retryLimit }) => retryLimit)).toEqual([3, 3, 2, 3, 5]);
    expect(task.context).toEqual({ ...widgetOrder(), priority: 'standard' });

    const charges = shop.payments.callsOf('charge').map(({ args }) => args[0] as ChargeRequest);
    expect(charges).toEqual([expect.objectContaining({ amount: 12_476, method: 'credit_card', currency: 'USD' })]);
    expect(shop.inventory.callsOf('reserve')).toHaveLength(2);
    expect([shop.inventory.level(1), shop.inventory.level(2)]).toEqual([23, 99]);
    expect(shop.orders.all()).toHaveLength(1);
    expect(shop.mailer.outbox).toEqual([
      expect.objectContaining({ recipient: 'customer@example.com', template: 'order_confirmation' }),
    ]);
  });

  it('leaves results that later steps and operators read', async () => {
    const task = await shop.place(widgetOrder());
    expect(stepOf(task, 'validate_cart').results).toEqual({
      validated_items: [
        { product_id: 1, name: 'Widget A', price: 29.99, quantity: 2, line_total: 59.98 },
        { product_id: 2, name: 'Widget B', price: 49.99, quantity: 1, line_total: 49.99 },
      ],
      subtotal: 109.97,
      tax: 8.8,
      shipping: 5.99,
      total: 124.76,
      item_count: 2,
      validated_at: anInstant(),
    });
    expect(stepOf(task, 'process_payment').results).toEqual({
      payment_id: expect.stringMatching(/^pay_[0-9a-f]{16}$/) as string,
      amount_charged: 124.76,
      currency: 'USD',
      payment_method_type: 'credit_card',
      transaction_id: expect.stringMatching(/^txn_[0-9a-f]{16}$/) as string,
      processed_at: anInstant(),
      status: 'completed',
    });
    const reservation_id = expect.stringMatching(/^res_[0-9a-f]{16}$/) as string;
    const change = { change_type: 'reservation', reason: 'order_checkout', timestamp: anInstant(), reservation_id };
    expect(stepOf(task, 'update_inventory').results).toEqual({
      updated_products: [
        {
          ...{ product_id: 1, name: 'Widget A', quantity_reserved: 2, reservation_id },
          ...{ previous_stock: 25, new_stock: 23 },
        },
        {
          ...{ product_id: 2, name: 'Widget B', quantity_reserved: 1, reservation_id },
          ...{ previous_stock: 100, new_stock: 99 },
        },
      ],
      total_items_reserved: 3,
      inventory_changes: [
        { ...change, product_id: 1, quantity: -2 },
        { ...change, product_id: 2, quantity: -1 },
      ],
      updated_at: anInstant(),
    });
    expect(stepOf(task, 'create_order').results).toEqual({
      order_id: 1,
      order_number: expect.stringMatching(/^ORD-\d{8}-[0-9A-F]{8}$/) as string,
      status: 'confirmed',
      total_amount: 124.76,
      customer_email: 'customer@example.com',
      created_at: anInstant(),
      estimated_delivery: expect.stringMatching(/^[A-Z][a-z]+ \d\d, 20\d\d$/) as string,
    });
    expect(stepOf(task, 'send_confirmation').results).toEqual({
      email_sent: true,
      recipient: 'customer@example.com',
      email_type: 'order_confirmation',
      sent_at: anInstant(),
      message_id: expect.stringMatching(/^msg_[0-9a-f]{16}$/) as string,
    });
  });

  it('is paid at the second attempt when the payment fails once', async () => {
    shop.payments.fail('charge', networkError(), 1);
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('complete');
    expect(attemptsOf(task)).toEqual([1, 2, 1, 1, 1]);
    expect(shop.payments.callsOf('charge')).toHaveLength(2);
    expect(shop.payments.charges).toHaveLength(1);
    expect(shop.inventory.callsOf('reserve')).toHaveLength(2);

    const history = await shop.tasker.stepHistory(stepOf(task, 'process_payment').stepId);
    const failure = history.find(({ toState }) => toState === 'error');
    expect(failure?.metadata).toMatchObject({ attempt: 1, error: { message: 'connect ETIMEDOUT', permanent: false } });
  });

  it('is paid once when the payment succeeds and its answer is lost', async () => {
    shop.payments.loseAnswers('charge', networkError(), 1);
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('complete');
    expect(shop.payments.callsOf('charge')).toHaveLength(2);
    expect(shop.payments.charges.map((charge) => charge.payment_id)).toEqual([
      (stepOf(task, 'process_payment').results as { payment_id: string }).payment_id,
    ]);
  });

  it('ends in error when the payment fails at every attempt', async () => {
    shop.payments.fail('charge', networkError());
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('error');
    expect(statesOf(task)).toMatchObject({ process_payment: 'error', update_inventory: 'pending' });
    expect(stepOf(task, 'process_payment')).toMatchObject({ attempts: 3, readyAt: null });
    expect(shop.payments.callsOf('charge')).toHaveLength(3);
    expect(shop.inventory.callsOf('checkAvailability')).toHaveLength(0);
    expect(shop.inventory.callsOf('reserve')).toHaveLength(0);
  });

  it('ends in error at once when the card is declined', async () => {
    shop.payments.respond('charge', { status: 'card_declined' });
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('error');
    expect(shop.payments.callsOf('charge')).toHaveLength(1);
    expect(stepOf(task, 'process_payment')).toMatchObject({
      attempts: 1,
      error: { errorCode: 'PAYMENT_DECLINED', permanent: true, context: { status: 'card_declined' } },
    });
  });

  it('is not charged when the customer agreed to another amount, be it by a cent', async () => {
    const task = await shop.place(widgetOrder(paying(124.75)));
    expect(task.state).toBe('error');
    expect(stepOf(task, 'process_payment')).toMatchObject({
      attempts: 1,
      error: { errorCode: 'PAYMENT_AMOUNT_MISMATCH', context: { agreed: 124.75, total: 124.76 } },
    });
    expect(shop.payments.callsOf('charge')).toHaveLength(0);
  });

  it('ends in error when the goods are gone, and is not paid again for that', async () => {
    const gone = { available: false, stock_level: 0, can_fulfill: false, reserved_until: new Date().toISOString() };
    shop.inventory.respond('checkAvailability', gone);
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('error');
    expect(attemptsOf(task)).toEqual([1, 1, 2, 0, 0]);
    expect(stepOf(task, 'update_inventory').error).toMatchObject({ errorCode: 'NOT_AVAILABLE', permanent: false });
    expect(shop.payments.callsOf('charge')).toHaveLength(1);
    expect(shop.inventory.callsOf('reserve')).toHaveLength(0);
  });

  it('reserves nothing twice when the inventory fails half way', async () => {
    shop.inventory.loseAnswers('reserve', networkError(), 1);
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('complete');
    expect(attemptsOf(task)).toEqual([1, 1, 2, 1, 1]);
    expect([shop.inventory.level(1), shop.inventory.level(2)]).toEqual([23, 99]);
    expect(stepOf(task, 'update_inventory').results).toMatchObject({
      updated_products: [
        { previous_stock: 25, new_stock: 23 },
        { previous_stock: 100, new_stock: 99 },
      ],
    });
  });

  it('is confirmed at the fifth attempt when the mail fails four times', async () => {
    shop.mailer.fail('send', networkError(), 4);
    const task = await shop.place(widgetOrder());
    expect(task.state).toBe('complete');
    expect(attemptsOf(task)).toEqual([1, 1, 1, 1, 5]);
    expect(shop.mailer.callsOf('send')).toHaveLength(5);
    expect(shop.mailer.outbox).toHaveLength(1);
    expect(shop.payments.charges).toHaveLength(1);
  });

  it('is refused at the door when it does not fit the schema', async () => {
    const order = widgetOrder({ customer_info: { email: 'nobody', name: '' }, cart_items: [] });
    const before = (await shop.tasker.listTasks()).length;
    await expect(shop.place(order)).rejects.toMatchObject({
      code: 'INVALID_CONTEXT',
      errors: [
        expect.objectContaining({ path: 'context.customer_info.email' }),
        expect.objectContaining({ path: 'context.customer_info.name' }),
      ],
    });
    expect(await shop.tasker.listTasks()).toHaveLength(before);
  });
});

function anInstant(): string {
  return expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
}
