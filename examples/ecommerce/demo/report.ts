import { type TaskDetails } from 'nestjs-tasker';
import { type OrderResult } from '../steps/create-order.step.js';
import { type PaymentResult } from '../steps/process-payment.step.js';
import { type ConfirmationResult } from '../steps/send-confirmation.step.js';
import { type InventoryResult } from '../steps/update-inventory.step.js';
import { type Line } from './screen.js';

/** What a completed order has come to, from the results of its steps. */
export function orderReport(task: TaskDetails): Line[] {
  const results = Object.fromEntries(task.steps.map(({ name, results }) => [name, results]));
  const order = results.create_order as OrderResult;
  const payment = results.process_payment as PaymentResult;
  const inventory = results.update_inventory as InventoryResult;
  const mail = results.send_confirmation as ConfirmationResult;
  const attempts = task.steps.find(({ name }) => name === 'process_payment')?.attempts ?? 0;
  return facts({
    order: `${order.order_number}, ${order.status}, delivery by ${order.estimated_delivery}`,
    paid: `${payment.amount_charged} ${payment.currency}, charged once in ${attempts} attempts, ${payment.payment_id}`,
    reserved: `${inventory.total_items_reserved} units of ${inventory.updated_products.length} products`,
    mail: `to ${mail.recipient}, ${mail.message_id}`,
  });
}

/** What an operator sees of a task in error, and what can be done about it. */
export function failureReport(task: TaskDetails): Line[] {
  const failed = task.steps.find(({ state }) => state === 'error')!;
  const error = failed.error!;
  const waiting = task.steps.filter(({ state }) => state === 'pending').map(({ name }) => name);
  const done = task.steps.filter(({ state }) => state === 'complete').map(({ name }) => name);
  return facts({
    failed: `${failed.name} (step ${failed.stepId}), attempt ${failed.attempts} of ${failed.retryLimit}`,
    why: `${error.errorCode ?? error.errorClass}: ${error.message}`,
    retried: error.permanent ? 'no, its handler threw a PermanentError' : 'no, out of attempts',
    done: `${done.join(', ')}: stay done, whatever comes next`,
    'not started': waiting.join(', '),
    'what next': `retryTask(${task.taskId}), resolveStep(${failed.stepId}, results) or cancelTask(${task.taskId}) of TaskerService`,
  });
}

function facts(values: Readonly<Record<string, string>>): Line[] {
  const width = Math.max(...Object.keys(values).map((name) => name.length));
  return Object.entries(values).map(([name, value]) => [[`  ${name.padEnd(width)}  `, 'dim'], [value]]);
}
