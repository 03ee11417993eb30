import { Command } from 'commander';
import { type ScheduleRecord } from '../core/schedule.js';
import { SystemClock } from '../core/clock.js';
import { DefinitionRegistry } from '../definitions/definition-registry.js';
import { StepHandlerRegistry } from '../definitions/step-handler-registry.js';
import { type Actor } from '../engine/actor.js';
import { DefinitionCatalog } from '../engine/definition-catalog.js';
import { ChangeFeed } from '../engine/events/change-feed.js';
import { CreationFeed } from '../engine/events/creation-feed.js';
import { TaskFactsReader } from '../engine/events/task-facts.js';
import { EventHub } from '../events/event-hub.js';
import { EngineSignals } from '../engine/engine-signals.js';
import { ScheduledTasks } from '../engine/schedules/scheduled-tasks.js';
import { TaskerSchedules } from '../engine/schedules/tasker-schedules.js';
import { PostgresWakeup } from '../engine/wakeup/postgres-wakeup.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { DefinitionStore } from '../persistence/definition-store.js';
import { Notifications } from '../persistence/notifications.js';
import { ScheduleStore } from '../persistence/schedule-store.js';
import { DEFAULT_EXECUTION } from '../tasker.options.js';
import { requireCurrentSchema } from './current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from './database-options.js';

interface ScheduleFlags extends DatabaseFlags {
  readonly json?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

interface Answer {
  readonly result: unknown;
  readonly lines: readonly string[];
}

/** `tasker schedule list | pause | resume | run | delete`. */
export function scheduleCommand(): Command {
  const list = action(new Command('list'), 'show all schedules with what they wait for', async (schedules) => {
    const all = await schedules.list();
    return { result: { schedules: all }, lines: all.length === 0 ? ['There is no schedule.'] : all.flatMap(describe) };
  });
  const pause = act(
    'pause',
    'hold one back; moments that come meanwhile do not count',
    async (schedules, name, actor) => shown(await schedules.pause(name, actor)),
  );
  const resume = act('resume', 'let one go on with its next moment', async (schedules, name, actor) =>
    shown(await schedules.resume(name, actor)),
  );
  const run = act('run', 'create a task of it now', async (schedules, name, actor) => {
    const task = await schedules.runNow(name, actor);
    return {
      result: { task },
      lines: [`created task ${task.taskId} of ${task.namespace}.${task.name}@${task.version}`],
    };
  });
  const remove = act(
    'delete',
    'forget one; a declared one comes back when a process with its definition starts',
    async (schedules, name, actor) => {
      await schedules.delete(name, actor);
      return { result: { deleted: name }, lines: [`deleted ${name}`] };
    },
  );
  const command = new Command('schedule').description('look at what comes by the clock, hold it back or run it now');
  for (const sub of [list, pause, resume, run, remove]) command.addCommand(sub);
  return command;
}

function act(
  verb: string,
  description: string,
  work: (schedules: TaskerSchedules, name: string, actor: Actor) => Promise<Answer>,
): Command {
  const command = new Command(verb)
    .argument('<name>', 'as `tasker schedule list` shows it')
    .option('--by <who>', 'kept in the audit')
    .option('--reason <why>', 'kept in the audit');
  return action(command, description, (schedules, { by, reason }, [name]) => work(schedules, name!, { by, reason }));
}

function action(
  command: Command,
  description: string,
  work: (schedules: TaskerSchedules, flags: ScheduleFlags, args: readonly string[]) => Promise<Answer>,
): Command {
  return withDatabaseOptions(command)
    .description(description)
    .option('--json', 'print JSON')
    .action(async () => {
      const flags = command.opts<ScheduleFlags>();
      const { result, lines } = await withDatabase(flags, async (database) => {
        await requireCurrentSchema(database);
        return work(schedulesOf(database), flags, command.args);
      });
      console.log(flags.json ? JSON.stringify(result) : lines.join('\n'));
    });
}

/** Without an application: what a schedule's tasks are of stands in the database. */
function schedulesOf(database: TaskerDatabase): TaskerSchedules {
  const clock = new SystemClock();
  const registry = new DefinitionRegistry();
  const catalog = new DefinitionCatalog(registry, new StepHandlerRegistry(), new DefinitionStore(database));
  const wakeup = new PostgresWakeup(new Notifications(database));
  const options = { execution: DEFAULT_EXECUTION };
  // Nobody listens here.
  const feed = new ChangeFeed(new EventHub(), new TaskFactsReader(database, catalog));
  const events = new CreationFeed(database, feed);
  const tasks = new ScheduledTasks(database, clock, catalog, wakeup, new EngineSignals(), events, options);
  return new TaskerSchedules(new ScheduleStore(database, clock), tasks, registry, catalog, options);
}

function shown(schedule: ScheduleRecord): Answer {
  return { result: { schedule }, lines: describe(schedule) };
}

function describe(schedule: ScheduleRecord): string[] {
  const { name, namespace, taskName, version, cron, timeZone, runAt, lastRunAt, lastTaskId, lastError } = schedule;
  const when = cron === null ? `once at ${runAt!.toISOString()}` : `${cron} (${timeZone})`;
  const last = lastRunAt ? `, last ${lastRunAt.toISOString()} (task ${lastTaskId})` : '';
  return [
    `${name}: ${standing(schedule)}${last}`,
    `    ${namespace}.${taskName}@${version} at ${when}`,
    ...(lastError === null ? [] : [`    could not create its last task: ${lastError}`]),
  ];
}

function standing({ pausedAt, isEnabled, nextRunAt }: ScheduleRecord): string {
  if (pausedAt) return `paused since ${pausedAt.toISOString()}`;
  if (!isEnabled) return 'not enabled';
  return nextRunAt ? `next ${nextRunAt.toISOString()}` : 'waits for nothing';
}
