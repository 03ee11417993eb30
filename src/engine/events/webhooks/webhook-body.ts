import { toWire } from '../../../core/events/event-wire.js';

/** Bytes that a body may have. */
export const MAX_BODY = 256 * 1024;

/** An event as a request brings it. One that is too large comes without its payload, and says so. */
export function webhookBody(event: object): string {
  const wire = toWire(event);
  const body = JSON.stringify(wire);
  if (Buffer.byteLength(body) <= MAX_BODY) return body;
  const { payload, ...rest } = wire;
  const bytes = Buffer.byteLength(JSON.stringify(payload) ?? '');
  return JSON.stringify({ ...rest, payload: null, payload_omitted: { reason: 'too_large', bytes } });
}
