import { Command } from 'commander';
import { SystemClock } from '../core/clock.js';
import { DoctorService, type Examination, type Repaired } from '../engine/doctor.service.js';
import { Notifications } from '../persistence/notifications.js';
import { DEFAULT_WORKER } from '../tasker.options.js';
import { requireCurrentSchema } from './current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from './database-options.js';
import { doctorJson, doctorText } from './doctor-report.js';
import { wholeNumber } from './numbers.js';

interface DoctorFlags extends DatabaseFlags {
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly limit: number;
  readonly poisonLimit: number;
}

/** `tasker doctor [--fix]`. Exit codes, for cron: 0 all is well, 1 something is wrong, 2 called wrongly. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'recompute from the rows what must hold of them, while workers run; exit code 1 when something is wrong',
    )
    .option('--fix', 'repair what can be repaired without guessing, and look again')
    .option('--limit <n>', 'rows to name of each problem', wholeNumber(1, 10_000), 10)
    .option(
      '--poison-limit <n>',
      'with --fix: a step that has taken so many workers down fails for good, as `worker.poisonLimit` has it',
      wholeNumber(1, 1_000),
      DEFAULT_WORKER.poisonLimit,
    )
    .option('--json', 'print JSON');
  return withDatabaseOptions(command).action(async (flags: DoctorFlags) => {
    const report = await withDatabase(flags, async (database) => {
      await requireCurrentSchema(database);
      const notifications = new Notifications(database);
      const doctor = new DoctorService(database, new SystemClock(), notifications, flags.poisonLimit);
      const result: Examination | Repaired = flags.fix ? await doctor.repair(flags) : await doctor.examine(flags);
      return { result, schema: database.schema };
    });
    console.log(flags.json ? JSON.stringify(doctorJson(report)) : doctorText(report));
    if (report.result.problems.length > 0) process.exitCode = 1;
  });
}
