import { type Clock } from '../core/clock.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { type Check } from '../persistence/doctor/check.js';
import { CHECKS } from '../persistence/doctor/checks.js';
import { countRows, examine, type Finding, type Problem, recordRepair } from '../persistence/doctor/examine.js';
import { releaseStoppedWorkers, reapAll } from '../persistence/doctor/repair-claims.js';
import { repairTasks } from '../persistence/doctor/repair-tasks.js';
import { type Notifications } from '../persistence/notifications.js';

/** Rows that one check names to a repair; what is beyond comes in the next round. */
const REPAIR_LIMIT = 10_000;
/** Tasks repaired in one transaction. */
const BATCH = 100;

/** What an examination found. */
export interface Examination {
  readonly tasks: number;
  readonly steps: number;
  /** Empty when all is well. */
  readonly problems: readonly Problem[];
}

/** What a repair did. */
export interface Repaired extends Examination {
  /** Those that are left, and why. */
  readonly problems: readonly (Problem & { readonly left: string })[];
  readonly fixed: readonly { readonly check: Check; readonly total: number; readonly findings: readonly Finding[] }[];
  /** Tasks that were to be repaired and were not, and why. */
  readonly failures: ReadonlyMap<number, string>;
}

/**
 * Recomputes from the rows everything that must hold of them, and repairs what can be repaired without guessing. Workers
 * may run meanwhile. Both only read and write what the engine itself keeps; nothing of the host's is touched.
 */
export class DoctorService {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
    private readonly notifications: Notifications,
    private readonly poisonLimit: number,
  ) {}

  /** @param limit rows that each problem names at the most */
  async examine({ limit = 20 }: { readonly limit?: number } = {}): Promise<Examination> {
    const problems = await this.look(limit);
    return { ...(await countRows(this.db)), problems };
  }

  /** Repairs what is safe to repair, and examines again. */
  async repair({ limit = 20 }: { readonly limit?: number } = {}): Promise<Repaired> {
    const before = await this.look(REPAIR_LIMIT);
    const failures = new Map<number, string>();
    const tried = new Set<number>();
    let after = before;
    for (let round = 1; ; round++) {
      const hasClaims = round === 1 && before.some(({ check }) => check.repair === 'claims');
      const tasks = repairableTasks(after).filter((taskId) => !tried.has(taskId));
      if (!hasClaims && tasks.length === 0) break;
      if (hasClaims) await this.repairClaims();
      for (const taskId of tasks) tried.add(taskId);
      await this.repairAll(tasks, failures);
      after = await this.look(REPAIR_LIMIT);
    }
    const fixed = difference(before, after, limit);
    if (fixed.length > 0) await this.tell(fixed, tried);
    const problems = after.map((problem) => ({
      ...problem,
      findings: problem.findings.slice(0, limit),
      left: whyLeft(problem, after),
    }));
    return { ...(await countRows(this.db)), problems, fixed, failures };
  }

  private look(limit: number): Promise<Problem[]> {
    return examine(this.db, CHECKS, { now: this.clock.sqlNow(), limit });
  }

  private async repairClaims(): Promise<void> {
    await releaseStoppedWorkers(this.db, this.clock.sqlNow());
    await reapAll(this.db, this.poisonLimit, this.clock.sqlNow());
  }

  /** One task that cannot be repaired keeps no other from it. */
  private async repairAll(tasks: readonly number[], failures: Map<number, string>): Promise<void> {
    for (let start = 0; start < tasks.length; start += BATCH) {
      const batch = tasks.slice(start, start + BATCH);
      try {
        await repairTasks(this.db, batch, this.clock.sqlNow());
      } catch (error) {
        if (batch.length === 1) failures.set(batch[0]!, error instanceof Error ? error.message : String(error));
        else for (const taskId of batch) await this.repairAll([taskId], failures);
      }
    }
  }

  /** Running processes learn of work, ends and claims that changed; the audit keeps what was done. */
  private async tell(fixed: Repaired['fixed'], tasks: ReadonlySet<number>): Promise<void> {
    await recordRepair(this.db, Object.fromEntries(fixed.map(({ check, total }) => [check.code, total])));
    await this.notifications.send({ kind: 'changed', taskIds: [...tasks] });
    await this.notifications.send({ kind: 'finished', taskIds: [] });
    await this.notifications.send({ kind: 'ready', taskIds: [] });
  }
}

/** The tasks whose rows can be computed anew: those of which nothing is in doubt that they would be computed from. */
function repairableTasks(problems: readonly Problem[]): number[] {
  const isDoubtful = doubts(problems);
  const tasks = new Set<number>();
  for (const { check, findings } of problems) {
    if (check.repair !== 'task') continue;
    for (const { taskId } of findings) if (taskId !== null && !isDoubtful(taskId)) tasks.add(taskId);
  }
  return [...tasks].sort((a, b) => a - b);
}

function doubts(problems: readonly Problem[]): (taskId: number | null) => boolean {
  const blocking = problems.filter(({ check }) => check.blocksRepair);
  // More than were named: any task might be among them.
  if (blocking.some(({ total, findings }) => total > findings.length)) return () => true;
  const tasks = new Set(blocking.flatMap(({ findings }) => findings.map(({ taskId }) => taskId)));
  return (taskId) => tasks.has(taskId);
}

function whyLeft({ check, findings }: Problem, problems: readonly Problem[]): string {
  const isDoubtful = doubts(problems);
  if (check.repair !== 'task' || !findings.every(({ taskId }) => isDoubtful(taskId))) return check.left;
  return 'a repair would compute it from what is in doubt itself: see what else is wrong with the same tasks';
}

function difference(before: readonly Problem[], after: readonly Problem[], limit: number): Repaired['fixed'] {
  return before.flatMap(({ check, total, findings }) => {
    const left = after.find((problem) => problem.check === check);
    const fixed = total - (left?.total ?? 0);
    if (fixed <= 0) return [];
    const still = new Set(left?.findings.map(({ id }) => id));
    return [{ check, total: fixed, findings: findings.filter(({ id }) => !still.has(id)).slice(0, limit) }];
  });
}
