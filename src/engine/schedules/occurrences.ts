import { type ScheduleRecord } from '../../core/schedule.js';
import { CronTimes } from '../../definitions/cron-times.js';

/** A moment that is kept within this time is kept; one that is seen later was missed. */
export const ON_TIME_MS = 60_000;

/** Tasks of one schedule created in one transaction; what is beyond comes in the next round. */
export const MAX_AT_ONCE = 100;

/** What a schedule does now. */
export interface Occurrences {
  /** The moments that get their task. */
  readonly run: readonly Date[];
  /** The moment it waits for then; null when there is none. */
  readonly next: Date | null;
}

/** What a due schedule does at `now`: of the moments since the one it waited for, those that its policy keeps. */
export function dueOccurrences(schedule: ScheduleRecord, now: Date): Occurrences {
  const { cron, timeZone, runAt, missed } = schedule;
  const onTimeFrom = new Date(now.getTime() - ON_TIME_MS);
  if (cron === null) return { run: runAt && (missed !== 'skip' || runAt >= onTimeFrom) ? [runAt] : [], next: null };
  const times = CronTimes.read(cron, timeZone);
  const from = schedule.nextRunAt ?? now;
  let run = times.between(missed === 'all' || from > onTimeFrom ? from : onTimeFrom, now, MAX_AT_ONCE);
  if (run.length === 0 && missed === 'once') run = [times.last(from, now)].filter((moment) => moment !== null);
  const isCut = run.length === MAX_AT_ONCE;
  return { run, next: times.next(isCut ? run.at(-1)! : now) };
}

/** The moment that a schedule waits for when it begins to wait at `now`. What has passed does not count. */
export function firstOccurrence(
  { cron, timeZone, runAt, isEnabled }: Pick<ScheduleRecord, 'cron' | 'timeZone' | 'runAt' | 'isEnabled'>,
  now: Date,
): Date | null {
  if (!isEnabled) return null;
  return cron === null ? runAt : CronTimes.read(cron, timeZone).next(now);
}
