/** One run: set up, let the chaos loose, let everything come to its end, stop all, check. */
import { randomBytes } from 'node:crypto';
import { check } from './check/check.js';
import { type Violation } from './check/life.js';
import { Count } from './driver/count.js';
import { CreatorProcess } from './driver/creator-process.js';
import { Fleet } from './driver/fleet.js';
import { play } from './driver/play.js';
import { RedisUnderChaos } from './driver/redis.js';
import { openServer, type Server } from './driver/server.js';
import { pausedTasks, type Rest, settle, settleEvents } from './driver/settle.js';
import { createDatabase, dropDatabase, withClient } from './driver/tables.js';
import { type Report } from './report.js';
import { type Deck, schedule } from './schedule.js';
import { LEASE_MS, POISON_LIMIT, type Setup, SUBSCRIBER } from './setup.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly workers: number;
  /** @default an embedded server, which can also be restarted */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** @default a bit of everything */
  readonly deck?: Deck;
}

/** What is left when the chaos ends must come to its end in this time. */
const SETTLE_MS = 60_000;

export async function runChaos(options: ChaosOptions): Promise<Report> {
  const server = await openServer(options.databaseUrl);
  const name = `tasker_chaos_${randomBytes(4).toString('hex')}`;
  try {
    const url = await createDatabase(server.url, name);
    return await runOn(server, url, options, name);
  } finally {
    await dropDatabase(server.url, name);
    await server.close();
  }
}

async function runOn(server: Server, url: string, options: ChaosOptions, name: string): Promise<Report> {
  const { seed, seconds, workers, redisUrl, deck } = options;
  const setup: Setup = { url, seed, redis: redisUrl === undefined ? null : { url: redisUrl, name } };
  const redis = setup.redis && new RedisUnderChaos(setup.redis.url, name);
  const count = new Count();
  const operator = new Count();
  const fleet = new Fleet(setup, workers, count);
  const creator = new CreatorProcess(setup, operator);
  try {
    await Promise.all([fleet.fill(), creator.ready()]);
    const begin = performance.now();
    await play({ url, server, fleet, creator, redis, count }, schedule(seed, seconds, LEASE_MS, deck), seconds);
    await Promise.all([creator.stop(), fleet.fill()]);

    const chaosEnded = performance.now();
    const troubles = await comeToRest(url, creator);
    const settledMs = performance.now() - chaosEnded;
    await Promise.all([fleet.close(), creator.close()]);
    const { tally, events, violations } = await withClient(url, (client) => check(client, creator, POISON_LIMIT));
    const durationMs = performance.now() - begin;
    return {
      seed,
      seconds,
      workers,
      durationMs,
      settledMs,
      throughput: tally.executions / ((chaosEnded - begin + settledMs) / 1000),
      requests: { confirmed: creator.created.size, unknown: creator.unknown.size, undone: creator.undone.size },
      rows: tally,
      events,
      chaos: count,
      operator,
      fencedByWorkers: fleet.fenced,
      violations: [...[...troubles, ...fleet.troubles, ...creator.troubles].map(trouble), ...violations],
    };
  } finally {
    await Promise.all([fleet.close(), creator.close()]);
    await redis?.close();
  }
}

/** First what is not held back, then what was. */
async function comeToRest(url: string, creator: CreatorProcess): Promise<string[]> {
  return withClient(url, async (client) => {
    const troubles = late(await settle(client, SETTLE_MS), 'the chaos had ended');
    await creator.resume(await pausedTasks(client));
    troubles.push(...late(await settle(client, SETTLE_MS), 'the paused tasks were resumed'));
    if (!(await settleEvents(client, SUBSCRIBER, SETTLE_MS))) {
      troubles.push(`${SETTLE_MS / 1000} s after all had come to rest, the durable subscriber had not been told all`);
    }
    return troubles;
  });
}

function late({ open, running }: Rest, when: string): string[] {
  if (open === 0 && running === 0) return [];
  return [`${SETTLE_MS / 1000} s after ${when}, ${open} tasks were open and ${running} steps claimed`];
}

function trouble(found: string): Violation {
  const [first, ...details] = found.split('\n');
  return { rule: 'the run goes as it should', subject: 'the run', found: first!, details };
}
