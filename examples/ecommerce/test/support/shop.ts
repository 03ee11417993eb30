/** The shop as a test has it: the whole application on a database of the test's own, its outside systems at hand. */
import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type StepRecord, type TaskDetails, type TaskerOptions, TaskerService } from 'nestjs-tasker';
import { AppModule } from '../../app.module.js';
import { type OrderContext } from '../../order-context.js';
import { OrderBook } from '../../systems/order-book.js';
import { SimulatedCatalogue } from '../../systems/simulated-catalogue.js';
import { SimulatedInventory } from '../../systems/simulated-inventory.js';
import { SimulatedMailer } from '../../systems/simulated-mailer.js';
import { SimulatedPaymentGateway } from '../../systems/simulated-payment-gateway.js';

export interface Shop {
  readonly app: INestApplication;
  readonly tasker: TaskerService;
  readonly catalogue: SimulatedCatalogue;
  readonly payments: SimulatedPaymentGateway;
  readonly inventory: SimulatedInventory;
  readonly orders: OrderBook;
  readonly mailer: SimulatedMailer;
  /** Creates the order's task and waits for its end. */
  place(order: OrderContext): Promise<TaskDetails>;
}

/** Attempts follow each other at once, whatever a service asks for. */
const HURRY: TaskerOptions = { backoff: { delaysSeconds: [0.01], maxSeconds: 0.05, jitter: 0 } };

export async function openShop(databaseUrl: string): Promise<Shop> {
  const module = await Test.createTestingModule({
    imports: [AppModule.register({ databaseUrl, tasker: HURRY })],
  }).compile();
  const app = await module.createNestApplication({ logger: false }).init();
  const tasker = app.get(TaskerService);
  return {
    app,
    tasker,
    catalogue: app.get(SimulatedCatalogue),
    payments: app.get(SimulatedPaymentGateway),
    inventory: app.get(SimulatedInventory),
    orders: app.get(OrderBook),
    mailer: app.get(SimulatedMailer),
    async place(order) {
      const { taskId } = await tasker.createTask({
        name: 'process_order',
        namespace: 'ecommerce',
        context: { ...order },
      });
      return tasker.waitForTask(taskId);
    },
  };
}

export function stepOf(task: TaskDetails, name: string): StepRecord {
  const step = task.steps.find((candidate) => candidate.name === name);
  if (!step) throw new Error(`Task ${task.taskId} has no step ${name}.`);
  return step;
}

/** `{ validate_cart: 'complete', … }` */
export function statesOf(task: TaskDetails): Record<string, string> {
  return Object.fromEntries(task.steps.map(({ name, state }) => [name, state]));
}

/** How often each step was tried. */
export function attemptsOf(task: TaskDetails): number[] {
  return task.steps.map(({ attempts }) => attempts);
}
