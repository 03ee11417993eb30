import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Cents } from '../money.js';

export interface NewOrder {
  readonly customerName: string;
  readonly customerEmail: string;
  readonly total: Cents;
  readonly currency: string;
  readonly paymentId: string;
  readonly reservationIds: readonly string[];
}

export interface Order extends NewOrder {
  readonly id: number;
  /** `ORD-20260131-1A2B3C4D` */
  readonly number: string;
  readonly status: 'confirmed';
  readonly paymentStatus: 'completed';
  readonly createdAt: Date;
}

/** An order that must not be written, with everything that is wrong with it. */
export class InvalidOrder extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The order is not valid: ${problems.join(', ')}.`);
  }
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The shop's own orders. In memory here; a repository in a real shop. */
@Injectable()
export class OrderBook {
  private readonly orders = new Map<string, Order>();

  /**
   * Written once per key, however often it is asked for.
   * @throws InvalidOrder
   */
  write(order: NewOrder, key: string): Order {
    const known = this.orders.get(key);
    if (known) return known;
    const problems = [
      ...(EMAIL.test(order.customerEmail) ? [] : ['the email address is not one']),
      ...(order.customerName.trim() === '' ? ['the customer has no name'] : []),
      ...(order.total > 0 ? [] : ['the total must be more than 0']),
    ];
    if (problems.length > 0) throw new InvalidOrder(problems);
    const createdAt = new Date();
    const written: Order = {
      ...order,
      id: this.orders.size + 1,
      number: orderNumber(createdAt),
      status: 'confirmed',
      paymentStatus: 'completed',
      createdAt,
    };
    this.orders.set(key, written);
    return written;
  }

  all(): readonly Order[] {
    return [...this.orders.values()];
  }
}

function orderNumber(day: Date): string {
  const date = day.toISOString().slice(0, 10).replaceAll('-', '');
  return `ORD-${date}-${randomBytes(4).toString('hex').toUpperCase()}`;
}
