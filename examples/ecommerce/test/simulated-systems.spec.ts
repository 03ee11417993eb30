import { type ChargeRequest } from '../systems/payment-gateway.js';
import { SimulatedCatalogue } from '../systems/simulated-catalogue.js';
import { SimulatedInventory } from '../systems/simulated-inventory.js';
import { SimulatedMailer } from '../systems/simulated-mailer.js';
import { SimulatedPaymentGateway } from '../systems/simulated-payment-gateway.js';

describe('a simulated system', () => {
  it('keeps a log of its calls, failed ones too', async () => {
    const catalogue = new SimulatedCatalogue().fail('find', new Error('down'), 1);
    await expect(catalogue.find(1)).rejects.toThrow('down');
    expect(await catalogue.find(1)).toMatchObject({ name: 'Bluetooth Headphones' });
    expect(catalogue.callsOf('find')).toEqual([
      { method: 'find', args: [1], at: expect.any(Date) as Date },
      { method: 'find', args: [1], at: expect.any(Date) as Date },
    ]);
  });

  it('answers what it was told to', async () => {
    expect(await new SimulatedCatalogue().respond('find', undefined).find(1)).toBeUndefined();
  });

  it('gives up its delay when the caller does', async () => {
    const mailer = new SimulatedMailer().delay('send', 60_000);
    const mail = { template: 'order_confirmation', recipient: 'a@b.c', subject: '', values: {} } as const;
    const sending = mailer.send({ ...mail, idempotencyKey: 'k' }, { signal: AbortSignal.timeout(1) });
    await expect(sending).rejects.toThrow('aborted');
    expect(mailer.outbox).toHaveLength(0);
  });
});

describe('the simulated payment service', () => {
  const request = (token: string, more: Partial<ChargeRequest> = {}): ChargeRequest => ({
    ...{ amount: 1_000, currency: 'USD', method: 'credit_card', token, idempotencyKey: 'key' },
    ...more,
  });

  it.each([
    ['test_success_amex', 'succeeded'],
    ['test_insufficient_funds', 'insufficient_funds'],
    ['test_invalid_card', 'invalid_card'],
    ['test_timeout_bank', 'gateway_timeout'],
    ['test_rate_limit_now', 'rate_limited'],
    ['test_temp_fail_once_more', 'temporary_failure'],
  ])('answers to %s with %s', async (token, status) => {
    expect(await new SimulatedPaymentGateway().charge(request(token))).toMatchObject({ status });
  });

  it('succeeds in 95 of 100 cases with any other token', async () => {
    const gateway = new SimulatedPaymentGateway();
    for (let n = 0; n < 2_000; n++) await gateway.charge(request('tok_4242', { idempotencyKey: `key ${n}` }));
    expect(gateway.charges.length).toBeGreaterThan(1_800);
    expect(gateway.charges.length).toBeLessThan(1_980);
  });

  it('refuses the first request of a charge with a flaky token', async () => {
    const gateway = new SimulatedPaymentGateway();
    expect(await gateway.charge(request('test_flaky_'))).toMatchObject({ status: 'service_unavailable' });
    expect(await gateway.charge(request('test_flaky_'))).toMatchObject({ status: 'succeeded' });
  });

  it('charges once per idempotency key, and tells its fees', async () => {
    const gateway = new SimulatedPaymentGateway();
    const first = await gateway.charge(request('test_success_visa'));
    expect(await gateway.charge(request('test_success_visa'))).toBe(first);
    expect(gateway.charges).toEqual([first]);
    expect(first).toMatchObject({ card_brand: 'visa', fees: { processing: 29, fixed: 30, total: 59 } });
  });

  it('refuses a key that was used for another charge', async () => {
    const gateway = new SimulatedPaymentGateway();
    await gateway.charge(request('test_success_visa'));
    const other = await gateway.charge(request('test_success_visa', { amount: 1 }));
    expect(other).toMatchObject({ status: 'invalid_request' });
  });
});

describe('the simulated inventory', () => {
  const grinders = (quantity: number, reference: string) => ({ productId: 5, quantity, reference });

  it('keeps goods once per order, and none that it has not', async () => {
    const inventory = new SimulatedInventory();
    const kept = await inventory.reserve(grinders(10, 'order_1'));
    expect(kept).toMatchObject({ status: 'reserved', quantity_reserved: 10 });
    expect(await inventory.reserve(grinders(10, 'order_1'))).toBe(kept);
    expect(inventory.level(5)).toBe(5);
    const more = grinders(10, 'order_2');
    expect(await inventory.checkAvailability(more)).toMatchObject({ available: false, stock_level: 5 });
    expect(await inventory.reserve(more)).toMatchObject({ status: 'insufficient_stock', quantity_reserved: 0 });
    expect(inventory.level(5)).toBe(5);
  });

  it('counts what an order holds as available to it', async () => {
    const inventory = new SimulatedInventory();
    await inventory.reserve(grinders(10, 'order_1'));
    const availability = await inventory.checkAvailability(grinders(10, 'order_1'));
    expect(availability).toMatchObject({ available: true, stock_level: 15 });
  });

  it('has a hundred of what nobody listed', async () => {
    const request = { productId: 99, quantity: 1, reference: 'order_1' };
    expect(await new SimulatedInventory().checkAvailability(request)).toMatchObject({ stock_level: 100 });
  });
});
