/**
 * What is done to the system and when, from the seed alone: the same seed gives the same acts at the same moments, and a
 * longer run begins as a shorter one does. What the acts meet differs from run to run; that cannot be repeated.
 */
import { Random } from './random.js';

export const DISTURBANCES = [
  'kill', 'terminate', 'freeze', 'nap', 'cut', 'restart', 'operate', 'pauseNamespace', 'redis',
] as const; // prettier-ignore

export interface Act {
  readonly atMs: number;
  readonly does: (typeof DISTURBANCES)[number];
  /** In [0, 1): decides whom it hits, among those there are at the moment. */
  readonly pick: number;
  /** How long it lasts, or how long until what is gone is replaced. */
  readonly ms: number;
  /** For a restart: how the server is stopped. For a cut: whose connections. */
  readonly how: string;
}

/** How often each is done in ten seconds. The server alternates between its two ways of stopping. */
export type Deck = Readonly<Record<Act['does'], number>>;
export const DECK: Deck = {
  kill: 3,
  terminate: 1,
  freeze: 1,
  nap: 1,
  cut: 4,
  restart: 1,
  operate: 40,
  pauseNamespace: 1,
  redis: 2,
};
const WINDOW_MS = 10_000;

/** @param leaseMs a freeze lasts longer than that, a nap does not */
export function schedule(seed: number, seconds: number, leaseMs: number, deck: Deck = DECK): Act[] {
  const acts: Act[] = [];
  for (let window = 0; window * WINDOW_MS < seconds * 1000; window++) {
    const random = new Random('schedule', seed, window);
    for (const does of DISTURBANCES) {
      for (let count = 0; count < deck[does]; count++) {
        const atMs = window * WINDOW_MS + random.between(0, WINDOW_MS - 1);
        acts.push({ atMs, does, pick: random.next(), ...details(does, random, window, leaseMs) });
      }
    }
  }
  return acts.filter(({ atMs }) => atMs < seconds * 1000).sort((a, b) => a.atMs - b.atMs);
}

function details(does: Act['does'], random: Random, window: number, leaseMs: number): Pick<Act, 'ms' | 'how'> {
  switch (does) {
    case 'kill':
    case 'terminate':
      return { ms: random.between(100, 1500), how: '' };
    case 'freeze':
      return { ms: Math.round(leaseMs * (1.4 + random.next() * 1.2)), how: '' };
    case 'nap':
      return { ms: Math.round(leaseMs * (0.2 + random.next() * 0.4)), how: '' };
    case 'cut':
      return { ms: 0, how: random.weighted({ one: 4, process: 2, everybody: 1 }) };
    case 'restart':
      return { ms: random.chance(0.7) ? 0 : random.between(200, 3000), how: window % 2 === 0 ? 'immediate' : 'fast' };
    case 'operate':
      return {
        ms: random.between(300, 2500),
        how: random.weighted({
          cancelTask: 3, cancelStep: 2, retryTask: 6, retryStep: 6, resolveStep: 4, skipStep: 2, resolveTask: 1, pauseTask: 4,
        }),
      }; // prettier-ignore
    case 'pauseNamespace':
      return { ms: random.between(500, 2500), how: '' };
    case 'redis':
      return { ms: 0, how: random.pick(['flush', 'disconnect', 'restart']) };
  }
}
