/** The life of a task as the rows tell it: what the engine wrote, beside what the handlers wrote themselves. */

/** Moments are milliseconds with fractions, by the clock of the database. */
export interface TaskLife {
  readonly taskId: number;
  /** The number of the request that made it. */
  readonly n: number;
  readonly state: string;
  readonly paused: boolean;
  readonly steps: readonly StepLife[];
}

export interface StepLife {
  readonly stepId: number;
  readonly name: string;
  readonly transactional: boolean;
  readonly state: string;
  readonly attempts: number;
  readonly retryable: boolean;
  readonly retryLimit: number;
  /** As the definition has it; an operator may have raised it. */
  readonly firstLimit: number;
  readonly losses: number;
  /** The run that the stored results name. */
  readonly resultRun: number | null;
  readonly parentIds: readonly number[];
  readonly history: readonly Move[];
  readonly runs: readonly Run[];
  readonly effects: readonly Effect[];
}

/** A row of the step's history. */
export interface Move {
  readonly from: string | null;
  readonly to: string;
  readonly at: number;
  readonly attempt: number | null;
  readonly worker: number | null;
  readonly cause: string | null;
  readonly action: string | null;
  readonly errorCode: string | null;
  readonly permanent: boolean;
  /** The run that the error names. */
  readonly errorRun: number | null;
}

/** One execution of the handler. */
export interface Run {
  readonly runId: number;
  readonly attempt: number;
  readonly worker: number;
  readonly deaf: boolean;
  readonly enteredAt: number;
  /** Null when the process did not live to tell, or could not. */
  readonly leftAt: number | null;
  readonly outcome: string | null;
}

/** What a transactional step wrote. */
export interface Effect {
  readonly attempt: number;
  readonly runId: number;
}

export interface Violation {
  readonly rule: string;
  /** The task or step concerned, or the whole. */
  readonly subject: string;
  readonly found: string;
  /** All that is known of the step, to look at. */
  readonly details?: readonly string[];
}
