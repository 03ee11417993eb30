import { createEmptyDatabase } from '../../../test/support/database.js';
import { startProcess } from '../../../test/support/processes.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { SAMPLE_ORDERS } from '../sample-orders.js';

describe('the shop as a process of its own', () => {
  it('makes its tables, takes an order, and ends in good order', async () => {
    const database = await createEmptyDatabase({ label: 'main' });
    const shop = startProcess('examples/ecommerce/main.ts', { env: { SHOP_DATABASE_URL: database.url, PORT: '0' } });
    const line = await shop.waitForLine('The shop is at ', { timeoutMs: 45_000 });
    const base = `http://127.0.0.1:${new URL(line.slice(line.indexOf('http'))).port}`;
    const checkout = await fetch(`${base}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SAMPLE_ORDERS.successfulCheckout),
    });
    const { status_url } = (await checkout.json()) as { status_url: string };
    const status = async () => (await (await fetch(base + status_url)).json()) as { status: string };
    await waitFor(async () => (await status()).status === 'completed', { message: status });
    expect(await status()).toMatchObject({ order_id: 1, total: 324.56 });

    expect(await shop.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    await database.drop();
  });

  it('says what it needs', async () => {
    const shop = startProcess('examples/ecommerce/main.ts', { env: { SHOP_DATABASE_URL: '' } });
    expect((await shop.exited).code).toBe(1);
    expect(shop.lines.join('\n')).toContain('SHOP_DATABASE_URL must name the database of the shop.');
  });
});
