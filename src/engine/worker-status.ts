/** What a worker is doing, for health and metrics. */
export interface WorkerStatus {
  readonly workerId: number | null;
  readonly state: 'stopped' | 'running' | 'stopping';
  readonly running: number;
  readonly concurrency: number;
  readonly unwrittenResults: number;
  /** False while the database cannot be reached. */
  readonly databaseReachable: boolean;
  /** Results that came too late and changed nothing. */
  readonly fencedResults: number;
  /** Executions given up because a heartbeat found that their claim was gone: taken back, or the step cancelled. */
  readonly lostClaims: number;
  /** Claims of dead workers that this one took back. */
  readonly reapedClaims: number;
}
