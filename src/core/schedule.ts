/** What happens to moments of a schedule at which no process was there to keep it. */
export const MISSED_POLICIES = ['skip', 'once', 'all'] as const;
/** `skip`: they are gone; `once`: one task makes up for all of them; `all`: each gets its task. */
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** A schedule as it stands. */
export interface ScheduleRecord {
  readonly scheduleId: number;
  /** Of a declared one `namespace.name` of its workflow, otherwise what its creator called it. */
  readonly name: string;
  /** True: it comes from the definition of its workflow, and goes with it. */
  readonly isDeclared: boolean;
  /** Which workflow its tasks are of. */
  readonly namespace: string;
  readonly taskName: string;
  readonly version: string;
  readonly definitionId: number;
  /** Null when it runs once, at `runAt`. */
  readonly cron: string | null;
  readonly timeZone: string;
  readonly runAt: Date | null;
  readonly missed: MissedPolicy;
  readonly isEnabled: boolean;
  /** What its tasks are created with: `context`, and other fields of a task request. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Since when an operator holds it back. */
  readonly pausedAt: Date | null;
  /** The moment it waits for; null when there is none. */
  readonly nextRunAt: Date | null;
  /** The moment that its last task was for. */
  readonly lastRunAt: Date | null;
  readonly lastFiredAt: Date | null;
  readonly lastTaskId: number | null;
  /** Why no task could be created for the last moment; null when one was. */
  readonly lastError: string | null;
}
