import { randomUUID } from 'node:crypto';
import { contentHash } from './canonical-json.js';

/** What the identity of a request is made from (spec 01 §4.4, with namespace and version added). */
export interface IdentityInput {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly initiator: string;
  readonly sourceSystem: string;
  readonly reason: string;
  readonly context: unknown;
  readonly bypassSteps: readonly string[];
  readonly tags: readonly string[];
  readonly requestedAt: Date;
}

/** Gives each request its identity; two requests with the same identity make one task. */
export interface IdentityStrategy {
  /** At most 128 characters. */
  identityOf(input: IdentityInput): string;
}

/** Every request is its own: nothing is ever a duplicate. The default. */
export class UniqueIdentity implements IdentityStrategy {
  identityOf(): string {
    return randomUUID();
  }
}

/**
 * Equal requests within one clock minute are one: SHA-256 over the canonical JSON of the request, `requestedAt` cut to
 * the minute in UTC, so neither key order nor the machine's time zone matters.
 */
export class HashIdentity implements IdentityStrategy {
  identityOf(input: IdentityInput): string {
    const minute = input.requestedAt.toISOString().slice(0, 16);
    return contentHash({ ...input, requestedAt: minute });
  }
}

/** The identity of a request that brings its own key: the key is unique per namespace and task name. */
export function identityOfKey(namespace: string, name: string, idempotencyKey: string): string {
  return `key:${contentHash([namespace, name, idempotencyKey])}`;
}

/**
 * Equal for requests that say the same, as they say it: nothing filled in, what is left out as good as not known. Null
 * for what has no JSON.
 */
export function requestHashOf(facts: Readonly<Record<string, unknown>>): string | null {
  try {
    return contentHash(JSON.parse(JSON.stringify(facts)));
  } catch {
    return null;
  }
}
