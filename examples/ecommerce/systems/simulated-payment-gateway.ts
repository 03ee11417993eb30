import { Injectable } from '@nestjs/common';
import { shareOf } from '../money.js';
import { type Charge, type ChargeRequest, type PaymentGateway, type Refusal } from './payment-gateway.js';
import { SimulatedSystem } from './simulated-system.js';

/** How a token begins decides what happens, so that every outcome can be had at will. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  test_insufficient_: { status: 'insufficient_funds', message: 'the account does not cover the amount' },
  test_invalid_: { status: 'invalid_card', message: 'the card is not valid' },
  test_timeout_: { status: 'gateway_timeout', message: 'the bank did not answer in time' },
  test_rate_limit_: { status: 'rate_limited', message: 'too many requests' },
  test_temp_fail_: { status: 'temporary_failure', message: 'the bank is busy' },
};
/** The first request of a charge is refused, the next one succeeds. */
const FLAKY = 'test_flaky_';
const UNAVAILABLE: Refusal = { status: 'service_unavailable', message: 'the payment service is not available' };
const KEY_REUSED: Refusal = { status: 'invalid_request', message: 'this idempotency key was used for another charge' };
/** The share of charges that succeed with any other token. */
const SUCCESS_RATE = 0.95;

@Injectable()
export class SimulatedPaymentGateway extends SimulatedSystem<'charge'> implements PaymentGateway {
  /** What customers really paid. */
  readonly charges: Charge[] = [];
  private readonly byKey = new Map<string, { readonly request: ChargeRequest; readonly charge: Charge }>();
  private readonly seen = new Set<string>();

  charge(request: ChargeRequest, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Charge | Refusal> {
    return this.answer('charge', [request], () => this.decide(request), signal);
  }

  private decide(request: ChargeRequest): Charge | Refusal {
    const known = this.byKey.get(request.idempotencyKey);
    if (known) return sameCharge(known.request, request) ? known.charge : KEY_REUSED;
    return this.refusal(request) ?? this.take(request);
  }

  private refusal({ token, idempotencyKey }: ChargeRequest): Refusal | undefined {
    const isFirst = !this.seen.has(idempotencyKey);
    this.seen.add(idempotencyKey);
    const prefix = Object.keys(REFUSALS).find((start) => token.startsWith(start));
    if (prefix !== undefined) return REFUSALS[prefix];
    if (token.startsWith(FLAKY)) return isFirst ? UNAVAILABLE : undefined;
    if (token.startsWith('test_success_')) return undefined;
    return Math.random() < SUCCESS_RATE ? undefined : UNAVAILABLE;
  }

  private take(request: ChargeRequest): Charge {
    const processing = shareOf(request.amount, 29, 1000);
    const fixed = 30;
    const charge: Charge = {
      status: 'succeeded',
      payment_id: this.newId('pay'),
      transaction_id: this.newId('txn'),
      amount_charged: request.amount,
      currency: request.currency,
      payment_method_type: request.method,
      card_brand: ['visa', 'mastercard', 'amex'].find((brand) => request.token.includes(brand)) ?? null,
      processed_at: new Date().toISOString(),
      fees: { processing, fixed, total: processing + fixed },
    };
    this.charges.push(charge);
    this.byKey.set(request.idempotencyKey, { request, charge });
    return charge;
  }
}

function sameCharge(one: ChargeRequest, other: ChargeRequest): boolean {
  return one.amount === other.amount && one.currency === other.currency && one.token === other.token;
}
