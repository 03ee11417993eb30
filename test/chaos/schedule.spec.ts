import { DISTURBANCES, schedule } from './schedule.js';
import { workflows } from './workflows.js';

const LEASE_MS = 2_000;

it('is the same for the same seed, and another for another', () => {
  expect(schedule(7, 30, LEASE_MS)).toEqual(schedule(7, 30, LEASE_MS));
  expect(schedule(7, 30, LEASE_MS)).not.toEqual(schedule(8, 30, LEASE_MS));
  expect(workflows(7)).toEqual(workflows(7));
  expect(workflows(7)).not.toEqual(workflows(8));
});

it('begins a longer run as a shorter one', () => {
  const short = schedule(7, 10, LEASE_MS);
  expect(schedule(7, 60, LEASE_MS).slice(0, short.length)).toEqual(short);
});

it('has something of everything in every ten seconds', () => {
  expect(new Set(schedule(7, 10, LEASE_MS).map(({ does }) => does))).toEqual(new Set(DISTURBANCES));
});

it('freezes for longer than a lease and naps for less', () => {
  for (const { does, ms } of schedule(7, 100, LEASE_MS)) {
    if (does === 'freeze') expect(ms).toBeGreaterThan(LEASE_MS * 1.3);
    if (does === 'nap') expect(ms).toBeLessThan(LEASE_MS * 0.7);
  }
});
