/**
 * How long until the next attempt. Computed once, when an attempt fails, and stored as the step's `ready_at`.
 *
 * Attempts 1 to 6 wait 1, 2, 4, 8, 16, 32 s; from the 7th on floor(n ^ multiplier) s (spec 03 §3.2). Jitter is taken
 * from the whole range of ± share and the cap comes last, so no delay ever exceeds it.
 */
export interface BackoffPolicy {
  /** Seconds to wait after attempt 1, 2, 3, … */
  readonly delaysSeconds: readonly number[];
  /** Beyond the list, attempt n waits n ^ multiplier seconds. */
  readonly multiplier: number;
  /** No delay is longer than this, jitter and a server's own wish included. */
  readonly maxSeconds: number;
  /** Share of the delay by which it may vary up or down, 0 to 1. 0 turns jitter off. */
  readonly jitter: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = {
  delaysSeconds: [1, 2, 4, 8, 16, 32],
  multiplier: 2,
  maxSeconds: 300,
  jitter: 0.1,
};

/**
 * Milliseconds to wait after `attempt` (1 for the first) has failed.
 * @param random a number in [0, 1)
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: () => number = Math.random): number {
  if (attempt <= 0) return 0;
  const seconds = policy.delaysSeconds[attempt - 1] ?? Math.floor(attempt ** policy.multiplier);
  const spread = 1 + policy.jitter * (2 * random() - 1);
  return Math.round(Math.min(seconds * spread, policy.maxSeconds) * 1000);
}

/** Milliseconds to wait when the called system has said how long (`Retry-After`): its wish, under the cap, no jitter. */
export function requestedDelayMs(policy: BackoffPolicy, seconds: number): number {
  return Math.round(Math.min(Math.max(0, seconds), policy.maxSeconds) * 1000);
}
