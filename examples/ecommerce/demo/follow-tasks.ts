import { setTimeout as delay } from 'node:timers/promises';
import { type TaskerService } from 'nestjs-tasker';
import { MoveLog } from './move-log.js';
import { type Screen } from './screen.js';

const LOOK_EVERY_MS = 200;
/** Of more new tasks than these in one look, only the newest are followed. */
const MAX_NEW = 10;

/** Shows every move of the tasks that come after a given one, whoever creates them, until the signal. */
export async function followTasks(
  tasker: TaskerService,
  afterTaskId: number,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const followed = new Map<number, MoveLog>();
  let newest = afterTaskId;
  const look = async () => {
    const latest = await tasker.listTasks({ sortOrder: 'desc', limit: MAX_NEW });
    for (const { taskId } of latest.filter((task) => task.taskId > newest).reverse()) {
      followed.set(taskId, new MoveLog(tasker));
      newest = taskId;
    }
    for (const [taskId, moves] of followed) {
      const task = await tasker.getTask(taskId);
      for (const line of await moves.newLines(task)) screen.line([`Task ${taskId} `, 'dim'], [line]);
      if (task.finishedAt === null) continue;
      screen.line([`Task ${taskId} is ${task.state === 'error' ? 'in error' : task.state}.`, 'bold']);
      followed.delete(taskId);
    }
  };
  while (!signal.aborted) {
    // A database that is away for a while ends nothing: the worker waits for it too.
    await look().catch(() => undefined);
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
