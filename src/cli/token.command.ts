import { Command, InvalidArgumentError } from 'commander';
import { ApiTokens, DEFAULT_TOKEN_SECONDS } from '../auth/api-tokens.js';
import { SystemClock } from '../core/clock.js';
import { type ApiTokenRecord, ApiTokenStore } from '../persistence/api-token-store.js';
import { requireCurrentSchema } from './current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from './database-options.js';

interface TokenFlags extends DatabaseFlags {
  readonly scope?: readonly string[];
  readonly namespace?: readonly string[];
  /** Seconds; infinite: never. */
  readonly expiresIn: number;
  readonly all?: boolean;
  readonly by?: string;
  readonly json?: boolean;
}

interface Answer {
  readonly result: unknown;
  readonly lines: readonly string[];
}

/** `tasker token create | list | revoke`. */
export function tokenCommand(): Command {
  const create = new Command('create')
    .argument('<name>', 'what it is for')
    .requiredOption('--scope <patterns...>', 'what it may do: task.show, task.*, *.index, or * for everything')
    .option('--namespace <names...>', 'see and touch only these (default: all)')
    .option('--expires-in <time>', '90d, 12h, 30m, or never', lifetime, DEFAULT_TOKEN_SECONDS)
    .option('--by <who>', 'kept with the token and in the audit');
  const list = new Command('list').option('--all', 'those that were revoked, too');
  const revoke = new Command('revoke')
    .argument('<name>', 'the name, or the beginning up to the second underscore')
    .option('--by <who>', 'kept in the audit');
  const command = new Command('token').description('make, list and revoke the tokens of programs that use the API');
  command.addCommand(action(create, 'make one and print it, this once', created));
  command.addCommand(action(list, 'show those there are; never the tokens themselves', listed));
  command.addCommand(action(revoke, 'refuse one from its next request on', revoked));
  return command;
}

async function created(tokens: ApiTokens, flags: TokenFlags, [name]: readonly string[]): Promise<Answer> {
  const { token, record } = await tokens.create({
    name: name!,
    scopes: flags.scope!,
    namespaces: flags.namespace,
    expiresInSeconds: Number.isFinite(flags.expiresIn) ? flags.expiresIn : null,
    createdBy: flags.by,
  });
  // The token alone on the first line, for scripts.
  return { result: { token, ...record }, lines: [token, ...describe(record)] };
}

async function listed(tokens: ApiTokens, { all }: TokenFlags): Promise<Answer> {
  const found = (await tokens.list()).filter(({ revokedAt }) => all || revokedAt === null);
  return { result: { tokens: found }, lines: found.length === 0 ? ['There is no token.'] : found.flatMap(describe) };
}

async function revoked(tokens: ApiTokens, { by }: TokenFlags, [name]: readonly string[]): Promise<Answer> {
  const record = await tokens.revoke(name!, by);
  return { result: { token: record }, lines: [`revoked ${record.name} (${record.prefix})`] };
}

function action(
  command: Command,
  description: string,
  work: (tokens: ApiTokens, flags: TokenFlags, args: readonly string[]) => Promise<Answer>,
): Command {
  return withDatabaseOptions(command)
    .description(description)
    .option('--json', 'print JSON')
    .action(async () => {
      const flags = command.opts<TokenFlags>();
      const { result, lines } = await withDatabase(flags, async (database) => {
        await requireCurrentSchema(database);
        return work(new ApiTokens(new ApiTokenStore(database, new SystemClock())), flags, command.args);
      });
      console.log(flags.json ? JSON.stringify(result) : lines.join('\n'));
    });
}

function describe(token: ApiTokenRecord): string[] {
  const { name, prefix, scopes, namespaces, expiresAt, lastUsedAt, revokedAt } = token;
  const end = expiresAt ? `until ${expiresAt.toISOString()}` : 'until it is revoked';
  const standing = revokedAt ? `revoked ${revokedAt.toISOString()}` : end;
  return [
    `${name}: ${standing}${lastUsedAt ? `, last used ${lastUsedAt.toISOString()}` : ', never used'}`,
    `    ${prefix}_… may ${scopes.join(' ')} in ${namespaces ? namespaces.join(' ') : 'all namespaces'}`,
  ];
}

/** @throws InvalidArgumentError */
function lifetime(value: string): number {
  // Null would be read as "nothing was given".
  if (value === 'never') return Infinity;
  const [, number, unit] = /^([1-9]\d{0,5})([dhm])$/.exec(value) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Must be 90d, 12h, 30m, or never.');
  return Number(number) * (unit === 'd' ? 86_400 : unit === 'h' ? 3_600 : 60);
}
