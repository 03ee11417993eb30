import { type Advance } from '../../persistence/sql/advance.js';
import { type Duty } from './duty.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/**
 * Takes back the steps of workers that died, hung or were cut off: within a second after their lease is over, the
 * attempt is counted and the step is due again. In one process at a time; the others find the lock taken.
 */
export class LeaseReaper implements Duty {
  readonly name = 'lease reaper';
  readonly intervalMs = 1_000;
  private readonly logger = new TaskerLogger('TaskerMaintenance');
  private reapedCount = 0;

  /**
   * @param reap takes back what is due to be taken back
   * @param took called with what was changed, after the commit
   */
  constructor(
    private readonly reap: () => Promise<Advance>,
    private readonly took: (advance: Advance) => void,
  ) {}

  /** Claims taken back by this process. */
  get reaped(): number {
    return this.reapedCount;
  }

  async run(): Promise<void> {
    const advance = await this.reap();
    if (advance.applied.length === 0) return;
    this.reapedCount += advance.applied.length;
    this.logger.warn(`Took back ${advance.applied.length} steps whose workers stopped renewing their leases.`);
    this.took(advance);
  }
}
