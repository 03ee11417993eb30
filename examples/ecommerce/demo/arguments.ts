import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** A PostgreSQL to use instead of an embedded one. */
  readonly database?: string;
  /** Keep the REST API up afterwards. */
  readonly serve: boolean;
  /** Where; 0 is any free port. */
  readonly port: number;
  readonly help: boolean;
}

/** What was asked for cannot be done; the message says why. */
export class UsageError extends Error {}

export const USAGE = `Usage: npm run demo -- [options]

Runs two orders through a workflow of five steps, on a PostgreSQL of its own, and shows what happens.

  --serve          keep the REST API up afterwards, until Ctrl-C
  --port PORT      where to serve it (default: any free port)
  --database URL   use this PostgreSQL (postgres://…) instead of an embedded one,
                   in a schema of its own that is dropped at the end
  --help           show this

NO_COLOR=1, CI=1 or a pipe give plain lines instead of a live view.`;

const OPTIONS = {
  database: { type: 'string' },
  serve: { type: 'boolean' },
  port: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError */
export function parseDemoArguments(given: readonly string[], env: NodeJS.ProcessEnv): DemoOptions {
  // npm takes the `--` out, others leave it in.
  const args = given[0] === '--' ? given.slice(1) : given;
  refuseWhatNpmKept(args, env);
  const { database, serve = false, port, help = false } = parse(args);
  if (port !== undefined && !serve && !help) throw new UsageError('--port goes with --serve.');
  return { ...(database !== undefined && { database: address(database) }), serve, port: portNumber(port), help };
}

/** Without the `--`, npm takes options for its own, and the demo would run as if none had been given. */
function refuseWhatNpmKept(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const kept = Object.keys(OPTIONS).find((name) => name !== 'help' && env[`npm_config_${name}`] !== undefined);
  if (kept === undefined || args.some((arg) => arg.startsWith('--'))) return;
  throw new UsageError(`npm kept --${kept} for itself. Write a -- before the options: npm run demo -- --${kept}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    // Node goes on to explain positional arguments, which there are none of here.
    const [what] = (error as Error).message.split(/\. (?:To specify|This command)/);
    throw new UsageError(`${what}.`);
  }
}

function address(database: string): string {
  if (/^postgres(ql)?:\/\//.test(database) && URL.canParse(database)) return database;
  throw new UsageError('--database takes an address like postgres://user:password@host:5432/name.');
}

function portNumber(port = '0'): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number <= 65_535) return number;
  throw new UsageError(`--port takes a number from 0 to 65535, not ${port}.`);
}
