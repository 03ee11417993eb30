import { Command, InvalidArgumentError } from 'commander';
import { type TaskerDatabase } from '../persistence/database.js';
import { migrationStatus, revertMigrations, runMigrations } from '../persistence/migrations.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from './database-options.js';

interface MigrateFlags extends DatabaseFlags {
  readonly json?: boolean;
  readonly steps: number;
}

/** `tasker migrate up | down | status`. */
export function migrateCommand(): Command {
  const up = new Command('up').description('apply what is missing; safe while other processes do the same');
  const down = new Command('down')
    .description('undo the newest migrations; tables that go take their rows with them')
    .option('--steps <n>', 'how many to undo', wholeNumber, 1);
  const status = new Command('status').description('say which migrations are applied; exit code 1 when some are not');

  action(up, async (database) => {
    const applied = await runMigrations(database.dataSource, database.schema);
    return {
      result: { applied },
      lines: applied.length === 0 ? ['Nothing to do.'] : applied.map((name) => `applied ${name}`),
    };
  });
  action(down, async (database, { steps }) => {
    const undone = await revertMigrations(database.dataSource, steps, database.schema);
    return {
      result: { undone },
      lines: undone.length === 0 ? ['Nothing to undo.'] : undone.map((name) => `undone ${name}`),
    };
  });
  action(status, async (database) => {
    const migrations = await migrationStatus(database.dataSource, database.schema);
    if (migrations.some((migration) => !migration.applied)) process.exitCode = 1;
    return {
      result: { migrations },
      lines: migrations.map(({ name, applied }) => `${applied ? 'applied' : 'missing'}  ${name}`),
    };
  });
  return new Command('migrate')
    .description("create and change nestjs-tasker's tables")
    .addCommand(up)
    .addCommand(down)
    .addCommand(status);
}

function action(
  command: Command,
  work: (database: TaskerDatabase, flags: MigrateFlags) => Promise<{ result: unknown; lines: string[] }>,
): void {
  withDatabaseOptions(command)
    .option('--json', 'print JSON')
    .action(async (flags: MigrateFlags) => {
      const { result, lines } = await withDatabase(flags, (database) => work(database, flags));
      console.log(flags.json ? JSON.stringify(result) : lines.join('\n'));
    });
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('Must be a whole number from 1 to 9999.');
  return Number(value);
}
