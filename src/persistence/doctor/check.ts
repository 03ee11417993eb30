/** What a check is about; the report is grouped by it. */
export type CheckGroup = 'readiness' | 'counters' | 'states' | 'claims' | 'history' | 'structure' | 'schedules';

/** Who puts it right: the repair of a whole task, the hand-back of claims, or (null) only a human being. */
export type Repair = 'task' | 'claims' | null;

/**
 * One thing that must hold of the rows, as the query that finds the rows for which it does not. The queries of all checks
 * are sent as one statement (see examine.ts), so they see one moment, and may be asked while workers run.
 */
export interface Check {
  /** For scripts: stable, and the same for every language. */
  readonly code: string;
  readonly group: CheckGroup;
  /** What `id` is the id of. */
  readonly subject: 'task' | 'step' | 'schedule';
  /** What must hold, as a sentence. */
  readonly rule: string;
  /** What an operator has to fear when it does not. */
  readonly meaning: string;
  /** Selects `id, task_id, found, expected`. `$1` is the instant to take as now; may use the {@link SHARED} queries. */
  readonly sql: string;
  readonly repair: Repair;
  /** Why a repair leaves it alone, or what keeps it from succeeding. */
  readonly left: string;
  /** True: what a repair would compute from is itself in doubt, so a task with this problem is left as it is. */
  readonly blocksRepair?: boolean;
  /** True: depends on the time and on which workers there are, not on the rows of tasks alone. */
  readonly isAboutFleet?: boolean;
}
