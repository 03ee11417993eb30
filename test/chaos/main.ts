/** `npm run chaos`: see docs/chaos.md. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { toJson, toText } from './report.js';
import { runChaos } from './run.js';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    workers: { type: 'string', default: '4' },
    'database-url': { type: 'string' },
    'redis-url': { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (args.help) {
  console.log(`npm run chaos -- [--seconds 60] [--seed N] [--workers 4] [--json FILE]
                 [--database-url postgres://…] [--redis-url redis://…]`);
} else {
  const report = await runChaos({
    seconds: whole('seconds', args.seconds),
    seed: whole('seed', args.seed, 0),
    workers: whole('workers', args.workers),
    databaseUrl: args['database-url'],
    redisUrl: args['redis-url'],
  });
  console.log(toText(report));
  if (args.json) writeFileSync(args.json, toJson(report));
  process.exitCode = report.violations.length > 0 ? 1 : 0;
}

function whole(name: string, value: string, least = 1): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${name} ${value}: must be a whole number of ${least} or more`);
  process.exit(2);
}
