import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type INestApplication } from '@nestjs/common';
import { type TaskDetails, TaskerService } from 'nestjs-tasker';
import { curlLines } from './curl-lines.js';
import { followTasks } from './follow-tasks.js';
import { type Screen } from './screen.js';

/** Says what can be tried, and shows what comes of it, until somebody interrupts. */
export async function serve(
  app: INestApplication,
  played: readonly TaskDetails[],
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const taskIds = played.map(({ taskId }) => taskId);
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const base = `http://127.0.0.1:${port}/tasker`;
  screen.line(['The REST API is up', 'bold'], [` at ${base}, until Ctrl-C. Paste into another terminal:`]);
  for (const { purpose, command } of curlLines(base, Math.min(...taskIds))) {
    screen.line();
    screen.line([`# ${purpose}`, 'dim']);
    screen.line([command]);
  }
  screen.line();
  await followTasks(app.get(TaskerService), Math.max(...taskIds), screen, signal);
}
