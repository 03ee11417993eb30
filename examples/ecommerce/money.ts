/** Money is counted in whole cents, so that sums and comparisons are exact; JSON carries it as a decimal number. */
export type Cents = number;

/** Undefined when the amount is no whole number of cents. */
export function toCents(amount: number): Cents | undefined {
  const text = amount.toFixed(2);
  const cents = Number(text.replace('.', ''));
  return Number(text) === amount && Number.isSafeInteger(cents) ? cents : undefined;
}

export function fromCents(cents: Cents): number {
  return cents / 100;
}

/** `parts` of every `whole`, e.g. 8 of 100; half a cent is rounded up. */
export function shareOf(cents: Cents, parts: number, whole: number): Cents {
  return Math.floor((cents * parts * 2 + whole) / (whole * 2));
}

export function formatMoney(cents: Cents, currency: string): string {
  return `${(cents / 100).toFixed(2)} ${currency}`;
}
