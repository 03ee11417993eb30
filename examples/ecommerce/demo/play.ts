import { TaskerService, type TaskDetails } from 'nestjs-tasker';
import { type INestApplication } from '@nestjs/common';
import { formatMoney, toCents } from '../money.js';
import { type OrderContext } from '../order-context.js';
import { SAMPLE_ORDERS } from '../sample-orders.js';
import { failureReport, orderReport } from './report.js';
import { type Line, type Screen } from './screen.js';
import { taskDiagram } from './task-diagram.js';
import { watchTask } from './watch-task.js';

/** Two orders: one that goes through at the second attempt, one that cannot. */
export async function playOrders(app: INestApplication, screen: Screen, signal: AbortSignal): Promise<TaskDetails[]> {
  const tasker = app.get(TaskerService);
  const place = async (title: string, remark: string, order: OrderContext): Promise<TaskDetails> => {
    screen.line([title, 'bold'], [`: ${summary(order)}`]);
    screen.line([remark, 'dim']);
    screen.line();
    const request = { name: 'process_order', namespace: 'ecommerce', context: { ...order } };
    const { taskId } = await tasker.createTask(request);
    const task = await watchTask(tasker, taskId, screen, signal);
    screen.line();
    return task;
  };

  const paid = await place(
    'Order 1',
    'The payment service is down at the first attempt; that step is tried again, the one before it is not.',
    SAMPLE_ORDERS.flakyPayment,
  );
  showLines(screen, [[`Task ${paid.taskId} is ${paid.state}.`, 'green']], ...orderReport(paid));
  showDiagram(screen, paid);

  const declined = await place(
    'Order 2',
    'The account does not cover it; no other attempt would change that, so there is none.',
    SAMPLE_ORDERS.paymentFailure,
  );
  showDiagram(screen, declined);
  const headline: Line = [[`Task ${declined.taskId} is in ${declined.state}. What an operator sees:`, 'red']];
  showLines(screen, headline, ...failureReport(declined));
  return [paid, declined];
}

function showDiagram(screen: Screen, task: TaskDetails): void {
  const headline: Line = [
    [`Task ${task.taskId} as a Mermaid diagram`, 'bold'],
    [', for Markdown or https://mermaid.live:'],
  ];
  const diagram = taskDiagram(task, new Date()).split('\n');
  showLines(screen, headline, [], ...diagram.map((text): Line => [[text]]));
}

function showLines(screen: Screen, ...lines: readonly Line[]): void {
  for (const line of lines) screen.line(...line);
  screen.line();
}

/** `2 × Bluetooth Headphones, 1 × Water Bottle for 324.56 USD` */
function summary({ cart_items: items, payment_info: payment }: OrderContext): string {
  const goods = items.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ');
  return `${goods} for ${formatMoney(toCents(payment.amount)!, payment.currency)}`;
}
