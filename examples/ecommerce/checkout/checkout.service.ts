import { Injectable } from '@nestjs/common';
import { type TaskDetails, type TaskHandle, TaskerService } from 'nestjs-tasker';
import { type OrderContext } from '../order-context.js';
import { type OrderResult } from '../steps/create-order.step.js';

/** What a customer sends. */
export type Checkout = Omit<OrderContext, 'express_processing' | 'premium_processing'>;

/** Where an order stands, as the shop's pages show it. */
export type CheckoutStatus =
  | { readonly status: 'completed'; readonly order_id: number; readonly order_number: string; readonly total: number }
  | { readonly status: 'failed' | 'cancelled'; readonly failed_step: string | null; readonly error_code: string | null }
  | {
      readonly status: 'processing';
      readonly current_step: string | null;
      readonly completed_steps: number;
      readonly total_steps: number;
      readonly percentage: number;
    };

/** Orders as tasks: everything here goes through the public service of the library. */
@Injectable()
export class CheckoutService {
  constructor(private readonly tasker: TaskerService) {}

  start(checkout: Checkout): Promise<TaskHandle> {
    return this.tasker.createTask({
      name: 'process_order',
      namespace: 'ecommerce',
      context: { ...withFlags(checkout) },
      sourceSystem: 'shop',
      reason: 'checkout',
    });
  }

  async status(taskId: number): Promise<CheckoutStatus> {
    return toStatus(await this.tasker.getTask(taskId));
  }

  /** Runs the failed step once more. Refused unless the order has failed. */
  async retry(taskId: number): Promise<CheckoutStatus> {
    await this.tasker.retryTask(taskId, { by: 'shop', reason: 'asked for at the checkout' });
    return this.status(taskId);
  }
}

/** Notes for whoever looks at the task; no step depends on them. */
function withFlags(checkout: Checkout): OrderContext {
  return {
    ...checkout,
    ...(checkout.priority === 'express' && {
      express_processing: { payment_timeout_ms: 15_000, payment_retries: 1, email_retries: 2 },
    }),
    ...(checkout.customer_info?.tier === 'premium' && {
      premium_processing: { priority: 'high', faster_processing: true },
    }),
  };
}

function toStatus({ state, steps, totalSteps, openSteps }: TaskDetails): CheckoutStatus {
  if (state === 'complete' || state === 'resolved_manually') {
    const order = steps.find(({ name }) => name === 'create_order')?.results as Partial<OrderResult> | null;
    const { order_id = 0, order_number = '', total_amount: total = 0 } = order ?? {};
    return { status: 'completed', order_id, order_number, total };
  }
  if (state === 'error' || state === 'cancelled') {
    const failed = steps.find((step) => step.state === 'error');
    return {
      status: state === 'error' ? 'failed' : 'cancelled',
      failed_step: failed?.name ?? null,
      error_code: failed?.error?.errorCode ?? null,
    };
  }
  const current = steps.find((step) => step.processedAt === null);
  const completed = totalSteps - openSteps;
  return {
    status: 'processing',
    current_step: current?.name ?? null,
    completed_steps: completed,
    total_steps: totalSteps,
    percentage: Math.round((completed / totalSteps) * 100),
  };
}
