import { type FieldError, ValidationError } from '../../core/errors.js';
import { MISSED_POLICIES, type MissedPolicy } from '../../core/schedule.js';
import { cronFlaw, timeZoneFlaw } from '../../definitions/cron-times.js';
import { type TaskRequest } from '../task-request.js';

/** A schedule made at run time: by a cron expression, or once at a moment. */
export interface ScheduleRequest {
  /** What it is called from then on: letters, digits, `_`, `/` and `-`, at most 128. */
  readonly name: string;
  /** What its tasks are created with. The version is the one that this names now. */
  readonly task: Omit<TaskRequest, 'idempotencyKey' | 'onDuplicate' | 'requestedAt' | 'runAt'>;
  /** Five fields, six with seconds first, or a nickname such as `@daily`. Either this or `runAt`. */
  readonly cron?: string;
  /** Of `cron`. @default 'UTC' */
  readonly timeZone?: string;
  /** The only moment. */
  readonly runAt?: Date;
  /** What becomes of moments at which no process was there. @default 'once' */
  readonly missed?: MissedPolicy;
}

const KNOWN = new Set<string>(['name', 'task', 'cron', 'timeZone', 'runAt', 'missed']);
/** A task of a schedule gets these from the moment it is for. */
const OF_THE_MOMENT = ['idempotencyKey', 'onDuplicate', 'requestedAt', 'runAt'];
const MAX_CRON = 255;

/**
 * Refuses at the door what could never run. The task itself is checked as every task request is.
 * @throws ValidationError naming every field
 */
export function checkScheduleRequest(request: ScheduleRequest): void {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new ValidationError('A schedule was asked for without a request object.', [
      { path: '', code: 'type', message: 'must be an object' },
    ]);
  }
  const errors: FieldError[] = [];
  const wrong = (path: string, code: string, message: string | undefined): void => {
    if (message !== undefined) errors.push({ path, code, message });
  };
  const { name, task, cron, timeZone, runAt, missed } = request;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9_/-]{0,127}$/i.test(name)) {
    wrong('name', 'format', 'must be 1 to 128 letters, digits, _, / or -, beginning with a letter or digit');
  }
  if (typeof task !== 'object' || task === null) wrong('task', 'type', 'must be an object');
  else {
    for (const key of OF_THE_MOMENT) {
      if (key in task) wrong(`task.${key}`, 'unknown', 'comes from the moment that the task is for');
    }
  }
  if ((cron === undefined) === (runAt === undefined)) wrong('cron', 'required', 'or runAt must be given, and not both');
  if (cron !== undefined) {
    const fits = typeof cron === 'string' && cron.length <= MAX_CRON;
    wrong('cron', 'format', fits ? cronFlaw(cron) : `must be text of at most ${MAX_CRON} characters`);
  }
  if (runAt !== undefined) {
    const fits = runAt instanceof Date && !Number.isNaN(runAt.getTime()) && runAt.getUTCFullYear() <= 9999;
    wrong('runAt', 'type', fits ? undefined : 'must be a valid Date');
    if (timeZone !== undefined) wrong('timeZone', 'unknown', 'belongs to cron; runAt is an instant');
  } else if (timeZone !== undefined) {
    wrong('timeZone', 'format', typeof timeZone === 'string' ? timeZoneFlaw(timeZone) : 'must be text');
  }
  if (missed !== undefined && !(MISSED_POLICIES as readonly unknown[]).includes(missed)) {
    wrong('missed', 'enum', `must be one of ${MISSED_POLICIES.join(', ')}`);
  }
  for (const key of Object.keys(request)) if (!KNOWN.has(key)) wrong(key, 'unknown', 'is not a field of a schedule');
  if (errors.length === 0) return;
  const listed = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new ValidationError(`The schedule is not valid: ${listed}.`, errors);
}
