import { SAMPLE_ORDERS } from '../sample-orders.js';

export interface CurlLine {
  readonly purpose: string;
  readonly command: string;
}

/** What to try first, ready to be pasted into a shell. */
export function curlLines(base: string, taskId: number): CurlLine[] {
  const curl = (path: string) => `curl -sw '\\n' '${base}${path}'`;
  return [
    { purpose: 'create an order; its steps appear here while they run', command: `${curl('/tasks')} ${newOrder()}` },
    { purpose: 'list the orders, the newest first', command: curl('/tasks?sort_order=desc') },
    { purpose: 'look at one of them', command: curl(`/tasks/${taskId}`) },
    { purpose: 'look at its steps', command: curl(`/tasks/${taskId}/workflow_steps`) },
    { purpose: 'ask whether all is well', command: curl('/health/ready') },
  ];
}

/** The flaky order once more, without what may be left out: the line is long enough. */
function newOrder(): string {
  const { cart_items, payment_info, customer_info } = SAMPLE_ORDERS.flakyPayment;
  const { method, amount, currency, token } = payment_info;
  const { email, name } = customer_info;
  const context = {
    cart_items: cart_items.map(({ product_id, quantity, price }) => ({ product_id, quantity, price })),
    payment_info: { method, amount, currency, token },
    customer_info: { email, name },
  };
  const body = JSON.stringify({ name: 'process_order', namespace: 'ecommerce', context });
  return `-H 'content-type: application/json' -d '${body}'`;
}
