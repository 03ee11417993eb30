import { randomBytes } from 'node:crypto';

/** Letters, digits and `_ - . :`, which need no quotes anywhere and cannot forge a line of a log. */
const CORRELATION_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;

/** True for what may be taken over from somebody else, e.g. from a header. */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === 'string' && CORRELATION_ID.test(value);
}

/** A new one: `tsk_` and a UUID of version 7, which sorts by time and cannot be guessed. */
export function newCorrelationId(now = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `tsk_${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
