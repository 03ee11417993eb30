import { setTimeout as delay } from 'node:timers/promises';
import { type TaskDetails, type TaskerService } from 'nestjs-tasker';
import { MoveLog } from './move-log.js';
import { type Screen } from './screen.js';
import { stepTable } from './step-table.js';

const LOOK_EVERY_MS = 80;

/** Shows a task's steps while they run: a table drawn again and again on a terminal, a line per move elsewhere. */
export async function watchTask(
  tasker: TaskerService,
  taskId: number,
  screen: Screen,
  signal: AbortSignal,
): Promise<TaskDetails> {
  const moves = new MoveLog(tasker);
  try {
    for (;;) {
      const task = await tasker.getTask(taskId);
      signal.throwIfAborted();
      if (screen.isLive) screen.draw(stepTable(task, new Date()));
      else for (const line of await moves.newLines(task)) screen.line([line]);
      if (task.finishedAt !== null) return task;
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  } finally {
    screen.settle();
  }
}
