import { type Check } from './check.js';

/** A moment that has been due for so long was seen by nobody. */
const NEGLECTED = `interval '5 minutes'`;

/** Every schedule waits for a moment, and is not left waiting. */
export const SCHEDULE_CHECKS: readonly Check[] = [
  {
    code: 'schedule-without-moment',
    group: 'schedules',
    subject: 'schedule',
    rule: 'a schedule that is enabled waits for a moment',
    meaning: 'They would never create a task again.',
    sql: `select schedule_id as id, null::bigint as task_id, name || ' waits for nothing' as found,
        'a next_run_at' as expected
      from $schema.tasker_schedules where enabled and next_run_at is null and last_error is null`,
    repair: null,
    left: 'pause and resume them: that finds their next moment',
  },
  {
    code: 'schedule-neglected',
    group: 'schedules',
    subject: 'schedule',
    rule: 'a schedule that is due is kept',
    meaning: 'No worker keeps them: probably none runs.',
    sql: `select schedule_id as id, null::bigint as task_id, name || ' due since ' || next_run_at as found,
        'kept within seconds' as expected
      from $schema.tasker_schedules
      where paused_at is null and next_run_at < coalesce($1::timestamptz, clock_timestamp()) - ${NEGLECTED}`,
    repair: null,
    left: 'start a worker: what was missed is then made up for as each schedule says',
    isAboutFleet: true,
  },
  {
    code: 'schedule-failing',
    group: 'schedules',
    subject: 'schedule',
    rule: 'a schedule could create its last task',
    meaning: 'Their workflow refuses what they ask for; they go on trying at each moment.',
    sql: `select schedule_id as id, null::bigint as task_id, name || ': ' || left(last_error, 200) as found,
        'created' as expected
      from $schema.tasker_schedules where last_error is not null`,
    repair: null,
    left: 'mend the context of the schedule, or the schema of its workflow',
    isAboutFleet: true,
  },
];
