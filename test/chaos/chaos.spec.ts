import { toText } from './report.js';
import { runChaos } from './run.js';

/** With three seeds a minute in all. */
const SECONDS = 20;

/** Setting up, coming to rest and checking take their time on a busy machine. */
const TIMEOUT_MS = 240_000;

const keepsEveryPromise = async (seed: number): Promise<void> => {
  const redisUrl = process.env.TASKER_TEST_REDIS_URL || undefined;
  const report = await runChaos({ seed, seconds: SECONDS, workers: 4, redisUrl });
  const { rows, chaos, violations } = report;
  // The whole report, so that a failure can be read.
  if (violations.length > 0) throw new Error(toText(report));
  expect(rows.tasks).toBeGreaterThan(20);
  expect(rows.effects).toBeGreaterThan(0);
  expect(rows.recovered).toBeGreaterThan(0);
  expect(chaos.of('kill')).toBeGreaterThan(0);
  expect(chaos.of('connectionsCut')).toBeGreaterThan(0);
  expect(chaos.of('restart immediate') + chaos.of('restart fast')).toBeGreaterThan(0);
};

it.each([1, 2, 3])('keeps every promise while everything is disturbed, seed %i', keepsEveryPromise, TIMEOUT_MS);
