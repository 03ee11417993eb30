import { type SeverityRule } from './severity.js';

export interface PagerOptions {
  /** Takes alerts as PagerDuty's Events API v2 does. */
  readonly url: string;
  readonly routingKey: string;
  readonly rules: readonly SeverityRule[];
  /** @default 5000 */
  readonly timeoutMs?: number;
}

export const PAGER_OPTIONS = Symbol('PAGER_OPTIONS');
