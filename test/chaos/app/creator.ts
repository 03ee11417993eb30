/** The process that creates tasks and operates on them, and runs none. */
import { ControlService, TaskerService } from 'nestjs-tasker';
import { DataSource } from 'typeorm';
import { type CreatorCommand, type CreatorMessage } from '../messages.js';
import { readSetup } from '../setup.js';
import { workflows } from '../workflows.js';
import { startChaosApp } from './chaos-app.js';
import { Creation } from './creation.js';
import { Operator } from './operator.js';

const setup = readSetup();
const definitions = workflows(setup.seed);
const app = await startChaosApp(setup, { definitions, providers: [], worker: false });
const tasker = app.get(TaskerService);
const creation = new Creation(tasker, app.get(DataSource), definitions, tell, setup.seed);
const operator = new Operator(tasker, app.get(ControlService), (action, end) => tell({ kind: 'acted', action, end }));
const creating = creation.run();

process.on('message', (command: CreatorCommand) => {
  if (command.kind === 'operate') operator.operate(command.action, command.pick, command.ms);
  else void (command.kind === 'stop' ? stop() : resume(command.ids));
});
tell({ kind: 'ready' });

async function stop(): Promise<void> {
  creation.stop();
  await Promise.all([creating, operator.atRest()]);
  tell({ kind: 'stopped' });
}

async function resume(ids: readonly number[]): Promise<void> {
  for (const id of ids) await tasker.resumeTask(id, { by: 'chaos', reason: 'the end of the run' });
  tell({ kind: 'resumed' });
}

function tell(message: CreatorMessage): void {
  process.send?.(message);
}
