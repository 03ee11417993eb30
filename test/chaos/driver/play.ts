/** Does to the system what the schedule says, when it says so. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Act } from '../schedule.js';
import { cutConnections } from './connections.js';
import { type Count } from './count.js';
import { type CreatorProcess } from './creator-process.js';
import { type Fleet } from './fleet.js';
import { type RedisUnderChaos } from './redis.js';
import { type Server } from './server.js';

export interface Stage {
  readonly url: string;
  readonly server: Server;
  readonly fleet: Fleet;
  readonly creator: CreatorProcess;
  readonly redis: RedisUnderChaos | null;
  readonly count: Count;
}

/** Resolves when the time is over and everything begun has ended. */
export async function play(stage: Stage, acts: readonly Act[], seconds: number): Promise<void> {
  const begin = performance.now();
  const begun: Promise<void>[] = [];
  for (const act of acts) {
    await delay(Math.max(0, begin + act.atMs - performance.now()));
    begun.push(perform(stage, act));
  }
  await delay(Math.max(0, begin + seconds * 1000 - performance.now()));
  await Promise.all(begun);
}

async function perform({ url, server, fleet, creator, redis, count }: Stage, act: Act): Promise<void> {
  switch (act.does) {
    case 'kill':
      await fleet.kill(act.pick);
      await delay(act.ms);
      return fleet.fill();
    case 'terminate':
      await Promise.all([fleet.terminate(act.pick), delay(act.ms).then(() => fleet.fill())]);
      return;
    case 'freeze':
    case 'nap':
      return fleet.freeze(act.pick, act.ms, act.does);
    case 'cut': {
      const cut = await cutConnections(url, act.how, act.pick, fleet.pid(act.pick) ?? creator.pid);
      if (cut === 0) return count.missed('cut');
      count.done('cut');
      return count.done('connectionsCut', cut);
    }
    case 'restart':
      if (!server.restart) return count.missed('restart');
      await server.restart(act.how as 'fast' | 'immediate', act.ms);
      return count.done(`restart ${act.how}`);
    case 'operate':
      return creator.operate(act.how, act.pick, act.ms);
    case 'pauseNamespace':
      return creator.operate('pauseNamespace', act.pick, act.ms);
    case 'redis':
      if (!redis) return count.missed('redis');
      await redis.disturb(act.how);
      return count.done(`redis ${act.how}`);
  }
}
