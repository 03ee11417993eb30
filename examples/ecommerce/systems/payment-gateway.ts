import { type Cents } from '../money.js';

export interface ChargeRequest {
  readonly amount: Cents;
  readonly currency: string;
  readonly method: string;
  /** Stands for the card; the shop never sees its number. */
  readonly token: string;
  /** Two requests with one key are one charge. */
  readonly idempotencyKey: string;
}

export interface Charge {
  readonly status: 'succeeded';
  readonly payment_id: string;
  readonly transaction_id: string;
  readonly amount_charged: Cents;
  readonly currency: string;
  readonly payment_method_type: string;
  readonly card_brand: string | null;
  readonly processed_at: string;
  readonly fees: { readonly processing: Cents; readonly fixed: Cents; readonly total: Cents };
}

/** Anything but success: `card_declined`, `rate_limited`, … New ones may come without notice. */
export interface Refusal {
  readonly status: string;
  readonly message?: string;
}

/** Charges customers. It may also be unreachable: then `charge` throws. */
export abstract class PaymentGateway {
  abstract charge(request: ChargeRequest, options: { readonly signal: AbortSignal }): Promise<Charge | Refusal>;
}

export function isCharge(answer: Charge | Refusal): answer is Charge {
  return answer.status === 'succeeded';
}
