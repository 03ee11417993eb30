import { FINAL_TASK_STATES } from '../../src/core/states.js';
import { type TestApp } from './test-app.js';
import { type TestApps } from './use-test-apps.js';
import { waitFor } from './wait-for.js';

interface Standing {
  readonly final: boolean;
  /** Something runs, or is due at this instant. */
  readonly busy: boolean;
  /** The next moment at which a step becomes due. */
  readonly next: Date | null;
}

/**
 * Lets a task run to its end, moving the fake clock from one due moment to the next and nowhere else. Returns the
 * moments.
 */
export async function runThrough(test: TestApps, { clock }: TestApp, taskId: number): Promise<Date[]> {
  if (!clock) throw new Error('The application runs on real time.');
  const moments: Date[] = [];
  for (;;) {
    const { final, next } = await untilQuiet(test, clock.now(), taskId);
    if (final) return moments;
    if (!next) throw new Error(`Task ${taskId} waits for nothing and is not final.`);
    moments.push(next);
    clock.advance(next.getTime() - clock.now().getTime());
  }
}

/** Resolves when nothing of the task runs or is due at this instant. */
export function untilQuiet(test: TestApps, now: Date, taskId: number): Promise<Standing> {
  return waitFor(
    async () => {
      const [standing] = await test.sql<Standing>(STANDING, [taskId, now, FINAL_TASK_STATES]);
      return standing && !standing.busy ? standing : undefined;
    },
    { message: `task ${taskId} to rest` },
  );
}

const STANDING = `
  select t.state = any ($3) as final,
         bool_or(s.state = 'in_progress' or s.ready_at <= $2::timestamptz) is true as busy,
         min(s.ready_at) as next
  from tasker_tasks t left join tasker_workflow_steps s using (task_id)
  where t.task_id = $1
  group by t.task_id`;
