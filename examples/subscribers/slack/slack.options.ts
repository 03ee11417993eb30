export interface SlackOptions {
  /** An incoming webhook. */
  readonly url: string;
  readonly environment: string;
  /** By environment; what is not there goes nowhere. */
  readonly channels: Readonly<Record<string, string>>;
  /** @default 5000 */
  readonly timeoutMs?: number;
}

export const SLACK_OPTIONS = Symbol('SLACK_OPTIONS');
