import {
  type StepFailure,
  type StepRecord,
  type TaskDetails,
  type TaskerService,
  type TransitionRecord,
} from 'nestjs-tasker';
import { duration, seconds } from './step-status.js';

/** A move of a step, as its history tells it. */
interface Move {
  readonly step: StepRecord;
  readonly record: TransitionRecord;
}

/**
 * A task's history as lines, each move once and in order of time. The rows are only looked at now and then; the history
 * still has every move between two looks.
 */
export class MoveLog {
  private readonly seen = new Map<number, { readonly look: string; readonly sortKey: number }>();

  constructor(private readonly tasker: Pick<TaskerService, 'stepHistory'>) {}

  /** What has happened since the last call. */
  async newLines(task: TaskDetails): Promise<string[]> {
    const moves = (await Promise.all(task.steps.map((step) => this.newMoves(step)))).flat();
    moves.sort(
      (a, b) => a.record.createdAt.getTime() - b.record.createdAt.getTime() || a.step.position - b.step.position,
    );
    const nameWidth = Math.max(...task.steps.map(({ name }) => name.length));
    return moves.flatMap(({ step, record }) => {
      const what = describeMove(step, record);
      if (what === undefined) return [];
      const since = Math.max(0, record.createdAt.getTime() - task.createdAt.getTime());
      return [`${seconds(since, 2).padStart(9)}  ${step.name.padEnd(nameWidth)}  ${what}`];
    });
  }

  private async newMoves(step: StepRecord): Promise<Move[]> {
    const look = `${step.state} ${step.attempts}`;
    const seen = this.seen.get(step.stepId);
    if (seen?.look === look) return [];
    const history = await this.tasker.stepHistory(step.stepId);
    this.seen.set(step.stepId, { look, sortKey: history.at(-1)?.sortKey ?? 0 });
    return history.filter(({ sortKey }) => sortKey > (seen?.sortKey ?? 0)).map((record) => ({ step, record }));
  }
}

/** Undefined for a move that is not worth a line. */
function describeMove(step: StepRecord, { toState, metadata, createdAt }: TransitionRecord): string | undefined {
  const attempt = `attempt ${String(metadata.attempt)} of ${step.retryLimit}`;
  switch (toState) {
    case 'pending':
      return undefined;
    case 'in_progress':
      return `started, ${attempt}`;
    case 'complete':
      return `complete after ${duration(Number(metadata.duration_ms))}`;
    case 'error': {
      const { errorCode, errorClass, message } = metadata.error as StepFailure;
      const why = `${attempt}, ${errorCode ?? errorClass}: ${message}`;
      if (metadata.next_retry_at == null) return `failed for good, ${why}`;
      const wait = new Date(metadata.next_retry_at as string).getTime() - createdAt.getTime();
      return `failed, ${why}; again in ${seconds(wait)}`;
    }
    default:
      return toState.replaceAll('_', ' ');
  }
}
