import { type SecretKeys } from './secret-keys.js';

/**
 * What looks like a secret in running text: passwords in addresses, headers with credentials, `name=value` and
 * `"name": "value"` of names that {@link SecretKeys} knows. Every pattern is bounded, so that no text takes long.
 */
const ADDRESS = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/]{0,256}):[^\s/]{1,256}@/gi;
const HEADER = /\b((?:set-|proxy-)?(?:cookie|authorization)["']?\s{0,3}[:=]\s{0,3}["']?)[^\n"']{1,4000}/gi;
const SCHEME = /\b(Bearer|Basic)\s{1,3}(?=[A-Za-z+/._~-]{0,512}[0-9=])[A-Za-z0-9+/=._~-]{6,4000}/gi;
const NAME = /(["']?)(?<![\w.-])([A-Za-z][\w.-]{1,63})\1\s{0,3}[=:]\s{0,3}/g;
const VALUE = /"[^"\n]{0,2000}"|'[^'\n]{0,2000}'|[^\s,;&"'}\])]{1,2000}/y;
const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;

export function maskSecrets(text: string, keys: SecretKeys, mask: string): string {
  if (!/[:=]|bearer|basic/i.test(text)) return text;
  const masked = text
    .replace(ADDRESS, (_all, before: string) => `${before}:${mask}@`)
    .replace(HEADER, (_all, before: string) => `${before}${mask}`)
    .replace(SCHEME, (_all, scheme: string) => `${scheme} ${mask}`);
  return maskPairs(masked, keys, mask);
}

function maskPairs(text: string, keys: SecretKeys, mask: string): string {
  let masked = '';
  let done = 0;
  for (const found of text.matchAll(NAME)) {
    const start = found.index + found[0].length;
    // What was masked as the value of another name, and what was masked before, is not looked into.
    if (start <= done || !keys.has(found[2]!) || text.startsWith(mask, start)) continue;
    VALUE.lastIndex = start;
    const value = VALUE.exec(text)?.[0];
    if (value === undefined) continue;
    const quote = value.startsWith('"') || value.startsWith("'") ? value[0]! : '';
    masked += `${text.slice(done, start)}${quote}${mask}${quote}`;
    done = start + value.length;
  }
  return masked + text.slice(done);
}

export function maskEmails(text: string, mask: string): string {
  return text.includes('@') ? text.replace(EMAIL, () => mask) : text;
}

/** Known secrets, longest first, wherever they stand. */
export function maskValues(text: string, values: readonly string[], mask: string): string {
  let masked = text;
  for (const value of values) if (masked.includes(value)) masked = masked.replaceAll(value, () => mask);
  return masked;
}
