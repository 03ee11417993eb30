import { createTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { SAMPLE_ORDERS } from '../sample-orders.js';
import { attemptsOf, openShop, type Shop, stepOf } from './support/shop.js';

describe('the sample orders', () => {
  let database: TestDatabase;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase({ label: 'samples' });
  });
  beforeEach(async () => {
    shop = await openShop(database.url);
  });
  afterEach(() => shop.app.close());
  afterAll(() => database.drop());

  it('successfulCheckout costs 324.56 and completes', async () => {
    expect(SAMPLE_ORDERS.successfulCheckout.payment_info.amount).toBe(324.56);
    const task = await shop.place(SAMPLE_ORDERS.successfulCheckout);
    expect(task.state).toBe('complete');
    const { subtotal, tax, shipping, total } = stepOf(task, 'validate_cart').results as Record<string, unknown>;
    expect({ subtotal, tax, shipping, total }).toEqual({ subtotal: 294.97, tax: 23.6, shipping: 5.99, total: 324.56 });
    expect(shop.payments.charges).toMatchObject([{ amount_charged: 32_456, card_brand: 'visa' }]);
  });

  it('flakyPayment is paid at the second attempt', async () => {
    const task = await shop.place(SAMPLE_ORDERS.flakyPayment);
    expect(task.state).toBe('complete');
    expect(attemptsOf(task)).toEqual([1, 2, 1, 1, 1]);
    expect(shop.payments.charges).toHaveLength(1);
  });

  it('paymentFailure, 86.96, is declined at once', async () => {
    expect(SAMPLE_ORDERS.paymentFailure.payment_info.amount).toBe(86.96);
    const task = await shop.place(SAMPLE_ORDERS.paymentFailure);
    expect(task.state).toBe('error');
    expect(attemptsOf(task)).toEqual([1, 1, 0, 0, 0]);
    expect(stepOf(task, 'process_payment').error).toMatchObject({
      errorCode: 'PAYMENT_DECLINED',
      context: { status: 'insufficient_funds' },
    });
  });

  it('inventoryConflict fails in validate_cart, attempt after attempt', async () => {
    const task = await shop.place(SAMPLE_ORDERS.inventoryConflict);
    expect(task.state).toBe('error');
    expect(attemptsOf(task)).toEqual([3, 0, 0, 0, 0]);
    expect(stepOf(task, 'validate_cart').error).toMatchObject({
      message: '20 × Coffee Grinder wanted, 15 in stock',
      errorCode: 'INSUFFICIENT_STOCK',
      permanent: false,
    });
  });

  it('inventoryConflict goes on where it stopped once goods have come in and somebody retries it', async () => {
    const failed = await shop.place(SAMPLE_ORDERS.inventoryConflict);
    shop.catalogue.products = shop.catalogue.products.map((product) => ({ ...product, stock: 20 }));
    await shop.tasker.retryTask(failed.taskId, { by: 'operator' });
    const task = await shop.tasker.waitForTask(failed.taskId);
    expect(attemptsOf(task).slice(0, 2)).toEqual([4, 1]);
    // The catalogue was told, the shelves were not filled.
    expect(stepOf(task, 'update_inventory').error).toMatchObject({ errorCode: 'NOT_AVAILABLE' });
  });

  it('paymentTimeout, 49.18, is tried three times', async () => {
    expect(SAMPLE_ORDERS.paymentTimeout.payment_info.amount).toBe(49.18);
    const task = await shop.place(SAMPLE_ORDERS.paymentTimeout);
    expect(task.state).toBe('error');
    expect(attemptsOf(task)).toEqual([1, 3, 0, 0, 0]);
    expect(stepOf(task, 'process_payment').error).toMatchObject({ errorCode: 'GATEWAY_TIMEOUT', permanent: false });
  });
});
