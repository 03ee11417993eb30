import { type Cents, shareOf } from './money.js';

/** One line of a cart at the catalogue's price. */
export interface PricedLine {
  readonly productId: number;
  readonly name: string;
  readonly price: Cents;
  readonly quantity: number;
}

export interface PricedCart {
  readonly lines: readonly PricedLine[];
  readonly subtotal: Cents;
  readonly tax: Cents;
  readonly shipping: Cents;
  readonly total: Cents;
}

const TAX_PERCENT = 8;
const POUNDS_PER_UNIT = 0.5;
/** Up to so many pounds, for so much. */
const SHIPPING: readonly { readonly pounds: number; readonly price: Cents }[] = [
  { pounds: 2, price: 599 },
  { pounds: 10, price: 999 },
  { pounds: Infinity, price: 1499 },
];

export function priceCart(lines: readonly PricedLine[]): PricedCart {
  const subtotal = sum(lines.map(lineTotal));
  const tax = shareOf(subtotal, TAX_PERCENT, 100);
  const pounds = sum(lines.map(({ quantity }) => quantity)) * POUNDS_PER_UNIT;
  const shipping = SHIPPING.find((rate) => pounds <= rate.pounds)!.price;
  return { lines, subtotal, tax, shipping, total: subtotal + tax + shipping };
}

export function lineTotal({ price, quantity }: PricedLine): Cents {
  return price * quantity;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
