import { PermanentError, RetryableError, type StepContext, StepHandler } from 'nestjs-tasker';
import { formatMoney, fromCents, toCents } from '../money.js';
import { type OrderContext, type PaymentInfo } from '../order-context.js';
import { type Charge, isCharge, PaymentGateway, type Refusal } from '../systems/payment-gateway.js';
import { required } from './required.js';
import { type ValidatedCart } from './validate-cart.step.js';

export interface PaymentResult {
  readonly payment_id: string;
  readonly amount_charged: number;
  readonly currency: string;
  readonly payment_method_type: string;
  readonly transaction_id: string;
  readonly processed_at: string;
  readonly status: 'completed';
}

/** Refusals that no later attempt will change, and the code an operator sees. All others are tried again. */
const FINAL_REFUSALS: Readonly<Record<string, string>> = {
  insufficient_funds: 'PAYMENT_DECLINED',
  card_declined: 'PAYMENT_DECLINED',
  invalid_card: 'PAYMENT_DECLINED',
  invalid_request: 'INVALID_REQUEST',
  authentication_failed: 'AUTHENTICATION_FAILED',
};
const RATE_LIMIT_SECONDS = 30;

/** Charges what the cart costs, once, and only if it is what the customer agreed to. */
@StepHandler('process_payment')
export class ProcessPayment implements StepHandler {
  constructor(private readonly gateway: PaymentGateway) {}

  async process({ task, sequence, idempotencyKey, signal }: StepContext): Promise<Charge> {
    const payment = (task.context as OrderContext).payment_info;
    const method = required(payment?.method, 'MISSING_PAYMENT_METHOD', 'the payment method');
    const token = required(payment.token, 'MISSING_PAYMENT_TOKEN', 'the payment token');
    const cart = sequence.results('validate_cart') as Partial<ValidatedCart> | null;
    const total = required(toCents(cart?.total ?? NaN), 'MISSING_CART_TOTAL', 'the total of the cart');
    requireAgreement(payment, total);

    const { currency } = payment;
    // The key makes this charge one charge, should an attempt be cut off after the customer has paid.
    const answer = await this.gateway.charge({ amount: total, currency, method, token, idempotencyKey }, { signal });
    if (!isCharge(answer)) throw refused(answer);
    return answer;
  }

  processResults(charge: Charge): PaymentResult {
    return {
      payment_id: charge.payment_id,
      amount_charged: fromCents(charge.amount_charged),
      currency: charge.currency,
      payment_method_type: charge.payment_method_type,
      transaction_id: charge.transaction_id,
      processed_at: charge.processed_at,
      status: 'completed',
    };
  }
}

function requireAgreement({ amount, currency }: PaymentInfo, total: number): void {
  if (toCents(amount) === total) return;
  throw new PermanentError(
    `the customer agreed to ${amount} ${currency}, the cart costs ${formatMoney(total, currency)}`,
    {
      errorCode: 'PAYMENT_AMOUNT_MISMATCH',
      context: { agreed: amount, total: fromCents(total) },
    },
  );
}

function refused({ status, message = 'the payment was refused' }: Refusal): Error {
  const context = { status };
  const final = FINAL_REFUSALS[status];
  if (final !== undefined) return new PermanentError(`${status}: ${message}`, { errorCode: final, context });
  const retryAfter = status === 'rate_limited' ? RATE_LIMIT_SECONDS : undefined;
  return new RetryableError(message, { errorCode: status.toUpperCase(), context, retryAfter });
}
