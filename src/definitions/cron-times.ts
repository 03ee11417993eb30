import { Cron } from 'croner';

/**
 * The moments that a cron expression means in a time zone: five fields, or six with seconds first, or a nickname such as
 * `@daily`. Daylight saving is that of the zone. A time of day that does not exist on a day comes at the first moment
 * after the gap, and one that a day has twice comes the first time only; expressions that repeat within the day (with
 * `*` or a step in the hours, minutes or seconds) go by the time that has passed instead.
 */
export class CronTimes {
  private constructor(private readonly pattern: Cron) {}

  /** @throws Error whose message says what is wrong with the expression or the zone */
  static read(cron: string, timeZone: string): CronTimes {
    const flaw = cronFlaw(cron) ?? timeZoneFlaw(timeZone);
    if (flaw !== undefined) throw new Error(flaw);
    return new CronTimes(parse(cron, timeZone));
  }

  /** The first moment after this one; null when there is none any more. */
  next(after: Date): Date | null {
    return this.pattern.nextRun(after);
  }

  /** The moments from `from` to `until`, both included, the first `limit` of them. */
  between(from: Date, until: Date, limit: number): Date[] {
    const moments: Date[] = [];
    let moment = this.next(new Date(from.getTime() - 1));
    while (moment && moment <= until && moments.length < limit) {
      moments.push(moment);
      moment = this.next(moment);
    }
    return moments;
  }

  /** The last moment from `from` to `until`, both included, however many lie between; null when there is none. */
  last(from: Date, until: Date): Date | null {
    let low = from.getTime() - 1;
    let found = this.next(new Date(low));
    if (!found || found > until) return null;
    // The next moment never comes earlier for a later start, so the last start that still has one is found by halving.
    for (let high = until.getTime(); high - low > 1;) {
      const middle = Math.floor((low + high) / 2);
      const moment = this.next(new Date(middle));
      if (moment && moment <= until) [low, found] = [middle, moment];
      else high = middle;
    }
    return found;
  }
}

/** What is wrong with a cron expression; undefined when nothing is. */
export function cronFlaw(cron: string): string | undefined {
  const isNickname = /^@[a-z]+$/i.test(cron);
  const fields = cron.trim().split(/\s+/).length;
  if (cron !== cron.trim() || (!isNickname && fields !== 5 && fields !== 6)) {
    return `"${cron}" is not a cron expression: five fields (minute hour day month weekday), or six with seconds first`;
  }
  try {
    if (parse(cron, 'UTC').nextRun(new Date()) === null) return `"${cron}" means no day that ever comes`;
    return undefined;
  } catch (error) {
    return `"${cron}" is not a cron expression: ${(error as Error).message.replace(/^CronPattern: /, '')}`;
  }
}

/** What is wrong with the name of a time zone; undefined when nothing is. */
export function timeZoneFlaw(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    if (/^[A-Za-z]/.test(timeZone)) return undefined;
  } catch {
    // Not known: said below.
  }
  return `"${timeZone}" is not a time zone such as "Europe/Berlin" or "UTC"`;
}

/** Without a function to call, so that no timer is ever set. */
function parse(cron: string, timezone: string): Cron {
  return new Cron(cron, { timezone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
}
