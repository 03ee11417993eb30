import { type Server } from 'node:http';
import request from 'supertest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openShop, type Shop } from './support/shop.js';
import { paying, widgetOrder, WIDGETS } from './support/widget-order.js';

interface Started {
  readonly task_id: number;
  readonly status_url: string;
}

describe('the checkout', () => {
  let database: TestDatabase;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase({ label: 'checkout' });
  });
  beforeEach(async () => {
    shop = await openShop(database.url);
    shop.catalogue.products = WIDGETS;
  });
  afterEach(() => shop.app.close());
  afterAll(() => database.drop());

  const http = () => request(shop.app.getHttpServer() as Server);
  const get = async (path: string, status = 200) => (await http().get(path).expect(status)).body as unknown;
  const post = async (path: string, status: number, body?: object) =>
    (await http().post(path).send(body).expect(status)).body as unknown;
  const checkout = async (order: object) => (await post('/checkout', 202, order)) as Started;

  /** A task that does not start before the test has ended. */
  const later = () =>
    shop.tasker.createTask({
      ...{ name: 'process_order', namespace: 'ecommerce', context: { ...widgetOrder() } },
      runAt: new Date(Date.now() + 3_600_000),
    });

  it('takes an order and shows where it stands', async () => {
    const { task_id, status_url } = await checkout(widgetOrder());
    expect(status_url).toBe(`/checkout/${task_id}`);
    await shop.tasker.waitForTask(task_id);
    const order_number = expect.stringMatching(/^ORD-/) as string;
    expect(await get(status_url)).toEqual({ status: 'completed', order_id: 1, order_number, total: 124.76 });
  });

  it('shows how far an order has come', async () => {
    const { taskId } = await later();
    expect(await get(`/checkout/${taskId}`)).toEqual({
      ...{ status: 'processing', current_step: 'validate_cart' },
      ...{ completed_steps: 0, total_steps: 5, percentage: 0 },
    });
    await shop.tasker.cancelTask(taskId);
    expect(await get(`/checkout/${taskId}`)).toEqual({ status: 'cancelled', failed_step: null, error_code: null });
  });

  it('shows what an order failed of, and tries once more when asked', async () => {
    shop.payments.respond('charge', { status: 'card_declined' });
    const { task_id, status_url } = await checkout(widgetOrder());
    await shop.tasker.waitForTask(task_id);
    const failed = { status: 'failed', failed_step: 'process_payment', error_code: 'PAYMENT_DECLINED' };
    expect(await get(status_url)).toEqual(failed);

    await post(`${status_url}/retry`, 202);
    expect(await shop.tasker.waitForTask(task_id)).toMatchObject({ state: 'error' });
    expect(shop.payments.callsOf('charge')).toHaveLength(2);
  });

  it('refuses to retry an order that has not failed', async () => {
    const { taskId } = await later();
    expect(await post(`/checkout/${taskId}/retry`, 409)).toMatchObject({ error: 'INVALID_TRANSITION' });
  });

  it('says field by field what is wrong with an order', async () => {
    const order = { ...widgetOrder(), ...paying(-1), colour: 'red' };
    expect(await post('/checkout', 400, order)).toMatchObject({
      error: 'INVALID_CONTEXT',
      errors: expect.arrayContaining([
        expect.objectContaining({ path: 'context.payment_info.amount' }),
        expect.objectContaining({ path: 'context.colour' }),
      ]) as unknown,
    });
  });

  it('knows no order that there is not', async () => {
    expect(await get('/checkout/999999', 404)).toMatchObject({ error: 'TASK_NOT_FOUND' });
    await get('/checkout/abc', 400);
  });

  it('notes express orders and premium customers on the task, and nobody else', async () => {
    const contextOf = async (order: object) => (await shop.tasker.getTask((await checkout(order)).task_id)).context;
    const { customer_info: customer } = widgetOrder();
    expect(await contextOf(widgetOrder({ priority: 'express' }))).toMatchObject({
      express_processing: { payment_timeout_ms: 15_000, payment_retries: 1, email_retries: 2 },
    });
    expect(await contextOf(widgetOrder({ customer_info: { ...customer, tier: 'premium' } }))).toMatchObject({
      premium_processing: { priority: 'high', faster_processing: true },
    });
    const plain = await contextOf(widgetOrder());
    expect(plain).not.toHaveProperty('express_processing');
    expect(plain).not.toHaveProperty('premium_processing');
  });
});
