import { PermanentError, RetryableError, type StepContext, StepHandler } from 'nestjs-tasker';
import { type OrderContext } from '../order-context.js';
import { Mailer, type MailReceipt } from '../systems/mailer.js';
import { type OrderResult } from './create-order.step.js';
import { required } from './required.js';
import { type ValidatedCart } from './validate-cart.step.js';

export interface ConfirmationResult {
  readonly email_sent: true;
  readonly recipient: string;
  readonly email_type: 'order_confirmation';
  readonly sent_at: string;
  readonly message_id: string;
}

const RATE_LIMIT_SECONDS = 60;

/** Tells the customer that the order is in. */
@StepHandler('send_confirmation')
export class SendConfirmation implements StepHandler {
  constructor(private readonly mailer: Mailer) {}

  async process({ task, sequence, idempotencyKey, signal }: StepContext): Promise<MailReceipt> {
    const customer = (task.context as Partial<OrderContext>).customer_info;
    const recipient = required(customer?.email, 'MISSING_CUSTOMER_EMAIL', "the customer's email address");
    const order = sequence.results('create_order') as Partial<OrderResult> | null;
    const number = required(order?.order_number, 'MISSING_ORDER_RESULT', 'the result of the order');
    const cart = sequence.results('validate_cart') as Partial<ValidatedCart> | null;
    const items = required(cart?.validated_items, 'MISSING_CART_VALIDATION', 'the validated cart');
    const { subtotal, tax, shipping, total } = cart ?? {};

    const receipt = await this.mailer.send(
      {
        template: 'order_confirmation',
        recipient,
        subject: `Your order ${number}`,
        values: {
          ...{ customer_name: customer?.name, order_number: number, items, subtotal, tax, shipping, total },
          estimated_delivery: order?.estimated_delivery,
          order_url: `https://shop.example.com/orders/${number}`,
        },
        idempotencyKey,
      },
      { signal },
    );
    if (receipt.status !== 'sent') throw notSent(receipt.status, recipient);
    return receipt;
  }

  processResults(receipt: MailReceipt): ConfirmationResult {
    return {
      email_sent: true,
      recipient: receipt.recipient,
      email_type: 'order_confirmation',
      sent_at: new Date().toISOString(),
      message_id: receipt.message_id,
    };
  }
}

function notSent(status: string, recipient: string): Error {
  const message = `the confirmation to ${recipient} was not sent: ${status}`;
  if (status === 'invalid_email') return new PermanentError(message, { errorCode: 'INVALID_EMAIL' });
  const retryAfter = status === 'rate_limited' ? RATE_LIMIT_SECONDS : undefined;
  return new RetryableError(message, { errorCode: status.toUpperCase(), retryAfter });
}
