/**
 * Reads an HTTP `Retry-After` value: seconds or an HTTP date. Never throws: what cannot be read gives null, and the
 * ordinary backoff applies (spec 03 §3.4).
 *
 * @returns seconds from `now`, 0 or more (a date in the past gives 0), or null
 */
export function parseRetryAfter(value: string | number | null | undefined, now: Date): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null;
  const text = value.trim();
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
  if (!/^[A-Za-z]{3,9},? .*\d/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, (at - now.getTime()) / 1000);
}
